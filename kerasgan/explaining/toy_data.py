"""Two data sets in the plane, where everything can be seen: Gaussians on a ring, a swiss roll."""

from typing import NamedTuple

import numpy as np

RING_MODES = 8
_RING_DEVIATION = 0.02  # of each Gaussian, on a ring of radius 1
_MAX_DEVIATIONS = 4.0  # from a mode's centre, for a point to belong to it
_MIN_SHARE = 0.02  # of all points: a mode with a smaller one counts as missed; a fair one is 1 / 8


class ModeCount(NamedTuple):
    """How generated points cover the ring."""

    found: int  # modes that hold at least 2% of the points
    near: float  # share of the points that belong to any mode
    shares: np.ndarray  # float64 [8], share of the points at each mode


def ring(count: int, *, seed: int) -> np.ndarray:
    """Points of 8 Gaussians with deviation 0.02, evenly on the unit circle: float32 [count, 2]."""
    return labelled_ring(count, seed=seed)[0]


def labelled_ring(count: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The points of `ring`, and as their classes the modes that they belong to: int64 [count]."""
    random = np.random.default_rng(seed)
    mode = random.integers(RING_MODES, size=count)
    points: np.ndarray = ring_centres()[mode] + _RING_DEVIATION * random.normal(size=[count, 2])
    return points.astype(np.float32), mode


def swiss_roll(count: int, *, seed: int) -> np.ndarray:
    """Points of a spiral with one and a half turns, radius 1/4 to 1: float32 [count, 2]."""
    return labelled_swiss_roll(count, seed=seed)[0]


def labelled_swiss_roll(count: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The points of `swiss_roll`, and as their attribute how far out they are.

    Returns:
        The points, float32 [count, 2], and for each, float32 [count, 1], -1 at the inner end of
        the spiral to 1 at the outer one, evenly spread.
    """
    random = np.random.default_rng(seed)
    share = random.uniform(1 / 16, 1.0, size=count)
    points = swiss_roll_arm(share) + 0.02 * random.normal(size=[count, 2])
    how_far = (share - 1 / 16) / (15 / 16) * 2 - 1
    return points.astype(np.float32), how_far[:, None].astype(np.float32)


def swiss_roll_arm(share: np.ndarray) -> np.ndarray:
    """The middle of the spiral's arm at [n] places from 1/16 (inside) to 1: float64 [n, 2]."""
    # The square root spreads the points evenly along the arm, which is longer further out.
    angle = 4 * np.pi * np.sqrt(share)
    radius = angle / (4 * np.pi)
    arm: np.ndarray = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return arm


DATA = {"ring": ring, "swiss_roll": swiss_roll}
LABELLED_DATA = {"ring": labelled_ring, "swiss_roll": labelled_swiss_roll}


def ring_centres() -> np.ndarray:
    """The 8 means, float64 [8, 2]."""
    angle = 2 * np.pi * np.arange(RING_MODES) / RING_MODES
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def count_modes(points: np.ndarray) -> ModeCount:
    """How many of the ring's modes generated points [n, 2] cover."""
    distances = np.linalg.norm(points[:, None] - ring_centres(), axis=-1)
    nearest = np.where(
        distances.min(1) <= _MAX_DEVIATIONS * _RING_DEVIATION, distances.argmin(1), -1
    )
    shares = np.array([np.mean(nearest == mode) for mode in range(RING_MODES)])
    return ModeCount(int(np.sum(shares >= _MIN_SHARE)), float(shares.sum()), shares)
