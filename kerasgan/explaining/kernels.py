"""Kernels that double an image with a stride of 2, and when they leave an even colour even."""

from collections.abc import Callable

import numpy as np

from kerasgan.explaining.convolution import TransposedConvolution

_RANDOM_DEVIATION = 0.1  # of each weight, around a mean of 1/4


def nearest_kernel() -> np.ndarray:
    """Every pixel becomes four equal ones: float64 [2, 2]."""
    return np.ones([2, 2])


def random_kernel(seed: int) -> np.ndarray:
    """Weights as they might be early in training, with a sum of 4: float64 [4, 4]."""
    weights = np.random.default_rng(seed).normal(0.25, _RANDOM_DEVIATION, [4, 4])
    return weights * 4 / weights.sum()


def bilinear_kernel() -> np.ndarray:
    """3/4 of the nearest pixel and 1/4 of the next along both axes: float64 [4, 4]."""
    line = np.array([1, 3, 3, 1]) / 4
    return np.outer(line, line)


KERNELS: dict[str, Callable[[int], np.ndarray]] = {
    "repeated pixels": lambda seed: nearest_kernel(),
    "random weights": random_kernel,
    "fixed bilinear": lambda seed: bilinear_kernel(),
}


def phase_sums(kernel: np.ndarray) -> np.ndarray:
    """What each of the four kinds of output pixels gets of an even input: float [2, 2].

    Output pixels in even and odd rows and columns are reached by different weights. If the four
    sums are equal, an even colour stays even; otherwise it becomes a checkerboard.

    Args:
        kernel: [k, k], where k is even.
    """
    rows, columns = kernel.shape
    sums: np.ndarray = kernel.reshape(rows // 2, 2, columns // 2, 2).sum((0, 2))
    return sums


def double(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The transposed convolution with a stride of 2: [n, n] -> [2n, 2n].

    Outside the image lies its nearest edge pixel.

    Args:
        image: square.
        kernel: [k, k], where k is 2 or 4.
    """
    size = len(kernel)
    around = np.pad(image, 1, mode="edge")
    convolution = TransposedConvolution(len(around), size, stride=2, padding=(size - 2) // 2)
    return convolution.apply(around, kernel)[2:-2, 2:-2]
