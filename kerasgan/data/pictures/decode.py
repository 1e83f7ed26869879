"""Decodes the bytes of a file to RGB exactly as Pillow does, or says why that is impossible."""

import io
import struct
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

# No formats that Pillow passes to other programs, such as PostScript.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
ENDINGS = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".pgm",
    ".ppm", ".pbm", ".pnm",
)  # fmt: skip

_ORIENTATION = 0x0112  # the EXIF tag
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B")


class BadPictureError(Exception):
    """A file is not a readable picture; the message begins with a verb: "is empty"."""


def open_picture(data: bytes) -> Image.Image:
    """Opens a file of one of FORMATS, whatever its name, without decoding its pixels.

    Raises:
        BadPictureError: the file is not a picture, or has too many pixels.
    """
    if not data:
        raise BadPictureError("is empty")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPictureError(f"has too many pixels: {error}") from error
    except UnidentifiedImageError as error:
        raise BadPictureError(_what_it_is(data)) from error
    # Pillow's readers of headers raise errors of many classes.
    except Exception as error:
        raise BadPictureError(_damage(error)) from error
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise BadPictureError(
            f"has too many pixels: {image.width}x{image.height}, more than {limit:,}, which "
            "may be a decompression bomb"
        )
    return image


def to_rgb(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    """Decodes, rotates according to EXIF, composites on the background and converts to RGB.

    Without transparency, the pixels are those of `ImageOps.exif_transpose(image).convert("RGB")`,
    except for 16-bit grey, which Pillow would clip at 255: the upper 8 bits are used instead, as
    Pillow does with 16-bit colours. If a file holds several pictures, the first is used.

    Args:
        image: what `open_picture` returned.
        background: red, green and blue, 0 to 255.

    Raises:
        BadPictureError: the pixels are damaged or cut off.
    """
    try:
        image.load()
        if image.getexif().get(_ORIENTATION, 1) != 1:
            image = ImageOps.exif_transpose(image)
        if image.mode in _SIXTEEN_BITS or (image.mode == "I" and image.format in ("PNG", "PPM")):
            image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        if image.mode in _ALPHA_MODES or "transparency" in image.info:
            picture = image.convert("RGBA")
            image = Image.alpha_composite(
                Image.new("RGBA", picture.size, (*background, 255)), picture
            )
        return image if image.mode == "RGB" else image.convert("RGB")
    except MemoryError as error:
        raise BadPictureError(f"is too large for memory: {image.width}x{image.height}") from error
    except Exception as error:  # OSError, ValueError, SyntaxError, struct.error ...
        raise BadPictureError(_damage(error)) from error


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
    kinds = {b"\xff\xd8": "JPEG", b"\x89PNG": "PNG", b"GIF8": "GIF", b"RIFF": "WebP", b"BM": "BMP"}
    for beginning, kind in kinds.items():
        if start.startswith(beginning):
            return f"is damaged: it begins like a {kind} file, but its header cannot be read"
    try:
        text = start.decode("utf-8", errors="strict" if len(data) <= 64 else "ignore")
    except UnicodeDecodeError:
        text = ""
    if text and all(letter.isprintable() or letter.isspace() for letter in text):
        return f"is text, not a picture: {' '.join(text.split())[:32]!r}"
    return f"is not a picture: it begins with the bytes {start[:4].hex(' ')}"
