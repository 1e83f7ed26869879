import numpy as np
import pytest

from kerasgan.array_file import ArrayFile

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
