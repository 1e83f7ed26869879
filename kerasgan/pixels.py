"""Pixels: uint8 in files and memory, float32 in [-1, 1] in the networks, grids to look at.

Images with an alpha channel are straight as uint8 and premultiplied as floats: see
`kerasgan.channels`. All four channels go from 0..255 to -1..1, so that a transparent pixel is -1 in
each of them.
"""

import numpy as np
import tensorflow as tf

from kerasgan.channels import CHECKERBOARD, has_alpha
from kerasgan.compositing import add_alpha, lay_on, unpremultiply

HALF_RANGE = 127.5  # grey levels 0..255 are (x + 1) * HALF_RANGE of x in [-1, 1]
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # brightness of red, green, blue (ITU-R BT.601)


def to_float(images: tf.Tensor) -> tf.Tensor:
    """Grey levels 0..255 [..., C], of any type, to float32 in [-1, 1], premultiplied."""
    levels = tf.cast(images, tf.float32)
    if has_alpha(levels.shape):
        alpha = levels[..., 3:]
        levels = tf.concat([levels[..., :3] * (alpha / 255.0), alpha], axis=-1)
    return levels / HALF_RANGE - 1.0


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Float images [..., C] in [-1, 1] to the nearest grey levels uint8 0..255, straight."""
    levels = (np.asarray(images, np.float32) + 1.0) * HALF_RANGE
    if has_alpha(levels.shape):
        return unpremultiply(levels).astype(np.uint8)
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def to_uint8_tensor(images: tf.Tensor) -> tf.Tensor:
    """What `to_uint8` does, in a graph."""
    levels = (tf.cast(images, tf.float32) + 1.0) * HALF_RANGE
    if has_alpha(levels.shape):
        return tf.cast(unpremultiply(levels, tf), tf.uint8)
    return tf.cast(tf.clip_by_value(tf.round(levels), 0.0, 255.0), tf.uint8)


def with_channels(images: np.ndarray, channels: int) -> np.ndarray:
    """Colour uint8 [..., 3] with as many channels: its brightness, itself, or opaque pixels."""
    if channels == 1:
        return to_grey(images)
    return add_alpha(images) if has_alpha((channels,)) else images


def on_colour(images: tf.Tensor, colour: tuple[int, int, int]) -> tf.Tensor:
    """Float images in [-1, 1] as they look on a colour; `lay_on` with gradients.

    Args:
        images: float32 [B, H, W, C]; without alpha they stay as they are.
        colour: red, green and blue, 0 to 255.

    Returns:
        float32 [B, H, W, 1 or 3].
    """
    if not has_alpha(images.shape):
        return images
    # Premultiplied colours c and alpha a in [0, 1] lie on the colour u as c + (1 - a) u.
    uncovered = (1.0 - images[..., 3:]) / 2.0
    return images[..., :3] + uncovered * tf.constant(colour, images.dtype) / HALF_RANGE


def to_grey(images: np.ndarray) -> np.ndarray:
    """Colour uint8 [..., 3] to its brightness uint8 [..., 1]."""
    return np.rint(images @ LUMA)[..., None].astype(np.uint8)


def make_grid(
    images: np.ndarray, *, columns: int, gap: int = 2, background: str = CHECKERBOARD
) -> np.ndarray:
    """Lays images side by side on white.

    Args:
        images: uint8 [B, H, W, C]; the last row may stay incomplete.
        columns: images in a row.
        gap: white pixels between neighbours.
        background: under transparent pixels, as `kerasgan.compositing.lay_on` takes it.

    Returns:
        uint8 [rows * (H + gap) - gap, columns * (W + gap) - gap, C], and 3 where C was 4.
    """
    images = lay_on(images, background)
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    canvas = np.full([rows, height + gap, columns, width + gap, channels], 255, np.uint8)
    for index, image in enumerate(images):
        canvas[index // columns, :height, index % columns, :width] = image
    grid = canvas.reshape(rows * (height + gap), columns * (width + gap), channels)
    return grid[:-gap, :-gap] if gap else grid
