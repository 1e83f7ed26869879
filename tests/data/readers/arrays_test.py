"""Which array of a file is read, and what is said of the others."""

import zipfile

import numpy as np
import pytest

from kerasgan.data.cache import cache_key
from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.data.readers.arrays import open_arrays, split_array_name
from kerasgan.errors import UserError


@pytest.fixture
def mnist(tmp_path):
    """A file such as keras.datasets.mnist downloads."""
    random = np.random.default_rng(0)
    arrays = {
        "x_train": random.integers(0, 256, (6, 28, 28), dtype=np.uint8),
        "y_train": np.arange(6, dtype=np.uint8),
        "x_test": random.integers(0, 256, (4, 28, 28), dtype=np.uint8),
        "y_test": np.arange(4, dtype=np.uint8),
    }
    np.savez(tmp_path / "mnist.npz", **arrays)
    return tmp_path / "mnist.npz", arrays


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_named_array_is_read_with_the_labels_of_its_length(mnist, part):
    path, arrays = mnist
    pile = open_arrays(path, f"x_{part}")
    images = np.stack([pile.read(index) for index in range(len(pile))])
    np.testing.assert_array_equal(images, arrays[f"x_{part}"])
    assert list(pile.labels) == [f"y_{part}"]
    np.testing.assert_array_equal(pile.labels[f"y_{part}"], arrays[f"y_{part}"])
    other = {"train": "test", "test": "train"}[part]
    skipped = {file.name: file for file in pile.skipped}
    assert set(skipped) == {f"x_{other}", f"y_{other}"}
    assert skipped[f"x_{other}"].reason == (
        f"is another array of pictures; --dataset={path}:x_{other} reads it"
    )
    assert not any(file.bad for file in pile.skipped)


def test_the_caches_of_two_arrays_are_two(tmp_path):
    images = np.zeros([2, 3, 8, 8], np.uint8)
    np.savez(tmp_path / "a.npz", left=images[0], right=images[1])
    preprocessing = Preprocessing(image_shape=(16, 16, 1))
    keys = {
        cache_key(open_arrays(tmp_path / "a.npz", name), preprocessing)
        for name in ("left", "right")
    }
    assert len(keys) == 2


def test_one_of_several_must_be_named(mnist):
    path, _ = mnist
    with pytest.raises(UserError, match=rf"x_test, y_test; choose one, as in --dataset={path}:x_t"):
        open_arrays(path)
    with pytest.raises(UserError, match=r":x: no such array; the file holds x_train, y_train, x_t"):
        open_arrays(path, "x")
    with pytest.raises(UserError, match=r":y_test: is uint8 \[4\]; must be uint8 \[N, h, w\]"):
        open_arrays(path, "y_test")


@pytest.mark.parametrize(
    ("dataset", "parts"),
    [
        ("mnist.npz:x_train", ("mnist.npz", "x_train")),
        ("/data/a:b/M.NPZ:images", ("/data/a:b/M.NPZ", "images")),
        (r"C:\data\mnist.npz:x_test", (r"C:\data\mnist.npz", "x_test")),
        ("mnist.npz", None),
        (r"C:\data\mnist.npz", None),
        ("tfds:cifar10:test", None),
        ("mnist.npz:", None),
        ("mnist.npz:a/b", None),
        ("faces.zip:x", None),
    ],
)
def test_the_name_of_an_array_stands_after_the_file(dataset, parts):
    assert split_array_name(dataset) == parts


class Trap:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_python_objects_next_to_pictures_are_listed_and_never_loaded(tmp_path):
    images = np.full([3, 8, 8], 7, np.uint8)
    names = np.array([Trap(tmp_path / "sprung")] * 3, dtype=object)
    np.savez(tmp_path / "a.npz", names=names, images=images, weights=np.zeros([3, 2]))
    pile = open_arrays(tmp_path / "a.npz")
    assert len(pile) == 3 and pile.read(1)[0, 0] == 7
    assert not pile.labels
    assert {file.name: file.reason for file in pile.skipped} == {
        "names": "holds Python objects, which are never loaded",
        "weights": "is float64 [3, 2]: neither pictures nor labels",
    }
    assert not (tmp_path / "sprung").exists()


def test_other_files_in_an_npz_are_ignored(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.full([3, 8, 8], 7, np.uint8))
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("README.txt", "made by hand")
    assert len(open_arrays(tmp_path / "a.npz")) == 3


def test_batches_of_guided_diffusion_are_read(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    np.savez(tmp_path / "samples.npz", images, np.arange(5))  # arr_0 and arr_1
    pile = open_arrays(tmp_path / "samples.npz")
    np.testing.assert_array_equal(pile.read(4), images[4])
    np.testing.assert_array_equal(pile.labels["arr_1"], np.arange(5))
