"""The fast decoder against Pillow, bit for bit, and the files it leaves to Pillow."""

import io

import numpy as np
import pytest
from PIL import Image

from kerasgan.data.pictures.decode import BadPictureError
from kerasgan.data.pictures.jpegs import decode_jpegs, plain_jpeg_size


def photo(width, height, seed=0):
    """A picture with soft shapes, hard edges and noise."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (6, 5, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    pixels[height // 3 : height // 2, width // 4 :] = random.integers(0, 256, 3)
    pixels += random.normal(0, 8, pixels.shape).astype(int)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def encoded(image, kind="JPEG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pillow(file, box):
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB").crop(box))


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("quality", [5, 40, 75, 95, 100])
@pytest.mark.parametrize("size", [(178, 218), (37, 43), (16, 16), (17, 8), (7, 1), (1, 1)])
def test_the_pixels_equal_pillows(size, quality, subsampling):
    options = {"quality": quality, "subsampling": subsampling}
    files = [encoded(photo(*size, seed), **options) for seed in range(3)]
    assert {plain_jpeg_size(file) for file in files} == {size}
    whole = (0, 0, *size)
    pixels = decode_jpegs(files, whole)
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, [pillow(file, whole) for file in files])


@pytest.mark.parametrize("box", [(0, 20, 178, 198), (35, 55, 143, 163), (3, 1, 4, 218)])
def test_a_box_is_cropped_from_the_whole_picture(box):
    files = [encoded(photo(178, 218, seed)) for seed in range(2)]
    expected = [pillow(file, box) for file in files]
    np.testing.assert_array_equal(decode_jpegs(files, box), expected)


@pytest.mark.parametrize(
    "options",
    [
        {"optimize": True},
        {"restart_marker_blocks": 3},
        {"comment": b"\xff\xc0 made by hand"},
        {"icc_profile": b"not a real profile"},
        {"dpi": (300, 300)},
    ],
    ids=lambda options: next(iter(options)),
)
def test_segments_that_do_not_change_pixels_are_ignored(options):
    file = encoded(photo(60, 50), **options)
    assert plain_jpeg_size(file) == (60, 50)
    expected = pillow(file, (0, 0, 60, 50))
    np.testing.assert_array_equal(decode_jpegs([file], (0, 0, 60, 50))[0], expected)


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(photo(60, 50), exif=exif)


def with_frame(at, value):
    """A JPEG file with one byte of its frame header changed; 4 is the precision."""
    file = bytearray(encoded(photo(60, 50), subsampling="4:4:4"))
    file[file.index(b"\xff\xc0") + at] = value
    return bytes(file)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8 and then nothing that JPEG knows",
        encoded(photo(60, 50), "PNG"),
        encoded(photo(60, 50), progressive=True),
        encoded(photo(60, 50).convert("L")),
        encoded(photo(60, 50).convert("CMYK")),
        encoded(photo(60, 50), keep_rgb=True),
        encoded(photo(60, 50))[:300],
        turned(),
        with_frame(4, 12),  # bits
        with_frame(11, 0x41),  # brightness four times as wide
        with_frame(10, 82),  # the component R
    ],
    ids=["empty", "start alone", "text", "png", "progressive", "grey", "cmyk", "rgb", "header",
         "turned", "12 bits", "4:1:1", "named R"],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_pillow(file):
    assert plain_jpeg_size(file) is None


@pytest.mark.parametrize("left", [0.5, 0.9, 0.99])
def test_a_cut_off_file_is_refused_even_if_the_box_is_complete(left):
    good, file = encoded(photo(178, 218)), encoded(photo(178, 218, 1))
    cut = file[: int(left * len(file))]
    assert plain_jpeg_size(cut) == (178, 218)
    with pytest.raises(BadPictureError, match="is damaged"):
        decode_jpegs([good, cut], (35, 10, 143, 50))
