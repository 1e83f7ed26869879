"""Folders, archives, arrays and records: their pictures, the order of these, and errors."""

import io
import os
import pathlib
import tarfile
import tempfile
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasgan.config import DataSettings, PictureSettings
from kerasgan.data import load_images
from kerasgan.data.open import open_pile
from kerasgan.errors import UserError
from kerasgan.metrics.sources import open_generated


def save(path, grey, side=4, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (side, side), grey).save(path, **options)


def make_tree(folder):
    save(folder / "b" / "1.png", 30)
    save(folder / "b" / "10.PNG", 40)
    save(folder / "a" / "deep" / "z.JPG", 20)
    save(folder / "a" / "A.Jpeg", 10)
    save(folder / "c.webp", 50, lossless=True)
    save(folder / "d.tif", 60)
    save(folder / "e.gif", 70)
    save(folder / "f.bmp", 80)
    save(folder / "g.pgm", 90)
    (folder / "notes.txt").write_text("no picture")
    (folder / "png").write_bytes(b"no picture")
    (folder / "Thumbs.db").write_bytes(b"no picture")
    save(folder / ".hidden.png", 99)
    save(folder / ".cache" / "thumbnail.png", 99)
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._c.png").write_bytes(b"no picture")


LEVELS = [10, 20, 30, 40, 50, 60, 70, 80, 90]


def pack(folder, kind):
    """The folder as an archive, its members in another order."""
    archive = folder.with_name(f"{folder.name}.{kind}")
    paths = sorted(folder.rglob("*"), reverse=True)
    if kind == "zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            for path in paths:
                opened.write(path, path.relative_to(folder))
    else:
        with tarfile.open(archive, "w") as opened:
            for path in paths:
                opened.add(path, path.relative_to(folder), recursive=False)
    return archive


def levels(place, **options):
    return load_images(DataSettings(dataset=str(place), image_size=4, channels=1, **options))[:][
        :, 0, 0, 0
    ].tolist()


def test_pictures_at_any_depth_come_in_the_order_of_their_paths(tmp_path):
    make_tree(tmp_path)
    images = load_images(DataSettings(dataset=str(tmp_path), image_size=4, channels=1))
    assert images.shape == (9, 4, 4, 1)
    assert images[:].dtype == np.uint8
    assert images[:][:, 0, 0, 0].tolist() == LEVELS
    ignored = {file.name: file.reason for file in images.skipped}
    assert ignored == {
        ".cache": "is hidden",
        ".hidden.png": "is hidden",
        "Thumbs.db": "is a system file",
        "__MACOSX": "is hidden",
        "notes.txt": "does not have the file extension of a picture",
        "png": "does not have the file extension of a picture",
    }
    assert not any(file.bad for file in images.skipped)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_gives_the_pixels_of_its_folder(tmp_path, kind):
    folder = tmp_path / "tree"
    make_tree(folder)
    archive = pack(folder, kind)
    from_folder = load_images(DataSettings(dataset=str(folder), image_size=(16, 24)))
    from_archive = load_images(DataSettings(dataset=str(archive), image_size=(16, 24)))
    assert len(from_archive) == 9
    assert from_archive.fingerprint.pixels == from_folder.fingerprint.pixels
    assert from_archive.fingerprint.files == from_folder.fingerprint.files
    np.testing.assert_array_equal(from_archive[:], from_folder[:])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tree", archive.name]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_zip_methods(tmp_path, method):
    save(tmp_path / "1.png", 5)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as opened:
        opened.write(tmp_path / "1.png", "1.png")
    assert levels(tmp_path / "a.zip") == [5]


def test_only_the_first_pictures_are_read(tmp_path):
    make_tree(tmp_path / "tree")
    (tmp_path / "tree" / "z.png").write_bytes(b"never looked at")
    for place in (tmp_path / "tree", pack(tmp_path / "tree", "zip")):
        assert levels(place, num_images=3) == [10, 20, 30]
    assert levels(tmp_path / "tree", num_images=9) == LEVELS


def test_the_limit_of_bad_files_counts_only_the_pictures_used(tmp_path):
    for index in range(120):
        save(tmp_path / f"{index:03}.png", index)
    (tmp_path / "z.png").touch()
    assert len(levels(tmp_path)) == 120
    assert levels(tmp_path, num_images=20) == list(range(20))
    (tmp_path / "zz.png").touch()
    with pytest.raises(UserError, match=r"=0.01: 2 of 122 pictures in .* as z.png, which is empty"):
        levels(tmp_path, num_images=20)
    (tmp_path / "zz.png").unlink()
    (tmp_path / "007.png").write_bytes(b"words")
    with pytest.raises(UserError, match=r"=0.01: 1 of 20 pictures in .* as 007.png, which is text"):
        levels(tmp_path, num_images=20)


def test_the_order_survives_parallel_decoding(tmp_path):
    for index in range(200):
        save(tmp_path / f"{index:03}.png", index, side=200 if index % 7 == 0 else 4)
    assert levels(tmp_path) == list(range(200))


def test_a_linked_folder_is_followed_once(tmp_path):
    save(tmp_path / "elsewhere" / "a.png", 1)
    folder = tmp_path / "pictures"
    save(folder / "b.png", 2)
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "linked_too").symlink_to(tmp_path / "elsewhere")
    assert levels(folder) == [2, 1]
    (skipped,) = open_pile(PictureSettings(dataset=str(folder))).skipped
    assert (skipped.name, skipped.bad) == ("linked_too", False)


def test_a_file_whose_name_is_not_valid_text_is_read(tmp_path):
    save(tmp_path / "a.png", 5)
    os.rename(tmp_path / "a.png", os.fsencode(tmp_path) + b"/\xff.png")
    images = load_images(DataSettings(dataset=str(tmp_path), image_size=4, channels=1))
    assert images[0].max() == 5
    assert len(images.fingerprint.files) == 64


def test_nothing_is_printed_without_a_terminal(tmp_path, capsys):
    save(tmp_path / "a.png", 5)
    levels(tmp_path)
    assert capsys.readouterr() == ("", "")


# Arrays and records


def test_npy_and_npz_are_distinguished_by_content(tmp_path):
    images = np.arange(5 * 64, dtype=np.uint8).reshape(5, 8, 8)
    for name, write in (("a.npz", np.save), ("b.npy", np.savez), ("C.NPY", np.save)):
        with (tmp_path / name).open("wb") as file:
            write(file, images)
        read = load_images(DataSettings(dataset=str(tmp_path / name), image_size=8, channels=1))
        np.testing.assert_array_equal(read[:][..., 0], images)


@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_damage_to_any_byte_of_an_array_is_refused_in_one_line(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    np.savez(tmp_path / "a.npz", images=np.zeros([2, 8, 8], np.uint8))
    np.save(tmp_path / "a.npy", np.zeros([2, 8, 8], np.uint8))
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            open_pile(PictureSettings(dataset=str(path)))  # some bytes do not matter
        except UserError as error:
            assert "\n" not in str(error)
            assert str(error).startswith(f"--dataset={path}: ")


def test_arrays_are_pictures(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    np.save(tmp_path / "a.npy", images)
    np.save(tmp_path / "first.npy", images.transpose(0, 3, 1, 2))
    np.savez(tmp_path / "a.npz", images=images, label=np.arange(5))
    np.savez(tmp_path / "only.npz", x_train=images)
    for name in ("a.npy", "first.npy", "a.npz", "only.npz"):
        read = load_images(DataSettings(dataset=str(tmp_path / name), image_size=8))
        np.testing.assert_array_equal(read[:], images)
    labels = load_images(DataSettings(dataset=str(tmp_path / "a.npz"), image_size=8)).labels
    np.testing.assert_array_equal(labels["label"], np.arange(5))
    np.save(tmp_path / "grey.npy", images[..., 0])
    grey = load_images(DataSettings(dataset=str(tmp_path / "grey.npy"), image_size=8, channels=1))
    np.testing.assert_array_equal(grey[:], images[..., :1])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": np.zeros([3, 8, 8, 3], np.float32)}, r"is float32 \[3, 8, 8, 3\]; must be"),
        ({"images": np.zeros([3, 8, 8, 5], np.uint8)}, r"is uint8 \[3, 8, 8, 5\]; must be uint8"),
        ({"a": np.zeros(3)}, r"holds the arrays a; one must be uint8 \[N, h, w\]"),
        ({"images": np.array([{}])}, r"is object \[1\]; must be uint8"),
    ],
)
def test_other_arrays_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(UserError, match=message):
        open_pile(PictureSettings(dataset=str(tmp_path / "a.npz")))


def png(grey):
    file = io.BytesIO()
    Image.new("L", (4, 4), grey).save(file, "PNG")
    return file.getvalue()


def example(value, feature="image/encoded"):
    def of(value):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    features = tf.train.Features(feature={feature: of(value), "name": of(b"somebody")})
    return tf.train.Example(features=features).SerializeToString()


def write_records(path, values, feature="image/encoded", options=None):
    with tf.io.TFRecordWriter(str(path), options) as writer:
        for value in values:
            writer.write(example(value, feature))


def test_records_are_read_in_order(tmp_path):
    write_records(tmp_path / "a.tfrecord", [png(grey) for grey in (7, 3, 5)])
    assert levels(tmp_path / "a.tfrecord") == [7, 3, 5]
    folder = tmp_path / "shards"
    folder.mkdir()
    for shard in (1, 0):
        values = [png(10 * shard + grey) for grey in range(3)]
        write_records(folder / f"x.tfrecord-0000{shard}-of-00002", values, feature="photo")
    assert levels(folder) == [0, 1, 2, 10, 11, 12]


def test_records_without_pictures_are_refused(tmp_path):
    path = tmp_path / "a.tfrecord"
    write_records(path, [b"words"])
    with pytest.raises(UserError, match=r"no feature of its first record is a picture; it has im"):
        open_pile(PictureSettings(dataset=str(path)))
    write_records(path, [png(1), png(2)])
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UserError, match=r"its files are damaged: truncated record 1 in a.tfrecord"):
        open_pile(PictureSettings(dataset=str(path)))
    write_records(path, [png(1)], options="GZIP")
    with pytest.raises(UserError, match=r"a.tfrecord is compressed"):
        open_pile(PictureSettings(dataset=str(path)))


def test_a_record_whose_length_looks_like_gzip_is_read(tmp_path):
    path, size = tmp_path / "a.tfrecord", 0x88B1F
    padded = png(3) + bytes(size)
    padded = padded[: size - len(example(padded))]  # to the right length
    write_records(path, [padded, png(4)])
    assert path.read_bytes()[:4] == b"\x1f\x8b\x08\x00"  # the record's length
    assert levels(path) == [3, 4]
    path.write_bytes(b"")
    with pytest.raises(UserError, match=r"its files hold no records"):
        open_pile(PictureSettings(dataset=str(path)))


# Errors


def message(place):
    """The error without the place; it must be one line."""
    with pytest.raises(UserError) as caught:
        open_pile(PictureSettings(dataset=str(place)))
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"--dataset={place}: ")
    return text.removeprefix(f"--dataset={place}: ")


def test_places_without_pictures_are_refused(tmp_path):
    assert message(tmp_path / "none").startswith("no such data set, folder or file; must be syn")
    assert message(tmp_path).startswith("the folder holds no pictures (files that end in .jpg")
    (tmp_path / "a.png").touch()
    assert message(tmp_path) == "the folder holds no picture that can be read: a.png is empty"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr("notes.txt", "no picture")
        opened.mkdir("folder.png")
    assert message(tmp_path / "a.zip").startswith("the archive holds no pictures")
    with tarfile.open(tmp_path / "a.tar", "w"):
        pass
    assert message(tmp_path / "a.tar").startswith("the archive holds no pictures")


def test_for_other_files_the_error_says_what_is_allowed(tmp_path):
    save(tmp_path / "a.JPG", 1)
    assert message(tmp_path / "a.JPG") == "is a single picture; must be a folder of pictures"
    (tmp_path / "a.rar").write_bytes(b"Rar!")
    wanted = "must be a folder of pictures, or a file that ends in .zip, .tar, .npy, .npz or .tfrec"
    assert message(tmp_path / "a.rar").startswith(wanted)


def test_file_extensions_may_be_in_capitals(tmp_path):
    make_tree(tmp_path / "tree")
    for kind in ("zip", "tar"):
        archive = pack(tmp_path / "tree", kind)
        assert levels(archive.rename(archive.with_suffix(f".{kind.upper()}"))) == LEVELS
    write_records(tmp_path / "a.TFRecord", [png(7)])
    assert levels(tmp_path / "a.TFRecord") == [7]


def test_another_cache_is_refused(tmp_path):
    save(tmp_path / "a.png", 1)
    with pytest.raises(UserError, match=r"--cache=ram: must be one of auto, memory, disk, none"):
        levels(tmp_path, cache="ram")


@pytest.fixture
def unprivileged():
    """A folder that any user may enter, and a function that gives up root's rights."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        was_root = os.geteuid() == 0

        yield pathlib.Path(place), lambda: os.seteuid(65534) if was_root else None

        os.seteuid(0 if was_root else os.geteuid())
        for path in pathlib.Path(place).iterdir():
            path.chmod(0o700)


def test_missing_permission_is_reported_in_one_line(unprivileged):
    place, become_nobody = unprivileged
    save(place / "folder" / "a.png", 1)
    save(place / "tree" / "a.png", 1)
    for kind in ("zip", "tar"):
        pack(place / "tree", kind)
    np.save(place / "a.npy", np.zeros([2, 8, 8], np.uint8))
    write_records(place / "a.tfrecord", [png(1)])
    names = ("folder", "folder/a.png", "tree.zip", "tree.tar", "a.npy", "a.tfrecord")
    for name in names:
        if "/" not in name:
            (place / name).chmod(0)
    become_nobody()
    for name in names:
        assert "Permission denied" in message(place / name)
    with pytest.raises(UserError, match=r"--dataset=celeba: cannot be read: Permission denied \("):
        open_pile(PictureSettings(dataset="celeba", data_dir=str(place / "folder" / "inner")))
    with pytest.raises(UserError, match=r"--generated=.*: cannot be read: Permission denied"):
        open_generated(str(place / "folder" / "run"), which="last", seed=0, settings=DataSettings())


def test_splits_are_refused_for_data_without_splits(tmp_path):
    save(tmp_path / "a.png", 1)
    with pytest.raises(UserError, match=r"--split=test: .* has no parts"):
        open_pile(PictureSettings(dataset=str(tmp_path), split="test"))
    assert len(open_pile(PictureSettings(dataset=str(tmp_path), split="all"))) == 1


def test_damaged_archives_are_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"no archive")
    assert message(tmp_path / "a.zip") == "not a readable zip archive: File is not a zip file"
    make_tree(tmp_path / "tree")
    for kind, cut in (("zip", 60), ("tar", 12_000)):
        archive = pack(tmp_path / "tree", kind)
        archive.write_bytes(archive.read_bytes()[:-cut])
        assert message(archive).startswith(f"not a readable {kind} archive: ")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as opened:
        opened.add(tmp_path / "tree" / "c.webp", "c.webp")
    assert message(tmp_path / "a.tar.gz") == (
        "a compressed tar file cannot be read in place; decompress it"
    )


def set_in_every_header(archive, offset, value):
    """Writes a 16 bit field at its offset in the local headers, and in the directory."""
    data = bytearray(archive.read_bytes())
    for signature, start in ((b"PK\x03\x04", offset), (b"PK\x01\x02", offset + 2)):
        at = data.find(signature)
        while at >= 0:
            data[at + start : at + start + 2] = value.to_bytes(2, "little")
            at = data.find(signature, at + 4)
    archive.write_bytes(data)


def zip_of_two(path, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as opened:
        opened.writestr("1.png", png(1))
        opened.writestr("2.png", png(2))
    return path


def test_an_archive_of_a_newer_version_is_refused(tmp_path):
    archive = zip_of_two(tmp_path / "a.zip")
    set_in_every_header(archive, 4, 99)  # the version needed to extract
    assert message(archive) == "not a readable zip archive: zip file version 9.9"


def test_links_in_a_tar_are_named(tmp_path):
    save(tmp_path / "a.png", 5)
    (tmp_path / "b.png").symlink_to("a.png")
    (tmp_path / "c.png").hardlink_to(tmp_path / "a.png")
    (tmp_path / "notes").symlink_to("a.png")
    with tarfile.open(tmp_path / "a.tar", "w") as opened:
        for name in ("a.png", "b.png", "c.png", "notes"):
            opened.add(tmp_path / name, name)
    assert reasons(tmp_path / "a.tar") == {
        "b.png": "is a link to a.png; links in archives are not followed",
        "c.png": "is a link to a.png; links in archives are not followed",
        "notes": "does not have the file extension of a picture",
    }


def test_an_encrypted_archive_is_refused(tmp_path):
    archive = zip_of_two(tmp_path / "a.zip")
    set_in_every_header(archive, 6, 1)
    assert message(archive) == "the archive is encrypted; unpack it first"


def reasons(archive: pathlib.Path):
    images = load_images(
        DataSettings(dataset=str(archive), image_size=4, channels=1, max_bad_fraction=0.9)
    )
    return {file.name: file.reason for file in images.skipped}


def test_damaged_members_are_named_and_the_others_read(tmp_path):
    archive = zip_of_two(tmp_path / "a.zip")
    data = bytearray(archive.read_bytes())
    data[data.index(b"2.png") + 40] ^= 0xFF
    archive.write_bytes(data)
    assert reasons(archive) == {"2.png": "is damaged: its checksum does not match the archive's"}

    archive = zip_of_two(tmp_path / "b.zip", zipfile.ZIP_DEFLATED)
    data = bytearray(archive.read_bytes())
    data[data.index(b"2.png") + 5] = 0xFF  # the first byte of the compressed data
    archive.write_bytes(data)
    assert reasons(archive)["2.png"].startswith("is damaged: ")

    archive = zip_of_two(tmp_path / "c.zip")
    data = bytearray(archive.read_bytes())
    data[data.rindex(b"PK\x03\x04")] ^= 0xFF
    archive.write_bytes(data)
    assert reasons(archive) == {"2.png": "is damaged: the archive holds no file at its position"}


def test_an_unknown_compression_method_is_refused(tmp_path):
    archive = zip_of_two(tmp_path / "a.zip")
    set_in_every_header(archive, 8, 99)
    with pytest.raises(UserError, match=r"is compressed by method 99, which cannot be read"):
        load_images(DataSettings(dataset=str(archive), image_size=4, channels=1))


@pytest.mark.parametrize("side", [10**9, 10**12])
def test_images_that_memory_cannot_hold_are_refused_in_one_line(tmp_path, side):
    for index in range(3):
        save(tmp_path / f"{index}.png", index)
    with pytest.raises(UserError, match=r"^--cache=memory: 3 images of 10+x10+x3 take .* GB, more"):
        load_images(DataSettings(dataset=str(tmp_path), image_size=side, cache="memory"))
