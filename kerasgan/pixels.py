"""Pixels: uint8 in files and memory, float32 in [-1, 1] in the networks, grids to look at."""

import numpy as np
import tensorflow as tf

HALF_RANGE = 127.5  # grey levels 0..255 are (x + 1) * HALF_RANGE of x in [-1, 1]
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # brightness of red, green, blue (ITU-R BT.601)


def to_float(images: tf.Tensor) -> tf.Tensor:
    """Grey levels 0..255, of any type, to float32 in [-1, 1]; any shape."""
    return tf.cast(images, tf.float32) / HALF_RANGE - 1.0


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Float images in [-1, 1] to the nearest grey levels uint8 0..255; any shape."""
    levels = np.rint((np.asarray(images, np.float32) + 1.0) * HALF_RANGE)
    return np.clip(levels, 0, 255).astype(np.uint8)


def to_grey(images: np.ndarray) -> np.ndarray:
    """Colour uint8 [..., 3] to its brightness uint8 [..., 1]."""
    return np.rint(images @ LUMA)[..., None].astype(np.uint8)


def make_grid(images: np.ndarray, *, columns: int, gap: int = 2) -> np.ndarray:
    """Lays images side by side on white.

    Args:
        images: uint8 [B, H, W, C]; the last row may stay incomplete.
        columns: images in a row.
        gap: white pixels between neighbours.

    Returns:
        uint8 [rows * (H + gap) - gap, columns * (W + gap) - gap, C].
    """
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    canvas = np.full([rows, height + gap, columns, width + gap, channels], 255, np.uint8)
    for index, image in enumerate(images):
        canvas[index // columns, :height, index % columns, :width] = image
    grid = canvas.reshape(rows * (height + gap), columns * (width + gap), channels)
    return grid[:-gap, :-gap] if gap else grid
