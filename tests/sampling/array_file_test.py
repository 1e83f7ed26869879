import resource

import numpy as np
import pytest

from kerasgan.sampling.array_file import ArrayFile

IMAGES = np.random.default_rng(0).integers(0, 256, [10, 2, 3, 1], dtype=np.uint8)


def open_file(path, *, truncation=1.0):
    settings = {"generator": "weights 00ff", "truncation": truncation}
    return ArrayFile(path, settings, range(10), image_shape=(2, 3, 1), overwrite=True)


def stop_after_six(path):
    def batches():
        yield range(6), IMAGES[:6]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_file(path).write(batches())


def test_what_is_to_replace_a_file_is_continued_after_a_stop(tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(b"of earlier")
    stop_after_six(path)
    assert path.read_bytes() == b"of earlier"
    again = open_file(path)
    assert list(again.missing()) == [6, 7, 8, 9]
    again.write([(range(6, 10), IMAGES[6:])])
    assert list(tmp_path.iterdir()) == [path]
    with np.load(path) as arrays:
        np.testing.assert_array_equal(arrays["images"], IMAGES)


def test_what_was_begun_with_other_settings_is_dropped(tmp_path):
    path = tmp_path / "a.npz"
    stop_after_six(path)
    other = open_file(path, truncation=0.5)
    assert list(other.missing()) == list(range(10))
    other.write([(range(10), IMAGES)])
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("room", [100, 9000])
def test_a_full_disk_leaves_only_pictures_that_are_whole(tmp_path, room):
    images = np.random.default_rng(1).integers(1, 256, [1000, 5, 5, 1], dtype=np.uint8)
    arguments = (tmp_path / "a.npz", {}, range(1000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            ArrayFile(*arguments, image_shape=(5, 5, 1)).write(
                (range(first, first + 7), images[first : first + 7]) for first in range(0, 994, 7)
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    again = ArrayFile(*arguments, image_shape=(5, 5, 1))
    missing = list(again.missing())
    assert missing == list(range(1000 - len(missing), 1000))
    again.write([(missing, images[missing])])
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["images"], images)
