"""Synthetic faces: portraits drawn by arithmetic, a data set that needs no download."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgan.data.face_attributes import ATTRIBUTES, sample_attributes
from kerasgan.data.face_canvas import Pictures
from kerasgan.data.face_features import LAYERS

__all__ = ["ATTRIBUTES", "render_faces", "sample_attributes", "synthetic_faces"]

# Pictures are drawn together: many enough for two threads not to wait for the interpreter, few
# enough to stay in the processor's cache.
_CHUNK_PIXELS = 1 << 18


def _check_size(image_size: tuple[int, int]) -> tuple[int, int]:
    height, width = image_size
    if height < 8 or width < 8:
        raise ValueError(f"image_size must be (height, width) >= (8, 8), received {image_size}.")
    return height, width


def _check_attributes(attributes: Mapping[str, npt.NDArray[Any]]) -> int:
    """Returns the number of faces."""
    missing = sorted(set(ATTRIBUTES) - set(attributes))
    if missing:
        raise ValueError(f"attributes must hold every name in ATTRIBUTES, {missing} are missing.")
    lengths = {len(attributes[name]) for name in ATTRIBUTES}
    if len(lengths) != 1:
        raise ValueError(f"attributes must all be of one length, received {sorted(lengths)}.")
    return lengths.pop()


def render_faces(
    attributes: Mapping[str, npt.NDArray[Any]], *, image_size: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Draws the faces that the attributes describe; each picture depends on its own row only.

    Args:
      attributes: an array [n] or, for colours, [n, 3] for each name in ATTRIBUTES. Values
        beyond the ranges told there are not refused, but their shapes may be cut off.
      image_size: (height, width) in pixels, each >= 8. The face keeps its proportions and is
        sized by the shorter side; the rest is background and clothes.

    Returns:
      uint8 [n, height, width, 3], sRGB in [0, 255].

    Raises:
      ValueError: an attribute is missing, lengths differ, or the size is too small.
    """
    height, width = _check_size(image_size)
    count = _check_attributes(attributes)
    images = np.empty((count, height, width, 3), np.uint8)
    chunk = max(1, _CHUNK_PIXELS // (height * width))
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


def synthetic_faces(
    count: int, *, image_size: tuple[int, int], seed: int
) -> tuple[npt.NDArray[np.uint8], dict[str, npt.NDArray[Any]]]:
    """Faces number 0 to count - 1 of a seed, drawn on all processors.

    Args:
      count: number of faces, >= 1.
      image_size: (height, width) in pixels, each >= 8.
      seed: any integer.

    Returns:
      images: uint8 [count, height, width, 3], sRGB in [0, 255].
      attributes: what `sample_attributes` returns for these faces, to be used as labels.

    Raises:
      ValueError: count or image_size is too small.
    """
    if count < 1:
        raise ValueError(f"count must be >= 1, received {count}.")
    height, width = _check_size(image_size)
    attributes = sample_attributes(np.arange(count), seed=seed)
    images = np.empty((count, height, width, 3), np.uint8)
    chunk = max(1, _CHUNK_PIXELS // (height * width))

    def render(start: int) -> None:
        rows = {name: values[start : start + chunk] for name, values in attributes.items()}
        images[start : start + chunk] = render_faces(rows, image_size=image_size)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(render, range(0, count, chunk)))  # the list raises what a thread raised
    return images, attributes
