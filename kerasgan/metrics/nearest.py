"""Has the generator memorised images? Each sample next to its nearest real image."""

import numpy as np

from kerasgan.data.image_set import Rows
from kerasgan.metrics.extractors import Extractor
from kerasgan.metrics.neighbours import nearest
from kerasgan.pixels import make_grid


def nearest_real_images(
    generated: np.ndarray, real: Rows, extractor: Extractor
) -> tuple[np.ndarray, np.ndarray]:
    """For each sample, the real image with the nearest features.

    Args:
        generated: uint8 [m, H, W, C].
        real: uint8 [n, H, W, C].
        extractor: the network whose features are compared.

    Returns:
        The indices of the real images, int64 [m], and the distances between features, float64 [m].
    """
    return nearest(extractor.features(generated), extractor.features(real))


def nearest_grid(
    generated: np.ndarray, real: Rows, extractor: Extractor, *, columns: int = 8
) -> np.ndarray:
    """A grid with rows of samples, each above the row of their nearest real images.

    Args:
        generated: uint8 [m, H, W, C].
        real: uint8 [n, H, W, C].
        extractor: the network whose features are compared.
        columns: samples in a row.

    Returns:
        One image, uint8 [height, width, C].
    """
    indices, _ = nearest_real_images(generated, real, extractor)
    rows = []
    for start in range(0, len(generated), columns):
        part = slice(start, start + columns)
        for images in (generated[part], real[indices[part]]):
            white = np.full([columns - len(images), *images.shape[1:]], 255, np.uint8)
            rows.append(np.concatenate([images, white]))
    return make_grid(np.concatenate(rows), columns=columns)
