"""Places that hold pictures in several ways: what is not read is said."""

import zipfile

import pytest
import tensorflow as tf
from PIL import Image

from kerasgan.config import PictureSettings
from kerasgan.data.open import open_pile
from kerasgan.errors import UserError


def save(path, grey):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), grey).save(path)


def write_record(path, png):
    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[png]))
    example = tf.train.Example(features=tf.train.Features(feature={"image": feature}))
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(example.SerializeToString())


def test_pictures_next_to_records_are_listed_and_a_warning_counts_them(tmp_path, caplog):
    for index in range(5):
        save(tmp_path / "deep" / f"{index}.png", index)
    (tmp_path / "deep" / "empty.png").touch()
    (tmp_path / "info.json").write_text("{}")
    write_record(tmp_path / "old.tfrecord", (tmp_path / "deep" / "0.png").read_bytes())
    pile = open_pile(PictureSettings(dataset=str(tmp_path)))
    assert pile.names == ["old.tfrecord:0"]
    reasons = {file.name: file.reason for file in pile.skipped}
    assert reasons == {
        **{f"deep/{index}.png": "is not read, because old.tfrecord is" for index in range(5)},
        "deep/empty.png": "is empty",
        "info.json": "does not have the file extension of a picture",
    }
    assert not any(file.bad for file in pile.skipped)
    assert "5 pictures are not read, because the folder holds records: old.tfrec" in caplog.text
    caplog.clear()
    # Nothing else was asked for.
    assert not open_pile(PictureSettings(dataset=str(tmp_path / "old.tfrecord"))).skipped
    assert caplog.text == ""


@pytest.mark.parametrize(
    "name", ["a.zip", "b.TAR", "c.tar.gz", "d.npy", "e.npz", "deep/f.tfrecord-00000-of-00002"]
)
def test_other_containers_next_to_pictures_are_named(tmp_path, caplog, name):
    save(tmp_path / "0.png", 0)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"whatever")
    pile = open_pile(PictureSettings(dataset=str(tmp_path)))
    (skipped,) = pile.skipped
    assert (len(pile), skipped.name, skipped.bad) == (1, name, False)
    assert f"{name} may hold pictures, but is read only if --dataset names it" in caplog.text
    (tmp_path / "0.png").unlink()
    with pytest.raises(UserError, match=f"holds no pictures: {name} may hold pictures, but is r"):
        open_pile(PictureSettings(dataset=str(tmp_path)))


SYSTEM = ("__MACOSX/._0.png", "__MACOSX/deep/._0.png", ".trash/0.png", "deep/.0.png", "Thumbs.db")


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_system_files_of_an_archive_are_ignored_with_either_separator(tmp_path, separator):
    save(tmp_path / "0.png", 9)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(f"faces.png{separator}", b"")  # a folder
        archive.writestr(f"faces.png{separator}0.png", (tmp_path / "0.png").read_bytes())
        for name in SYSTEM:
            archive.writestr(f"faces.png/{name}".replace("/", separator), b"\x00\x05\x16\x07")
    pile = open_pile(PictureSettings(dataset=str(tmp_path / "a.zip")))
    assert pile.names == [f"faces.png{separator}0.png"]
    assert len(pile.skipped) == len(SYSTEM)
    assert not any(file.bad for file in pile.skipped)


def test_system_files_that_were_unpacked_with_backslashes_are_ignored(tmp_path):
    save(tmp_path / "0.png", 9)
    for name in SYSTEM:
        (tmp_path / name.replace("/", "\\")).write_bytes(b"\x00\x05\x16\x07")
    pile = open_pile(PictureSettings(dataset=str(tmp_path)))
    assert pile.names == ["0.png"]
    assert len(pile.skipped) == len(SYSTEM)
    assert not any(file.bad for file in pile.skipped)
