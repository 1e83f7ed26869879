"""Draws portraits from attributes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgan.faces.attributes import ATTRIBUTES
from kerasgan.faces.canvas import Pictures
from kerasgan.faces.features import LAYERS

# Images are drawn together: enough of them to make numpy's overhead negligible, but few enough to
# stay in the processor's cache.
CHUNK_PIXELS = 1 << 18


def check_size(image_size: tuple[int, int]) -> tuple[int, int]:
    """Returns height and width; raises a ValueError if they are too small for a face."""
    height, width = image_size
    if height < 8 or width < 8:
        raise ValueError(f"image_size must be (height, width) >= (8, 8), received {image_size}.")
    return height, width


def _check_attributes(attributes: Mapping[str, npt.NDArray[Any]]) -> int:
    """Returns the number of faces; raises a ValueError if the attributes are not valid."""
    missing = sorted(set(ATTRIBUTES) - set(attributes))
    if missing:
        raise ValueError(f"attributes must hold every name in ATTRIBUTES, {missing} are missing.")
    lengths = {len(attributes[name]) for name in ATTRIBUTES}
    if len(lengths) != 1:
        raise ValueError(f"attributes must all have one length, received {sorted(lengths)}.")
    return lengths.pop()


def render_faces(
    attributes: Mapping[str, npt.NDArray[Any]], *, image_size: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Draws the faces that the attributes describe; each image depends only on its own row.

    Args:
      attributes: an array [n] or, for colours, [n, 3] for each name in ATTRIBUTES. Values
        outside the ranges documented there are accepted, but their shapes may be cut off.
      image_size: (height, width) in pixels, each >= 8. The face keeps its proportions and is
        sized by the shorter side; the rest is background and clothes.

    Returns:
      uint8 [n, height, width, 3], sRGB in [0, 255].

    Raises:
      ValueError: an attribute is missing, lengths differ, or the size is too small.
    """
    height, width = check_size(image_size)
    count = _check_attributes(attributes)
    images = np.empty((count, height, width, 3), np.uint8)
    chunk = max(1, CHUNK_PIXELS // (height * width))
    for start in range(0, count, chunk):
        rows = {name: attributes[name][start : start + chunk] for name in ATTRIBUTES}
        pictures = Pictures(rows, height, width)
        for draw in LAYERS:
            draw(pictures)
        planes = pictures.planes
        planes *= 255
        planes += 0.5
        np.clip(planes, 0, 255, out=planes)
        images[start : start + chunk] = planes.astype(np.uint8).transpose(1, 2, 3, 0)
    return images
