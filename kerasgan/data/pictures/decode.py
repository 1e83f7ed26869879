"""Decodes a file's bytes to RGB or RGBA exactly as Pillow does, or says why that is impossible."""

import functools
import importlib
import io
import re
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError, features

from kerasgan.marks import is_marked

# Known by their content, whatever the name of the file. AVIF and HEIF are added where they can be
# read. No formats that Pillow passes to other programs, such as PostScript.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
ENDINGS = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".pgm",
    ".ppm", ".pbm", ".pnm", ".avif", ".heic", ".heif",
)  # fmt: skip

_ORIENTATION = 0x0112  # the EXIF tag
ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B")
_TIFF_BITS, _TIFF_MEANING, _TIFF_SIGN = 258, 262, 339  # tags of TIFF files
_TIFF_WHITE_IS_0, _TIFF_SIGNED = 0, 2
# ISO/IEC 14496-12, section 4.3, and 23008-12, annex B: a file names the brands that it conforms to.
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}


class BadPictureError(Exception):
    """A file is not a readable picture; the message begins with a verb: "is empty"."""


class OwnFigureError(BadPictureError):
    """A file is a picture that kerasgan made to be looked at; no fault of the data."""


def open_picture(data: bytes) -> Image.Image:
    """Opens a file of one of FORMATS, whatever its name, without decoding its pixels.

    Raises:
        BadPictureError: the file is not a picture, or has too many pixels.
        OwnFigureError: kerasgan made it.
    """
    if not data:
        raise BadPictureError("is empty")
    formats = _formats(data)
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = re.search(r"\d+", str(error))
        raise BadPictureError(_too_many(int(pixels[0]) if pixels else 0)) from error
    except UnidentifiedImageError as error:
        raise BadPictureError(_what_it_is(data)) from error
    # Pillow's readers of headers raise errors of many classes.
    except Exception as error:
        raise BadPictureError(_damage(error)) from error
    if is_marked(image):
        raise OwnFigureError("is a picture that kerasgan made to be looked at, not data")
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise BadPictureError(_too_many(image.width * image.height))
    return image


def to_colour(image: Image.Image, background: tuple[int, int, int] | None) -> Image.Image:
    """Decodes, rotates according to EXIF, composites on the background and converts to RGB.

    Without a background, transparency stays and all is converted to RGBA with straight alpha.

    Without transparency, the colours are those of `ImageOps.exif_transpose(image).convert("RGB")`,
    except for 16-bit grey, which Pillow would clip at 255: the upper 8 bits are used instead, as
    Pillow does with 16-bit colours. Numbers without a known white, such as floats, which Pillow
    would clip too, are refused. If a file holds several pictures, the first is used.

    Args:
        image: what `open_picture` returned.
        background: red, green and blue, 0 to 255; None to keep transparency.

    Raises:
        BadPictureError: the pixels are damaged or cut off, or of a kind that has no known white.
    """
    try:
        tags = getattr(image, "tag_v2", {})  # of TIFF files
        image.load()
        _refuse_unknown_range(image, tags)
        if image.getexif().get(_ORIENTATION, 1) != 1:
            image = ImageOps.exif_transpose(image)
        if image.mode in (*_SIXTEEN_BITS, "I"):
            image = _upper_8_bits(image, tags)
        if background is None:
            known = has_transparency(image) or image.mode == "RGB"
            return (image if known else image.convert("RGB")).convert("RGBA")
        if has_transparency(image):
            picture = image.convert("RGBA")
            image = Image.alpha_composite(
                Image.new("RGBA", picture.size, (*background, 255)), picture
            )
        return image if image.mode == "RGB" else image.convert("RGB")
    except BadPictureError:
        raise
    except MemoryError as error:
        raise BadPictureError(f"is too large for memory: {image.width}x{image.height}") from error
    except Exception as error:  # OSError, ValueError, SyntaxError, struct.error ...
        raise BadPictureError(_damage(error)) from error


def has_transparency(image: Image.Image) -> bool:
    """Whether pixels of a picture may be transparent, by what its file says of itself."""
    return image.mode in ALPHA_MODES or "transparency" in image.info


def _refuse_unknown_range(image: Image.Image, tags: Mapping[int, Any]) -> None:
    """Refuses pixels of which only the writer knows what is black and what is white."""
    is_signed = tags.get(_TIFF_SIGN, (1,))[0] == _TIFF_SIGNED
    if image.mode == "F":
        kind = "float"
    elif is_signed or (image.mode == "I" and image.format not in ("PNG", "PPM")):
        kind = "signed" if is_signed else "32-bit"
    else:
        return
    levels = np.asarray(image)
    if is_signed and levels.dtype == np.uint8:
        levels = levels.view(np.int8)
    elif kind == "32-bit":  # not signed, as Pillow believes
        levels = levels.view(np.uint32)
    raise BadPictureError(
        f"has {kind} pixels from {levels.min():g} to {levels.max():g}; save it with 8 or 16 bits"
    )


def _upper_8_bits(image: Image.Image, tags: Mapping[int, Any]) -> Image.Image:
    """Grey of 16 bits, or of 12 in TIFF files, as 8 bits."""
    bits = 12 if tags.get(_TIFF_BITS) == (12,) else 16
    grey = (np.asarray(image) >> (bits - 8)).astype(np.uint8)
    # Pillow inverts such files of 8 bits, but not those of 16.
    return Image.fromarray(255 - grey if tags.get(_TIFF_MEANING) == _TIFF_WHITE_IS_0 else grey)


def _too_many(pixels: int) -> str:
    return f"has too many pixels: {pixels:,}, more than {Image.MAX_IMAGE_PIXELS:,}; make it smaller"


def _formats(data: bytes) -> tuple[str, ...]:
    """What Pillow should try on a file.

    Raises:
        BadPictureError: the file needs a library that is not installed.
    """
    brands = _brands(data)
    if brands & _AVIF_BRANDS:
        if not features.check("avif"):
            raise BadPictureError("is AVIF; install Pillow 11.3 or later to read it")
        return (*FORMATS, "AVIF")
    if brands & _HEIC_BRANDS:
        if not _can_read_heic():
            raise BadPictureError("is HEIC; pip install 'kerasgan[heic]' to read it")
        return (*FORMATS, "HEIF")
    return FORMATS


def optional_formats() -> list[str]:
    """The formats that can be read here, but not with every installation of kerasgan."""
    can_read = {"AVIF": features.check("avif"), "HEIF": _can_read_heic()}
    return [name for name, is_known in can_read.items() if is_known]


def _brands(data: bytes) -> set[bytes]:
    """The major and the compatible brands of a file of boxes; none of other files."""
    if data[4:8] != b"ftyp":
        return set()
    listed = data[16 : min(int.from_bytes(data[:4]), 1024)]
    return {data[8:12]} | {listed[at : at + 4] for at in range(0, len(listed), 4)}


@functools.cache
def _can_read_heic() -> bool:
    """Registers the reader of HEIC with Pillow, if it is installed."""
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError:
        return False
    return True


def _damage(error: Exception) -> str:
    reason = _first_line(error)
    if "truncated" in reason.lower() or isinstance(error, EOFError | struct.error):
        return f"is cut off: {reason}"
    return f"is damaged: {reason}"


def _first_line(error: Any) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def _what_it_is(data: bytes) -> str:
    """Says what a file is that Pillow does not recognise."""
    start = data[:64]
    if not any(start):
        return "is not a picture: it begins with zeros"
    if brands := _brands(data) & (_AVIF_BRANDS | _HEIC_BRANDS):
        kind = "an AVIF" if brands & _AVIF_BRANDS else "a HEIC"
        return f"is damaged: it begins like {kind} file, but its header cannot be read"
    kinds = {b"\xff\xd8": "JPEG", b"\x89PNG": "PNG", b"GIF8": "GIF", b"RIFF": "WebP", b"BM": "BMP"}
    for beginning, kind in kinds.items():
        if start.startswith(beginning):
            return f"is damaged: it begins like a {kind} file, but its header cannot be read"
    if start.startswith((b"II*\0", b"MM\0*")):
        return (
            "is damaged: its TIFF header cannot be read, or is of a kind that Pillow does not "
            "know; save it with 8 or 16 bits"
        )
    try:
        text = start.decode("utf-8", errors="strict" if len(data) <= 64 else "ignore")
    except UnicodeDecodeError:
        text = ""
    if text and all(letter.isprintable() or letter.isspace() for letter in text):
        return f"is text, not a picture: {' '.join(text.split())[:32]!r}"
    return f"is not a picture: it begins with the bytes {start[:4].hex(' ')}"
