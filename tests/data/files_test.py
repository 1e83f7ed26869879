import io
import os
import pathlib
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasgan.data.files import fit_image, read_folder, read_zip
from kerasgan.errors import UserError


def _save(path: pathlib.Path, pixels: np.ndarray, mode: str | None = None, **options) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(pixels, np.uint8))
    (image.convert(mode) if mode else image).save(path, **options)


def _flat(grey: int, height: int = 4, width: int = 4) -> np.ndarray:
    return np.full([height, width], grey, np.uint8)


def _smooth(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A colour picture without hard edges, RGB."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def _zip_folder(folder: pathlib.Path, archive: pathlib.Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(folder.rglob("*"), reverse=True):
            opened.write(path, path.relative_to(folder))


# Cropping and resizing


def test_a_wide_picture_loses_its_left_and_right_ends():
    stripes = np.repeat(np.arange(0, 100, 10, dtype=np.uint8)[None, :], 4, axis=0)  # [4, 10]
    fitted = fit_image(tf.constant(stripes[..., None]), (4, 4, 1)).numpy()
    # A box of 4 columns in 10 begins at column (10 - 4) / 2 = 3.
    np.testing.assert_array_equal(fitted[..., 0], [[30, 40, 50, 60]] * 4)


def test_a_high_picture_loses_its_top_and_bottom():
    stripes = np.repeat(np.arange(0, 90, 10, dtype=np.uint8)[:, None], 4, axis=1)  # [9, 4]
    fitted = fit_image(tf.constant(stripes[..., None]), (2, 4, 1)).numpy()
    # A box of 2 rows in 9 begins at row (9 - 2) // 2 = 3.
    np.testing.assert_array_equal(fitted[..., 0], [[30] * 4, [40] * 4])


def test_the_crop_has_the_proportions_of_a_target_that_is_not_square():
    # 6 x 12 to 2 x 3: the largest box of 2 : 3 is 6 x 9, from column (12 - 9) // 2 = 1.
    image = np.zeros([6, 12, 1], np.uint8)
    image[:, 1:10] = 200
    np.testing.assert_array_equal(fit_image(tf.constant(image), (2, 3, 1)), np.full([2, 3, 1], 200))


def test_a_strip_thinner_than_its_crop_box_still_gives_a_picture():
    image = np.full([1, 100, 1], 7, np.uint8)
    np.testing.assert_array_equal(fit_image(tf.constant(image), (64, 8, 1)), np.full([64, 8, 1], 7))


def test_a_picture_of_the_right_size_keeps_every_pixel():
    image = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    np.testing.assert_array_equal(fit_image(tf.constant(image), (16, 24, 3)), image)


def test_a_checkerboard_is_made_smaller_to_grey():
    board = (np.indices((48, 48)).sum(0) % 2 * 255).astype(np.uint8)[..., None]
    fitted = fit_image(tf.constant(board), (16, 16, 1)).numpy()
    # Weights (1, 2, 3, 2, 1) / 9 along each axis leave 127.5 +- 127.5 / 81. Without
    # anti-aliasing, one pixel in nine would be taken and the rest be lost: 0 and 255 alone.
    assert fitted[1:-1, 1:-1].min() == 126
    assert fitted[1:-1, 1:-1].max() == 129


def test_one_bright_column_in_four_is_made_smaller_to_a_quarter():
    image = np.zeros([32, 32, 1], np.uint8)
    image[:, ::4] = 200
    fitted = fit_image(tf.constant(image), (8, 8, 1)).numpy()
    # Weights (1, 3, 5, 7, 7, 5, 3, 1) / 32 catch two bright columns: (5 + 3) / 32 = 1 / 4.
    np.testing.assert_array_equal(fitted[:, 1:-1], np.full([8, 6, 1], 50))


def test_a_picture_is_enlarged_smoothly():
    image = np.array([[0, 100]] * 2, np.uint8)[..., None]
    fitted = fit_image(tf.constant(image), (4, 4, 1)).numpy()
    np.testing.assert_array_equal(fitted[0, :, 0], [0, 25, 75, 100])


# Channels


def test_grey_of_colours_is_their_luma():
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (10, 200, 90), (255, 255, 255), (1, 1, 1)]
    image = np.tile(np.array(colours, np.uint8), [6, 1, 1])  # [6, 6, 3]
    fitted = fit_image(tf.constant(image), (6, 6, 1)).numpy()
    # 0.299 R + 0.587 G + 0.114 B: 76.245, 149.685, 29.07, 130.65, 255, 1
    np.testing.assert_array_equal(fitted[0, :, 0], [76, 150, 29, 131, 255, 1])


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_grey_files_become_colour_with_three_equal_channels(tmp_path, ending):
    _save(tmp_path / f"a.{ending}", _flat(90))
    images = read_folder(tmp_path, image_shape=(4, 4, 3))
    np.testing.assert_array_equal(images, np.full([1, 4, 4, 3], 90))


def test_transparent_pixels_are_laid_on_white(tmp_path):
    pixels = np.zeros([4, 4, 4], np.uint8)
    pixels[...] = 200, 100, 0, 255
    pixels[0] = 200, 100, 0, 0
    pixels[1] = 200, 100, 0, 51  # a fifth
    _save(tmp_path / "a.png", pixels)
    row = read_folder(tmp_path, image_shape=(4, 4, 3))[0, :, 0]
    expected = [[255, 255, 255], [244, 224, 204], [200, 100, 0], [200, 100, 0]]
    np.testing.assert_array_equal(row, expected)


def test_the_colour_under_transparent_pixels_does_not_bleed(tmp_path):
    pixels = np.full([8, 8, 4], 255, np.uint8)
    pixels[::2] = 0  # black, but not to be seen
    _save(tmp_path / "a.png", pixels)
    assert read_folder(tmp_path, image_shape=(4, 4, 3)).min() == 255


def test_grey_with_alpha_is_read(tmp_path):
    _save(tmp_path / "a.png", np.dstack([_flat(40), _flat(255)]))
    _save(tmp_path / "b.png", np.dstack([_flat(40), _flat(0)]))
    images = read_folder(tmp_path, image_shape=(4, 4, 1))
    np.testing.assert_array_equal(images[:, 0, 0, 0], [40, 255])


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes_of_any_depth_are_read(tmp_path, bits):
    pixels = _smooth(8, 8)
    image = Image.fromarray(pixels).quantize(2**bits)
    image.save(tmp_path / "a.png", bits=bits)
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(read_folder(tmp_path, image_shape=(8, 8, 3))[0], expected)


def test_black_and_white_files_of_one_bit_are_read(tmp_path):
    pixels = np.eye(8, dtype=np.uint8) * 255
    _save(tmp_path / "a.png", pixels, mode="1")
    np.testing.assert_array_equal(read_folder(tmp_path, image_shape=(8, 8, 1))[0, ..., 0], pixels)


# Decoding


@pytest.mark.parametrize("options", [{"quality": 95}, {"quality": 75, "subsampling": 2}])
@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_jpeg_files_are_decoded_as_pillow_does(tmp_path, mode, options):
    _save(tmp_path / "a.jpg", _smooth(40, 32), mode=mode, **options)
    ours = read_folder(tmp_path, image_shape=(40, 32, 3))[0].astype(int)
    with Image.open(tmp_path / "a.jpg") as image:
        theirs = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(ours - theirs).max() <= 2


def test_resizing_is_that_of_pillow_to_two_grey_levels(tmp_path):
    _save(tmp_path / "a.png", _smooth(218, 178))
    ours = read_folder(tmp_path, image_shape=(64, 64, 3))[0].astype(int)
    with Image.open(tmp_path / "a.png") as image:
        box = image.crop((0, 20, 178, 198)).resize((64, 64), Image.Resampling.BILINEAR)
    assert np.abs(ours - np.asarray(box).astype(int)).max() <= 2


def test_the_content_decides_and_not_the_ending(tmp_path):
    for index, kind in enumerate(["PNG", "JPEG", "GIF", "BMP", "WEBP"]):
        name = f"{index}.{'jpg' if kind == 'PNG' else 'png'}"
        options = {"lossless": True} if kind == "WEBP" else {}
        _save(tmp_path / name, np.dstack([_flat(60)] * 3), format=kind, **options)
    images = read_folder(tmp_path, image_shape=(4, 4, 3))
    np.testing.assert_array_equal(images, np.full([5, 4, 4, 3], 60))


# Which files, in which order


def _make_tree(folder: pathlib.Path) -> None:
    _save(folder / "b" / "1.png", _flat(30))
    _save(folder / "b" / "10.PNG", _flat(40))
    _save(folder / "a" / "deep" / "z.JPG", _flat(20))
    _save(folder / "a" / "A.Jpeg", _flat(10))
    _save(folder / "c.png", _flat(50))
    (folder / "notes.txt").write_text("no picture")
    (folder / "png").write_bytes(b"no picture")
    _save(folder / ".hidden.png", _flat(99))
    _save(folder / ".cache" / "thumbnail.png", _flat(99))
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._c.png").write_bytes(b"no picture")
    (folder / "__MACOSX" / "c.png").write_bytes(b"no picture")


def test_pictures_at_any_depth_come_in_the_order_of_their_paths(tmp_path):
    _make_tree(tmp_path)
    images = read_folder(tmp_path, image_shape=(4, 4, 1))
    assert images.dtype == np.uint8
    assert images.shape == (5, 4, 4, 1)
    np.testing.assert_array_equal(images[:, 0, 0, 0], [10, 20, 30, 40, 50])


def test_a_zip_file_gives_the_bytes_of_its_folder(tmp_path):
    folder = tmp_path / "tree"
    _make_tree(folder)
    _save(folder / "photo.jpg", _smooth(50, 40))
    _zip_folder(folder, tmp_path / "tree.zip")
    from_folder = read_folder(folder, image_shape=(16, 24, 3))
    from_zip = read_zip(tmp_path / "tree.zip", image_shape=(16, 24, 3))
    assert len(from_zip) == 6
    np.testing.assert_array_equal(from_zip, from_folder)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["tree", "tree.zip"]


def test_only_the_first_pictures_are_read(tmp_path):
    folder = tmp_path / "tree"
    _make_tree(folder)
    (folder / "d.png").write_bytes(b"never looked at")
    _zip_folder(folder, tmp_path / "tree.zip")
    for images in (
        read_folder(folder, image_shape=(4, 4, 1), num_images=3),
        read_zip(tmp_path / "tree.zip", image_shape=(4, 4, 1), num_images=3),
    ):
        np.testing.assert_array_equal(images[:, 0, 0, 0], [10, 20, 30])
    assert len(read_folder(folder, image_shape=(4, 4, 1), num_images=5)) == 5


def test_the_order_survives_parallel_decoding(tmp_path):
    for index in range(120):
        side = 200 if index % 7 == 0 else 4  # some take longer than others
        _save(tmp_path / f"{index:03}.png", _flat(index, side, side))
    images = read_folder(tmp_path, image_shape=(4, 4, 1))
    np.testing.assert_array_equal(images[:, 0, 0, 0], np.arange(120))


def test_a_linked_folder_is_followed_once(tmp_path):
    _save(tmp_path / "elsewhere" / "a.png", _flat(1))
    folder = tmp_path / "pictures"
    _save(folder / "b.png", _flat(2))
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to(folder)
    images = read_folder(folder, image_shape=(4, 4, 1))
    np.testing.assert_array_equal(images[:, 0, 0, 0], [2, 1])


def test_a_file_name_that_is_no_text_is_read(tmp_path):
    _save(tmp_path / "a.png", _flat(5))
    os.rename(tmp_path / "a.png", os.fsencode(tmp_path) + b"/\xff.png")
    assert read_folder(tmp_path, image_shape=(4, 4, 1))[0, 0, 0, 0] == 5


def test_nothing_is_printed_where_no_terminal_looks(tmp_path, capsys):
    _save(tmp_path / "a.png", _flat(5))
    read_folder(tmp_path, image_shape=(4, 4, 1))
    assert capsys.readouterr() == ("", "")


# Mistakes


def _message(read, place: pathlib.Path) -> str:
    """What the user is told, less the place; it must be one line."""
    with pytest.raises(UserError) as caught:
        read(place, image_shape=(8, 8, 3))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"--dataset={place}: ")
    return message.removeprefix(f"--dataset={place}: ")


def test_a_folder_that_is_not_there(tmp_path):
    assert _message(read_folder, tmp_path / "none") == "no such folder"


def test_a_folder_without_pictures(tmp_path):
    assert _message(read_folder, tmp_path) == "the folder holds no .jpg, .jpeg or .png files"
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    assert _message(read_folder, tmp_path) == "the folder holds no .jpg, .jpeg or .png files"


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"\xff\xd8\xff\xe0cut off"], ids=["empty", "text", "header"]
)
def test_the_first_file_that_cannot_be_decoded_is_named(tmp_path, data):
    for index in range(60):
        _save(tmp_path / "people" / f"{index:02}.png", _flat(index))
    for name in ("people/37.png", "people/41.png"):
        (tmp_path / name).write_bytes(data)
    expected = "cannot decode people/37.png: it is damaged or not a picture"
    assert _message(read_folder, tmp_path) == expected
    archive = tmp_path / "people.zip"
    _zip_folder(tmp_path / "people", archive)
    assert _message(read_zip, archive) == expected.replace("people/", "")


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_a_picture_cut_short_is_named(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    _save(path, np.random.default_rng(0).integers(0, 256, (32, 32, 3)))
    path.write_bytes(path.read_bytes()[:-400])
    assert _message(read_folder, tmp_path).startswith(f"cannot decode a.{kind}: ")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    _save(tmp_path / "a.png", _flat(1))
    (tmp_path / "b.png").symlink_to(tmp_path / "gone.png")
    assert _message(read_folder, tmp_path).startswith("cannot read b.png: ")


def test_a_zip_file_that_is_not_there(tmp_path):
    message = _message(read_zip, tmp_path / "none.zip")
    assert message.startswith("not a readable zip archive: ")
    assert "No such file" in message


def test_a_file_that_is_no_zip_archive(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"no archive")
    expected = "not a readable zip archive: File is not a zip file"
    assert _message(read_zip, tmp_path / "a.zip") == expected


def test_a_zip_file_cut_short(tmp_path):
    _save(tmp_path / "tree" / "a.png", _smooth(40, 40))
    _zip_folder(tmp_path / "tree", tmp_path / "a.zip")
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:-60])
    assert _message(read_zip, tmp_path / "a.zip").startswith("not a readable zip archive: ")


def test_a_zip_file_without_pictures(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr("notes.txt", "no picture")
        opened.mkdir("folder.png")
    expected = "the archive holds no .jpg, .jpeg or .png files"
    assert _message(read_zip, tmp_path / "a.zip") == expected


def test_a_damaged_member_of_a_zip_file_is_named(tmp_path):
    content = io.BytesIO()
    Image.fromarray(_smooth(16, 16)).save(content, "PNG")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:  # stored, not compressed
        opened.writestr("1.png", content.getvalue())
        opened.writestr("2.png", content.getvalue())
    data = bytearray((tmp_path / "a.zip").read_bytes())
    data[data.index(b"2.png") + 200] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    expected = "cannot read 2.png: Bad CRC-32 for file '2.png'"
    assert _message(read_zip, tmp_path / "a.zip") == expected


def _set_in_every_header(archive: pathlib.Path, offset: int, value: int) -> None:
    """Writes a 16 bit field at its offset in the local headers, and in the directory."""
    data = bytearray(archive.read_bytes())
    for signature, start in ((b"PK\x03\x04", offset), (b"PK\x01\x02", offset + 2)):
        at = data.find(signature)
        while at >= 0:
            data[at + start : at + start + 2] = value.to_bytes(2, "little")
            at = data.find(signature, at + 4)
    archive.write_bytes(data)


def test_an_encrypted_zip_file(tmp_path):
    _save(tmp_path / "tree" / "a.png", _flat(1))
    _zip_folder(tmp_path / "tree", tmp_path / "a.zip")
    _set_in_every_header(tmp_path / "a.zip", offset=6, value=1)  # the flag for encryption
    expected = "the archive is encrypted; unpack it yourself"
    assert _message(read_zip, tmp_path / "a.zip") == expected


def test_a_zip_file_compressed_in_an_unknown_way(tmp_path):
    _save(tmp_path / "tree" / "a.png", _flat(1))
    _zip_folder(tmp_path / "tree", tmp_path / "a.zip")
    _set_in_every_header(tmp_path / "a.zip", offset=8, value=9)  # Deflate64, of large Windows zips
    message = _message(read_zip, tmp_path / "a.zip")
    assert message.startswith("cannot read a.png: That compression method is not supported")
