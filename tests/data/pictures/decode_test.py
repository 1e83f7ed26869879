"""Every kind of picture against Pillow's pixels and against known colours."""

import io
import struct
import sys
import types

import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps

from kerasgan.config import PictureSettings
from kerasgan.data.cache import cache_key
from kerasgan.data.open import open_pile
from kerasgan.data.pictures import decode
from kerasgan.data.pictures.decode import BadPictureError, open_picture, to_colour
from kerasgan.data.pictures.preprocess import Preprocessing

WHITE = (255, 255, 255)


def smooth(height=43, width=37, seed=0):
    """A colour picture without hard edges, with sides of odd length."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def with_orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return encoded(smooth(), "JPEG", exif=exif)


def adobe_ycck():
    """A CMYK JPEG as Photoshop writes it: marked as inverted, and stored as YCCK (transform 2)."""
    data = bytearray(encoded(smooth().convert("CMYK"), "JPEG", quality=95))
    at = data.index(b"Adobe")
    data[at + 11] = 2
    return bytes(data)


CORPUS = {
    **{
        f"jpeg subsampling {subsampling} {'progressive' if progressive else 'baseline'}": encoded(
            smooth(), "JPEG", subsampling=subsampling, progressive=progressive, quality=80
        )
        for subsampling in (0, 1, 2)
        for progressive in (False, True)
    },
    **{f"jpeg {w}x{h}": encoded(smooth(h, w), "JPEG") for w, h in ((1, 1), (7, 16), (17, 8))},
    **{f"jpeg orientation {value}": with_orientation(value) for value in range(1, 9)},
    "jpeg grey": encoded(smooth().convert("L"), "JPEG"),
    "jpeg cmyk": encoded(smooth().convert("CMYK"), "JPEG"),
    "jpeg ycck": adobe_ycck(),
    "jpeg rgb kept": encoded(smooth(), "JPEG", keep_rgb=True),
    **{f"png {mode}": encoded(smooth().convert(mode), "PNG") for mode in ("1", "L", "P", "RGB")},
    **{f"png palette {b} bits": encoded(smooth().quantize(2**b), "PNG", bits=b) for b in (1, 2, 4)},
    "png interlaced": encoded(smooth(), "PNG", interlace=1),
    "gif": encoded(smooth().quantize(64), "GIF"),
    "gif of frames": encoded(
        smooth().quantize(64), "GIF", save_all=True, append_images=[smooth(seed=1).quantize(64)]
    ),
    "bmp": encoded(smooth(), "BMP"),
    "bmp grey": encoded(smooth().convert("L"), "BMP"),
    "webp": encoded(smooth(), "WEBP"),
    "webp lossless": encoded(smooth(), "WEBP", lossless=True),
    "tiff": encoded(smooth(), "TIFF"),
    "tiff deflated": encoded(smooth(), "TIFF", compression="tiff_deflate"),
    "tiff cmyk": encoded(smooth().convert("CMYK"), "TIFF"),
    "tiff of pages": encoded(smooth(), "TIFF", save_all=True, append_images=[smooth(seed=1)]),
    "pgm": encoded(smooth().convert("L"), "PPM"),
    "ppm": encoded(smooth(), "PPM"),
    "pgm as text": b"P2 3 1 255\n0 100 255\n",
}


@pytest.mark.parametrize("kind", CORPUS)
def test_every_kind_gives_pillows_pixels(kind):
    pixels = np.asarray(to_colour(open_picture(CORPUS[kind]), WHITE))
    with Image.open(io.BytesIO(CORPUS[kind])) as image:
        reference = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    np.testing.assert_array_equal(pixels, reference)


@pytest.mark.parametrize("kind", [name for name in CORPUS if "orientation" in name])
def test_a_rotated_picture_is_turned_upright(kind):
    shape = np.asarray(to_colour(open_picture(CORPUS[kind]), WHITE)).shape
    assert shape == ((43, 37, 3) if int(kind[-1]) < 5 else (37, 43, 3))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_transparency_shows_the_background(kind):
    pixels = np.zeros([4, 4, 4], np.uint8)
    pixels[...] = 200, 100, 0, 255
    pixels[0, :, 3] = 0
    pixels[1, :, 3] = 51  # a fifth
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    data = encoded(Image.fromarray(pixels), kind, **options)
    column = np.asarray(to_colour(open_picture(data), WHITE))[:, 0]
    np.testing.assert_array_equal(
        column, [[255, 255, 255], [244, 224, 204], [200, 100, 0], [200, 100, 0]]
    )
    column = np.asarray(to_colour(open_picture(data), (0, 0, 100)))[:, 0]
    np.testing.assert_array_equal(column, [[0, 0, 100], [40, 20, 80], [200, 100, 0], [200, 100, 0]])


def test_grey_with_alpha_and_palettes_with_a_transparent_colour():
    grey = Image.fromarray(np.full([2, 2], 40, np.uint8))
    grey.putalpha(Image.fromarray(np.array([[0, 255], [0, 255]], np.uint8)))
    row = np.asarray(to_colour(open_picture(encoded(grey, "PNG")), WHITE))[0]
    np.testing.assert_array_equal(row, [[255] * 3, [40] * 3])
    palette = Image.fromarray(np.array([[0, 1]], np.uint8))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    for kind in ("PNG", "GIF"):
        data = encoded(palette, kind, transparency=0)
        row = np.asarray(to_colour(open_picture(data), (1, 2, 3)))[0]
        np.testing.assert_array_equal(row, [[1, 2, 3], [40, 50, 60]])


def test_grey_of_16_bits_keeps_its_upper_8():
    levels = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    pgm = b"P5 5 1 65535\n" + levels.astype(">u2").tobytes()
    image = Image.fromarray(levels)
    for data in (encoded(image, "PNG"), encoded(image, "TIFF"), pgm):
        row = np.asarray(to_colour(open_picture(data), WHITE))[0]
        np.testing.assert_array_equal(row, np.array([0, 0, 1, 128, 255])[:, None].repeat(3, 1))


def tiff(levels, sample_format, *, bits=None, photometric=1, order="<", raw=None):
    """A TIFF file of one strip; sample formats: 1 unsigned, 2 signed, 3 float."""
    height, width = levels.shape[:2]
    data = levels.astype(levels.dtype.newbyteorder(order)).tobytes() if raw is None else raw
    channels = levels.size // (height * width)
    tags = {
        256: width, 257: height, 258: bits or 8 * levels.itemsize, 259: 1, 262: photometric,
        273: 8, 277: channels, 278: height, 279: len(data), 339: sample_format,
    }  # fmt: skip
    short = {258, 259, 262, 277, 339}
    entries = b"".join(
        struct.pack(f"{order}HHI", tag, 3 if tag in short else 4, 1)
        + struct.pack(f"{order}HH" if tag in short else f"{order}I", value, *([0] * (tag in short)))
        for tag, value in tags.items()
    )
    start = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8 + len(data))
    return start + data + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_numbers_without_a_known_white_are_refused(order):
    unit = np.array([[0, 0.25, 1]])
    for levels, sample_format, expected in (
        (unit.astype(np.float32), 3, "has float pixels from 0 to 1; save it with 8 or 16 bits"),
        (255 * unit.astype(np.float32), 3, "has float pixels from 0 to 255; "),
        (np.array([[-7, 80_000]], np.int32), 2, "has signed pixels from -7 to 80000; "),
        (np.array([[-7, 800]], np.int16), 2, "has signed pixels from -7 to 800; "),
        (np.array([[-7, 80]], np.int8), 2, "has signed pixels from -7 to 80; "),
        (unit.astype(np.float64), 3, "is damaged: its TIFF header cannot be read, or is of a kind"),
        (unit.astype(np.float16), 3, "is damaged: its TIFF header cannot be read, or is of a kind"),
    ):
        assert reason(tiff(levels, sample_format, order=order)).startswith(expected)
    colours = np.zeros([2, 2, 3], np.float32)
    assert reason(tiff(colours, 3, photometric=2, order=order)).startswith("is damaged: its TIFF")


def test_integers_of_32_bits_and_float_maps_are_refused():
    levels = np.array([[1, 4_000_000_000]], np.uint32)
    assert reason(tiff(levels, 1)).startswith("has 32-bit pixels from 1 to 4e+09; save it")
    pfm = b"Pf\n2 1\n-1.0\n" + np.array([0, 0.5], "<f4").tobytes()
    assert reason(pfm).startswith("has float pixels from 0 to 0.5; save it with 8 or 16 bits")


def test_grey_tiff_files_of_any_kind_are_scaled_to_8_bits():
    levels = np.array([[0, 4096, 65535]], np.uint16)

    def row(data):
        return np.asarray(to_colour(open_picture(data), WHITE))[0, :, 0].tolist()

    assert row(tiff(levels, 1)) == row(tiff(levels, 1, order=">")) == [0, 16, 255]
    assert row(tiff(levels, 1, photometric=0)) == [255, 239, 0]  # white is 0
    assert row(tiff((levels >> 8).astype(np.uint8), 1, photometric=0)) == [255, 239, 0]
    twelve = bytes([0xFF, 0xF8, 0x00])  # 4095 and 2048
    assert row(tiff(levels[:, :2], 1, bits=12, raw=twelve)) == [255, 128]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_avif_gives_pillows_pixels_whatever_the_name(mode):
    data = encoded(smooth().convert(mode), "AVIF")
    pixels = np.asarray(to_colour(open_picture(data), WHITE))
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(pixels, np.asarray(image.convert("RGB")))


def test_avif_is_turned_by_exif():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = to_colour(open_picture(encoded(smooth(43, 37), "AVIF", exif=exif)), WHITE)
    assert picture.size == (43, 37)


# The boxes that begin a HEIC file; what follows does not matter for telling what it is.
HEIC = bytes.fromhex("0000001c") + b"ftypheic" + bytes(4) + b"mif1heicmiaf" + bytes(200)


@pytest.fixture
def heic_is_forgotten():
    """Whether HEIC can be read is found out once in a process."""
    decode._can_read_heic.cache_clear()
    yield
    decode._can_read_heic.cache_clear()


@pytest.mark.usefixtures("heic_is_forgotten")
def test_without_its_library_heic_is_named_with_the_extra_that_reads_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if not installed
    assert reason(HEIC) == "is HEIC; pip install 'kerasgan[heic]' to read it"
    generic = HEIC.replace(b"ftypheic", b"ftypmif1")
    assert reason(generic) == reason(HEIC)


@pytest.mark.usefixtures("heic_is_forgotten")
def test_a_cache_without_heic_is_not_used_once_heic_can_be_read(monkeypatch, tmp_path):
    (tmp_path / "a.heic").write_bytes(HEIC)
    pile, preprocessing = (
        open_pile(PictureSettings(dataset=str(tmp_path))),
        Preprocessing(image_shape=(16, 16, 3)),
    )
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    before = cache_key(pile, preprocessing)
    assert before == cache_key(pile, preprocessing)
    decode._can_read_heic.cache_clear()
    library = types.SimpleNamespace(register_heif_opener=lambda: None)
    monkeypatch.setitem(sys.modules, "pillow_heif", library)
    assert before != cache_key(pile, preprocessing)


@pytest.mark.usefixtures("heic_is_forgotten")
def test_with_its_library_heic_is_read(monkeypatch):
    class FakeHeif(ImageFile.ImageFile):
        format = "HEIF"

        def _open(self):
            self._mode, self._size = "RGB", (3, 2)

        def load(self):
            self.im = Image.new("RGB", (3, 2), (1, 2, 3)).im
            return super().load()

    def register_heif_opener():
        Image.register_open("HEIF", FakeHeif, lambda start: start[4:8] == b"ftyp")

    library = types.SimpleNamespace(register_heif_opener=register_heif_opener)
    monkeypatch.setitem(sys.modules, "pillow_heif", library)
    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    monkeypatch.setattr(Image, "ID", list(Image.ID))
    pixels = np.asarray(to_colour(open_picture(HEIC), WHITE))
    np.testing.assert_array_equal(pixels, np.full([2, 3, 3], [1, 2, 3]))


# Reasons


def reason(data):
    with pytest.raises(BadPictureError) as caught:
        to_colour(open_picture(data), WHITE)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def huge_png(width, height):
    """A PNG whose header claims more pixels than there are."""
    data = bytearray(encoded(Image.new("L", (1, 1)), "PNG"))
    data[16:24] = struct.pack(">II", width, height)
    import zlib

    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


JPEG = encoded(smooth(200, 200), "JPEG", quality=95)
PNG = encoded(smooth(200, 200), "PNG")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "is empty"),
        (b"hello, I am a letter", "is text, not a picture: 'hello, I am a letter'"),
        ("naïve".encode(), "is text, not a picture: 'naïve'"),
        (b"<!DOCTYPE html><html>\n<title>Quota exceeded</title>" + b" " * 99, "is text, not a"),
        (bytes(4096), "is not a picture: it begins with zeros"),
        (
            b"\x01\x02\x03\x04" + bytes(range(256)),
            "is not a picture: it begins with the bytes 01 02",
        ),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is text, not a picture"),
        (b"\xff\xd8\xff\xe0cut off", "is cut off: Truncated File Read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "is damaged: it begins like a PNG file"),
        (b"GIF89a", "is damaged: it begins like a GIF file"),
        (b"RIFF\x00\x00\x00\x00WEBP", "is damaged: it begins like a WebP file"),
        (encoded(smooth(), "AVIF")[:60], "is damaged: it begins like an AVIF file, but its header"),
        (JPEG[: len(JPEG) // 2], "is cut off: image file is truncated"),
        (PNG[: len(PNG) // 2], "is cut off: image file is truncated"),
        (huge_png(15_000, 10_000), "has too many pixels: 150,000,000, more than 89,478,485; make"),
        (huge_png(100_000, 100_000), "has too many pixels: 10,000,000,000, more than 89,478"),
    ],
)
@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
def test_files_that_are_not_pictures_are_refused_with_the_reason(data, expected):
    assert reason(data).startswith(expected)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_found_even_without_warnings():
    assert reason(huge_png(15_000, 10_000)) == (
        "has too many pixels: 150,000,000, more than 89,478,485; make it smaller"
    )
