"""Sliced Wasserstein distance on a Laplacian pyramid: do small patches look alike?

It needs no network. Patches of 7 x 7 pixels are cut from every level of the pyramid. Two sets of
patches are compared along random directions, where the Wasserstein distance is the mean distance
between the sorted projections. A large distance at the finest level indicates wrong edges or
noise, at the coarsest level wrong large-scale colours or shapes.

Reference: Karras et al. 2018, "Progressive Growing of GANs for Improved Quality, Stability, and
Variation", section 5.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kerasgan.metrics.checks import check_features, check_images

PATCH_SIZE = 7
COARSEST = 16  # pixels: no level is smaller

_BINOMIAL = np.array([1, 4, 6, 4, 1]) / 16
_DIRECTIONS = 256
_DIRECTIONS_AT_ONCE = 64
_MAX_PATCHES_PER_IMAGE = 128
_MAX_PATCHES = 2**16  # per level, so that time and memory do not grow with the number of images


def swd(real: np.ndarray, generated: np.ndarray, *, seed: int = 0) -> dict[str, float]:
    """The distance between two equally large sets of images, for each level and their mean.

    Args:
        real: uint8 [N, H, W, C].
        generated: uint8 [N, H, W, C].
        seed: of the positions of the patches and of the directions.

    Returns:
        `swd_<side>` (`swd_<height>x<width>` unless square) from the finest level to the coarsest,
        and `swd`, their mean. All are multiplied by 1000 as in the paper; 0 is best.

    Raises:
        ValueError: the images are not uint8, there are none, the numbers or shapes differ, or an
            image is smaller than a patch.
    """
    sets = []
    for images in (real, generated):
        check_images(images)
        patches = Patches(images.shape[1:], len(images), seed=seed)
        patches.add(images)
        sets.append(patches)
    return swd_of_patches(*sets, seed=seed)


class Patches:
    """Random patches from every level of the pyramids of a set of images added in batches.

    With equal seeds and counts, the patches of two sets are cut at the same positions: a set has
    distance 0 from itself, and the positions add no noise to a comparison.

    Args:
        image_shape: height, width and channels.
        count: how many images will be added in total. Each image gives 128 patches per level as in
            the paper, or fewer above 512 images: 65,536 per level in total.
        seed: of the positions.

    Raises:
        ValueError: a side is shorter than a patch.
    """

    def __init__(self, image_shape: tuple[int, ...], count: int, *, seed: int = 0):
        height, width, self.channels = image_shape
        if min(height, width) < PATCH_SIZE:
            raise ValueError(f"image_shape={image_shape}: sides must be at least {PATCH_SIZE}")
        self.count = count
        self.added = 0
        self.grids = level_grids(height, width)
        self._per_image = max(1, min(_MAX_PATCHES_PER_IMAGE, _MAX_PATCHES // max(count, 1)))
        size = PATCH_SIZE * PATCH_SIZE * self.channels
        self._levels = [np.empty([count, self._per_image, size], np.float32) for _ in self.grids]
        self._random = [np.random.default_rng([seed, level]) for level in range(len(self.grids))]

    def add(self, images: np.ndarray) -> None:
        """Adds images, uint8 [B, H, W, C].

        Raises:
            ValueError: the images are not uint8 or have another shape, or exceed `count`.
        """
        check_images(images)
        if images.shape[1:] != (*self.grids[0], self.channels):
            raise ValueError(
                f"images have shape {images.shape[1:]}; must be {(*self.grids[0], self.channels)}"
            )
        if self.added + len(images) > self.count:
            raise ValueError(f"cannot add more than count={self.count} images")
        for start in range(0, len(images), 128):  # small parts stay in the processor's cache
            part = images[start : start + 128]
            for level, laplacian in enumerate(laplacian_pyramid(part)):
                patches = _cut(laplacian, self._per_image, self._random[level])
                self._levels[level][self.added : self.added + len(part)] = patches
            self.added += len(part)

    def level(self, level: int) -> np.ndarray:
        """The patches of a level, 0 the finest: float32 [n, 49 * C].

        Every channel has mean 0 and standard deviation 1 over the set, as in the paper: the
        distance compares shapes and ignores the overall brightness and contrast of the set.
        """
        patches = self._levels[level][: self.added].reshape(-1, self.channels, PATCH_SIZE**2)
        mean = patches.mean((0, 2), dtype=np.float64)[:, None]
        variance = np.square(patches).mean((0, 2), dtype=np.float64)[:, None] - mean**2
        # The variance of images of one colour is only rounding error: their distance is to be 0.
        scale = 1 / np.sqrt(np.maximum(variance, 1e-6))
        normalized = patches * scale.astype(np.float32) - (mean * scale).astype(np.float32)
        return normalized.reshape(len(patches), -1)


def swd_of_patches(real: Patches, generated: Patches, *, seed: int = 0) -> dict[str, float]:
    """What `swd` returns, from patches that were collected earlier.

    Raises:
        ValueError: the sets are empty, or their numbers of images or image shapes differ.
    """
    if (real.grids, real.channels) != (generated.grids, generated.channels):
        raise ValueError(
            f"images of {(*real.grids[0], real.channels)} and of "
            f"{(*generated.grids[0], generated.channels)}: the shapes must be equal"
        )
    if real.added != generated.added or real.count != generated.count:
        raise ValueError(
            f"{real.added} real and {generated.added} generated images: the numbers must be equal"
        )
    if not real.added:
        raise ValueError("0 real and 0 generated images: must be at least 1 each")
    distances = {}
    for level, (height, width) in enumerate(real.grids):
        name = f"swd_{height}" if height == width else f"swd_{height}x{width}"
        distance = sliced_wasserstein(
            real.level(level), generated.level(level), directions=_DIRECTIONS, seed=seed
        )
        distances[name] = 1000 * distance
    return {**distances, "swd": float(np.mean(list(distances.values())))}


def sliced_wasserstein(a: np.ndarray, b: np.ndarray, *, directions: int, seed: int = 0) -> float:
    """Mean over random directions of the Wasserstein-1 distance between the projections.

    In one dimension, the cheapest transport moves the i-th smallest value of one set to the i-th
    smallest of the other.

    Args:
        a: float32 [n, d].
        b: float32 [n, d].
        directions: how many, uniform on the unit sphere.
        seed: of the directions.

    Raises:
        ValueError: the shapes differ, a set is empty, or a value is NaN or infinite.

    Reference: Rabin et al. 2011, "Wasserstein Barycenter and Its Application to Texture Mixing".
    """
    if a.shape != b.shape or not len(a):
        raise ValueError(f"sets of shapes {a.shape} and {b.shape}: must be equal and not empty")
    check_features(a, b)
    random = np.random.default_rng([seed, 1000])
    rays = random.standard_normal([directions, a.shape[1]])
    rays = (rays / np.linalg.norm(rays, axis=1, keepdims=True)).astype(np.float32)

    def distance(rays: np.ndarray) -> float:
        sorted_a, sorted_b = np.sort(rays @ a.T), np.sort(rays @ b.T)
        sorted_a -= sorted_b
        return float(np.abs(sorted_a, out=sorted_a).sum(dtype=np.float64))

    # NumPy releases the GIL while it sorts, so two threads use two cores.
    with ThreadPoolExecutor(2) as threads:
        parts = [
            rays[start : start + _DIRECTIONS_AT_ONCE]
            for start in range(0, directions, _DIRECTIONS_AT_ONCE)
        ]
        return sum(threads.map(distance, parts)) / (directions * len(a))


def level_grids(height: int, width: int) -> list[tuple[int, int]]:
    """Heights and widths of the pyramid's levels: halved while even and at least 16 remain."""
    grids = [(height, width)]
    while min(grids[-1]) >= 2 * COARSEST and all(side % 2 == 0 for side in grids[-1]):
        grids.append((grids[-1][0] // 2, grids[-1][1] // 2))
    return grids


def laplacian_pyramid(images: np.ndarray) -> list[np.ndarray]:
    """The detail that each level adds to the coarser ones; the coarsest is the blurred image.

    Args:
        images: uint8 [B, H, W, C].

    Returns:
        From fine to coarse, float32 [B, C, h, w] for each size in `level_grids`.

    Reference: Burt & Adelson 1983, "The Laplacian Pyramid as a Compact Image Code".
    """
    grids = level_grids(*images.shape[1:3])
    fine = np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32)  # [B, C, H, W]
    levels = []
    for height, width in grids[:-1]:
        coarse = _down(height) @ fine @ _down(width).T
        levels.append(fine - _up(height) @ coarse @ _up(width).T)
        fine = coarse
    return [*levels, fine]


def _blur(side: int) -> np.ndarray:
    """The binomial blur of a line of pixels as a matrix [side, side]; the edges are mirrored."""
    matrix = np.zeros([side, side], np.float32)
    for offset, weight in zip(range(-2, 3), _BINOMIAL, strict=True):
        source = np.abs(np.arange(side) + offset)
        source = np.where(source < side, source, 2 * (side - 1) - source)
        np.add.at(matrix, (np.arange(side), source), weight)
    return matrix


def _down(side: int) -> np.ndarray:
    """The matrix that blurs and keeps every second pixel: [side / 2, side]."""
    return _blur(side)[::2]


def _up(side: int) -> np.ndarray:
    """The matrix that inserts a zero after each pixel and blurs, times 2: [side, side / 2]."""
    return 2 * _blur(side)[:, ::2]


def _cut(level: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Random patches of each image of a level: [B, C, h, w] -> [B, count, C * 49]."""
    windows = np.lib.stride_tricks.sliding_window_view(level, (PATCH_SIZE,) * 2, axis=(2, 3))
    batch, _, rows, columns = windows.shape[:4]
    # Drawn image by image, so that the positions do not depend on the batches.
    places = random.integers(rows * columns, size=[batch, count])
    images = np.arange(batch)[:, None]
    patches = windows[images, :, places // columns, places % columns]  # [B, count, C, 7, 7]
    return patches.reshape(batch, count, -1)
