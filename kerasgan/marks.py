"""The mark of pictures that kerasgan made to be looked at, such as grids of samples.

Such a picture often lies in the folder of the data, and the next run must not take it for one of
them. The mark says so in the place that each format has for a remark.
"""

import struct
import zlib

from PIL import Image

MARK = "kerasgan: to be looked at, not data"

_PNG_START = 8 + 25  # bytes: the signature, and the first chunk, IHDR
_SOFTWARE = 0x0131  # the EXIF tag


def mark_png(file: bytes) -> bytes:
    """A PNG file with the mark.

    Reference: PNG (Third Edition), section 11.3.3.2, tEXt.
    """
    content = b"tEXt" + b"Software\0" + MARK.encode("latin-1")
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    return file[:_PNG_START] + chunk + file[_PNG_START:]


def marking(file_format: str) -> dict[str, bytes]:
    """What to tell Pillow when it writes a file with the mark.

    Args:
        file_format: "GIF" or "WEBP".
    """
    if file_format == "GIF":
        return {"comment": MARK.encode()}
    exif = Image.Exif()
    exif[_SOFTWARE] = MARK
    return {"exif": exif.tobytes()}


def is_marked(picture: Image.Image) -> bool:
    """Whether a picture has the mark, as opened by Pillow and not yet decoded."""
    if picture.format == "WEBP":
        return "exif" in picture.info and picture.getexif().get(_SOFTWARE) == MARK
    return MARK in (picture.info.get("Software"), _text(picture.info.get("comment")))


def _text(value: object) -> object:
    return value.decode("latin-1") if isinstance(value, bytes) else value
