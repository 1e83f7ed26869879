"""The pictures of a report, small enough to be mailed."""

import base64
import io
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image

from kerasgan.runs.grids import more_early_ones

# Base64 makes 4 bytes of 3: with these limits a report stays below 3 MB.
_MAX_FILM_BYTES = 1_400_000
_MAX_FRAMES = 16
_MAX_SIDE_PIXELS = 1024
_QUALITY = 80  # of WebP, 0 to 100


class Picture(NamedTuple):
    """A picture within the page."""

    uri: str
    width: int
    height: int


def encode(path: pathlib.Path) -> Picture | None:
    """A picture file as a WebP data URI, at most 1024 pixels on a side; None if it is damaged."""
    try:
        with Image.open(path) as picture:
            image = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError):  # the last for a damaged PNG
        return None
    image.thumbnail((_MAX_SIDE_PIXELS, _MAX_SIDE_PIXELS))
    file = io.BytesIO()
    image.save(file, "WEBP", quality=_QUALITY)
    content = base64.b64encode(file.getvalue()).decode()
    return Picture(f"data:image/webp;base64,{content}", *image.size)


def choose_frames(grids: Sequence[tuple[int, pathlib.Path]]) -> list[tuple[int, Picture]]:
    """Some of a run's grids, the first and the last among them, as many as there is room for.

    Args:
        grids: (step, file), from the first step to the last.
    """
    count = _MAX_FRAMES
    while grids:
        encoded = [(step, encode(path)) for step, path in more_early_ones(grids, count)]
        frames = [(step, picture) for step, picture in encoded if picture is not None]
        size = sum(len(picture.uri) for _, picture in frames) * 3 / 4
        if size <= _MAX_FILM_BYTES or count == 2:
            return frames
        count = max(2, int(count * _MAX_FILM_BYTES / size))
    return []
