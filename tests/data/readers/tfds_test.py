import contextlib
import functools
import http.server
import pathlib
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from kerasgan.config import DataSettings
from kerasgan.data import load_images
from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.errors import UserError


def _stripes(index: int) -> np.ndarray:
    """uint8 [6, 10, 3]; the columns show where a crop was taken."""
    columns = np.arange(10, dtype=np.uint8)[None, :, None]
    return np.broadcast_to(columns * 10 + index, [6, 10, 3]).astype(np.uint8)


class _Stripes(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("1.2.0")
    SPLITS: ClassVar = {"train": 0, "test": 5}
    FEATURES: ClassVar = {
        "image": tfds.features.Image(shape=(None, None, 3), encoding_format="png"),
        "label": tfds.features.ClassLabel(num_classes=3),
    }

    def _info(self) -> tfds.core.DatasetInfo:
        features = tfds.features.FeaturesDict(self.FEATURES)
        return tfds.core.DatasetInfo(builder=self, features=features, disable_shuffling=True)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {name: self._generate_examples(first) for name, first in self.SPLITS.items()}

    def _generate_examples(self, first: int) -> Iterator[tuple[int, dict[str, Any]]]:
        for index in range(first, first + 5):
            yield index, {"image": _stripes(index), "label": index % 3}


with (
    tfds.core.registered.skip_registration()
):  # found only in data_dir, as other people's data sets are

    class FileStripes(_Stripes):
        pass

    class HeldOutStripes(_Stripes):
        SPLITS: ClassVar = {"test": 0, "validation": 5}

    class LabelsOnly(_Stripes):
        FEATURES: ClassVar = {"label": tfds.features.ClassLabel(num_classes=3), "row": np.int32}

        def _generate_examples(self, first: int) -> Iterator[tuple[int, dict[str, Any]]]:
            for index in range(first, first + 5):
                yield index, {"label": 0, "row": index}

    class FloatImages(_Stripes):
        FEATURES: ClassVar = {"image": tfds.features.Tensor(shape=(6, 10, 3), dtype=np.float32)}

        def _generate_examples(self, first: int) -> Iterator[tuple[int, dict[str, Any]]]:
            yield first, {"image": np.zeros([6, 10, 3], np.float32)}


class CodeStripes(_Stripes):
    """Registered with TFDS by name, as its own data sets are."""


class ServedStripes(_Stripes):
    """Downloads its pictures first, from a server that a test starts."""

    URL = ""

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        dl_manager.download(self.URL)
        return super()._split_generators(dl_manager)


def _prepare(builder_class: type[_Stripes], data_dir: pathlib.Path) -> str:
    builder_class(data_dir=data_dir).download_and_prepare()
    return str(data_dir)


def read_tfds(name: str, **options: Any) -> np.ndarray:
    return load_images(DataSettings(dataset=f"tfds:{name}", **options))[:]


def _expected(count: int, image_shape: tuple[int, int, int]) -> np.ndarray:
    fit = Preprocessing(image_shape=image_shape)
    return np.stack([fit(Image.fromarray(_stripes(i))) for i in range(count)])


@pytest.mark.parametrize(
    "name", ["file_stripes", "file_stripes:1.2.0", "file_stripes:1.*.*", "FileStripes"]
)
def test_prepared_files_are_read_by_any_spelling_of_their_name(tmp_path, name):
    data_dir = _prepare(FileStripes, tmp_path)
    images = read_tfds(name, image_size=6, data_dir=data_dir)
    assert images.dtype == np.uint8
    # The crop of 6 columns in 10 begins at column 2; picture i adds i to its stripes.
    expected = np.arange(20, 80, 10)[None, None, :, None] + np.arange(5)[:, None, None, None]
    np.testing.assert_array_equal(images, np.broadcast_to(expected, [5, 6, 6, 3]))


def test_pictures_are_cropped_and_resized_as_files_are(tmp_path):
    data_dir = _prepare(FileStripes, tmp_path)
    for image_shape in ((3, 4, 3), (16, 8, 1)):
        images = read_tfds(
            "file_stripes", image_size=image_shape[:2], channels=image_shape[2], data_dir=data_dir
        )
        np.testing.assert_array_equal(images, _expected(5, image_shape))


def test_only_the_first_pictures_are_read(tmp_path):
    data_dir = _prepare(FileStripes, tmp_path)
    read = functools.partial(read_tfds, image_size=6, data_dir=data_dir)
    np.testing.assert_array_equal(read("file_stripes", num_images=3), _expected(3, (6, 6, 3)))
    assert len(read("file_stripes", num_images=100)) == 5


def test_the_first_pictures_are_those_of_the_first_file(tmp_path):
    config = tfds.download.DownloadConfig(num_shards=2)
    FileStripes(data_dir=tmp_path).download_and_prepare(download_config=config)
    assert len(list(tmp_path.rglob("*train*-of-00002"))) == 2
    images = read_tfds("file_stripes", image_size=6, data_dir=str(tmp_path))
    np.testing.assert_array_equal(images, _expected(5, (6, 6, 3)))


def test_a_data_set_is_prepared_on_first_use(tmp_path):
    images = read_tfds("code_stripes", image_size=6, data_dir=str(tmp_path))
    np.testing.assert_array_equal(images, _expected(5, (6, 6, 3)))
    assert (tmp_path / "code_stripes" / "1.2.0" / "features.json").exists()


# Errors


def _message(name: str, data_dir: str) -> str:
    """The error without the data set; it must be one line."""
    with pytest.raises(UserError) as caught:
        read_tfds(name, image_size=8, data_dir=data_dir)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"--dataset=tfds:{name}: ")
    return message.removeprefix(f"--dataset=tfds:{name}: ")


def test_for_an_unknown_name_close_matches_are_suggested(tmp_path):
    message = _message("mnits", str(tmp_path))
    assert message.startswith("no such data set; close matches: ")
    assert "mnist" in message
    assert "cifar10" in _message("cifar_10:3.*.*", str(tmp_path))


def test_an_unknown_name_without_close_matches_is_refused(tmp_path):
    message = _message("qqqqqqqqqqqqqq", str(tmp_path))
    assert message.startswith("no such data set; TFDS knows ")


def test_a_name_that_tfds_cannot_parse_is_refused(tmp_path):
    message = _message("two words", str(tmp_path))
    assert message.startswith("cannot be opened: ValueError: Parsing builder name string")


def test_a_version_that_does_not_exist_is_refused(tmp_path):
    message = _message("code_stripes:7.0.0", str(tmp_path))
    assert message.startswith("cannot be opened: ")
    assert "cannot be loaded at version 7.0.0, only: 1.2.0" in message


def test_for_a_data_set_without_pictures_its_features_are_named(tmp_path):
    data_dir = _prepare(LabelsOnly, tmp_path)
    assert _message("labels_only", data_dir) == 'it has no feature "image", only label, row'


def test_a_feature_without_pictures_is_refused(tmp_path):
    message = _message("float_images", _prepare(FloatImages, tmp_path))
    assert message == (
        'its feature "image" is float32 [6, 10, 3]; it must be an Image of uint8 or uint16'
    )


def test_for_a_data_set_without_training_pictures_its_splits_are_named(tmp_path):
    data_dir = _prepare(HeldOutStripes, tmp_path)
    assert (
        _message("held_out_stripes", data_dir) == 'it has no split "train", only test, validation'
    )


def test_damaged_prepared_files_are_refused(tmp_path):
    data_dir = _prepare(FileStripes, tmp_path)
    (records,) = tmp_path.rglob("*train.tfrecord*")
    records.write_bytes(records.read_bytes()[:-20])
    message = _message("file_stripes", data_dir)
    assert message.startswith("its files are damaged: ")
    assert "truncated record" in message


@contextlib.contextmanager
def _server(folder: pathlib.Path) -> Iterator[str]:
    """Serves a folder over HTTP on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_after_a_failed_download_the_error_says_what_to_do(tmp_path, monkeypatch):
    with _server(tmp_path) as url:
        monkeypatch.setattr(ServedStripes, "URL", f"{url}/gone.zip")
        message = _message("served_stripes", str(tmp_path / "data"))
    assert message.startswith("cannot be downloaded and prepared: DownloadError: ")
    assert f"{url}/gone.zip" in message
    place = tmp_path / "data" / "served_stripes" / "1.2.0"
    assert message.endswith(f"a copy prepared elsewhere can be put at {place} (--data_dir)")
