"""MS-SSIM between pairs of generated images: how similar are they to each other?

It does not measure quality. Two images of a diverse set have little structure in common, but the
mean over many pairs approaches 1 if a generator produces the same image again and again. Compare it
with the same figure for the real images.

Reference: Wang et al. 2003, "Multi-Scale Structural Similarity for Image Quality Assessment";
as a measure of diversity: Odena et al. 2017, "Conditional Image Synthesis with Auxiliary
Classifier GANs", section 4.2.
"""

import functools
from collections.abc import Sequence

import numpy as np

from kerasgan.metrics.checks import check_images

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, from fine to coarse
_WINDOW, _SIGMA = 11, 1.5  # of the Gaussian window, in pixels
_COARSEST = 4  # pixels: no scale is smaller
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_MAX_PAIRS = 2_500


class Pairs:
    """Mean MS-SSIM of the pairs (0, 1), (2, 3), ... in a stream of images, up to 2,500 pairs.

    The images should be in random order. The mean is near 1 if all are the same.
    """

    def __init__(self) -> None:
        self._values: list[np.ndarray] = []
        self._left_over: np.ndarray | None = None
        self.count = 0

    def add(self, images: np.ndarray) -> None:
        """Adds images, uint8 [B, H, W, C]; an odd one is paired with the next image added.

        Raises:
            ValueError: the images are not uint8, or not of this shape.
        """
        check_images(images)
        if self._left_over is not None:
            images = np.concatenate([self._left_over, images])
        even = len(images) // 2 * 2
        self._left_over = images[even:] if even < len(images) else None
        even = min(even, 2 * (_MAX_PAIRS - self.count))
        for start in range(0, even, 128):  # small parts stay in the processor's cache
            part = images[start : min(start + 128, even)]
            self._values.append(ms_ssim(part[::2], part[1::2]))
            self.count += len(self._values[-1])

    def mean(self) -> float:
        """The mean over the pairs so far.

        Raises:
            ValueError: there is no pair yet.
        """
        if not self.count:
            raise ValueError("MS-SSIM needs at least 2 images, which make one pair")
        return float(np.concatenate(self._values).mean(dtype=np.float64))


def ms_ssim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multi-scale structural similarity of pairs of images.

    There are five scales, or fewer for small images: each halving needs even sides, and no scale
    is smaller than 4 pixels. (Karras et al. 2018 always take five.) Negative similarities count
    as 0.

    Two details differ from other implementations. The weights of the scales are always divided by
    their sum; the five published ones sum to 1.0001, so the result is about 2e-5 higher. And at a
    scale smaller than the window of 11 pixels, the window shrinks to the image separately along
    each axis, with its sigma in proportion (8 x 6 at a scale of 8 x 6 pixels), where others use
    min(11, height, width) for both (6 x 6): for images that are not square the results differ by
    up to 2e-3.

    Args:
        a: uint8 [N, H, W, C].
        b: uint8 [N, H, W, C].

    Returns:
        float64 [N] from 0 to 1, the mean over channels.

    Raises:
        ValueError: the images are not uint8, the shapes differ, or a side is less than 4 pixels.
    """
    check_images(a)
    check_images(b)
    if a.shape != b.shape:
        raise ValueError(f"images of {a.shape} and {b.shape}: the shapes must be equal")
    weights = scale_weights(*a.shape[1:3])
    x, y = (np.ascontiguousarray(i.transpose(0, 3, 1, 2), np.float32) for i in (a, b))
    product = np.ones(x.shape[:2])
    for scale, weight in enumerate(weights):
        if scale:
            x, y = _halve(x), _halve(y)
        luminance, contrast = _similarity(x, y)
        # Luminance counts only at the coarsest scale.
        factor = luminance * contrast if scale == len(weights) - 1 else contrast
        product *= np.maximum(factor.mean((2, 3), dtype=np.float64), 0) ** weight
    return product.mean(1)


def scale_weights(height: int, width: int) -> Sequence[float]:
    """The weights of the scales for an image of this size, divided by their sum.

    Raises:
        ValueError: a side is less than 4 pixels.
    """
    if min(height, width) < _COARSEST:
        raise ValueError(f"images of {height}x{width}: sides must be at least {_COARSEST} pixels")
    scales = 1
    while (
        scales < len(_WEIGHTS)
        and height % 2 == width % 2 == 0
        and min(height, width) >= 2 * _COARSEST
    ):
        height, width, scales = height // 2, width // 2, scales + 1
    return [weight / sum(_WEIGHTS[:scales]) for weight in _WEIGHTS[:scales]]


def _similarity(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Luminance and contrast-structure terms [N, C, h, w] at each position of the window."""
    rows, columns = _window(x.shape[2]), _window(x.shape[3])

    def local_mean(images: np.ndarray) -> np.ndarray:
        return rows @ images @ columns.T

    mean_x, mean_y = local_mean(x), local_mean(y)
    products = mean_x * mean_y
    squares = mean_x * mean_x + mean_y * mean_y
    variances = local_mean(x * x + y * y) - squares
    covariance = local_mean(x * y) - products
    luminance = (2 * products + _C1) / (squares + _C1)
    return luminance, (2 * covariance + _C2) / (variances + _C2)


@functools.lru_cache
def _window(side: int) -> np.ndarray:
    """Matrix of Gaussian means where the window lies inside a line: [side - size + 1, side]."""
    size = min(_WINDOW, side)
    sigma = _SIGMA * size / _WINDOW
    offsets = np.arange(size) - (size - 1) / 2
    gaussian = np.exp(-(offsets**2) / (2 * sigma**2))
    matrix = np.zeros([side - size + 1, side], np.float32)
    for row in range(len(matrix)):
        matrix[row, row : row + size] = gaussian / gaussian.sum()
    return matrix


def _halve(images: np.ndarray) -> np.ndarray:
    """Averages blocks of 2 x 2 pixels."""
    batch, channels, height, width = images.shape
    return images.reshape(batch, channels, height // 2, 2, width // 2, 2).mean((3, 5))
