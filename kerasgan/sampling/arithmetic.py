"""The figure of a - b + c: three columns of images over their means, and the result."""

from collections.abc import Sequence, Sized

import numpy as np

from kerasgan.channels import has_alpha
from kerasgan.pixels import make_grid
from kerasgan.sampling.painter import Painter

_NOISE = 0.25  # around the result, uniform between minus and plus this, as in the paper
_COLUMNS = 9  # a, sign, b, sign, c, sign, and three of results


def combine(latents: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of each group [n, latent_dim], and mean a - mean b + mean c: [4, latent_dim]."""
    a, b, c = (group.mean(axis=0) for group in latents)
    return np.stack([a, b, c, a - b + c])


def grid_shape(a: Sized, b: Sized, c: Sized) -> tuple[int, int]:
    """Rows and columns of the figure: the longest group and its mean, or at least 3 results."""
    return max(3, len(a), len(b), len(c)) + 1, _COLUMNS


def arithmetic_figure(
    painter: Painter,
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    *,
    label: np.ndarray | None = None,
) -> np.ndarray:
    """Paints the members of each group, their means below, and 3 x 3 results.

    The result is in the middle; its neighbours show that it is not just one lucky point.

    Args:
        painter: the generator.
        a: latents of the first group, float [n, latent_dim].
        b: latents of the group to subtract, n of its own.
        c: latents of the group to add, n of its own.
        label: what a conditional generator is asked for in all images, [1] or [1, width]; None for
            an unconditional one.

    Returns:
        uint8 [H, W, C].
    """
    latents = (a, b, c)
    means = combine(latents)
    noise = np.random.default_rng(0).uniform(-_NOISE, _NOISE, [9, painter.latent_dim])
    noise[4] = 0.0
    inputs = np.concatenate([*latents, means[:3], means[3] + noise])
    labels = None if label is None else label.repeat(len(inputs), axis=0)
    images = painter.paint(inputs, labels)

    height, width, channels = painter.image_shape
    rows, _ = grid_shape(a, b, c)
    tiles = np.full([rows, _COLUMNS, height, width, channels], 255, np.uint8)
    done = 0
    for column, group in zip((0, 2, 4), latents, strict=True):
        tiles[rows - 1 - len(group) : rows - 1, column] = images[done : done + len(group)]
        done += len(group)
    tiles[-1, [0, 2, 4]] = images[done : done + 3]
    for column, sign in ((1, "-"), (3, "+"), (5, "=")):
        tiles[-1, column] = _sign(sign, height, width)[..., None]
    if has_alpha(tiles.shape):
        tiles[-1, [1, 3, 5], :, :, -1] = 255  # signs are opaque
    tiles[-3:, 6:] = images[-9:].reshape(3, 3, height, width, channels)
    tiles = tiles.reshape(-1, height, width, channels)
    return make_grid(tiles, columns=_COLUMNS, background=painter.background)


def _sign(sign: str, height: int, width: int) -> np.ndarray:
    """A black minus, plus or equals sign on white, uint8 [height, width]."""
    tile = np.full([height, width], 255, np.uint8)
    half = max(1, min(height, width) // 32)  # half the thickness of a stroke
    reach = min(height, width) // 5
    middle, centre = height // 2, width // 2
    gap = reach // 2 if sign == "=" else 0
    for row in {middle - gap, middle + gap}:
        tile[row - half : row + half, centre - reach : centre + reach] = 0
    if sign == "+":
        tile[middle - reach : middle + reach, centre - half : centre + half] = 0
    return tile
