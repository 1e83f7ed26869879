"""Precision, recall, density and coverage, and the nearest real images.

A set of features is represented by a union of balls: one around each feature, reaching to its
k-th nearest neighbour in the set. Precision is the share of generated features inside the real
union (are they good?), recall the share of real features inside the generated union (are all kinds
there?). Density and coverage ask the same but are robust to a single outlier with a large ball.

Reference: Kynkaanniemi et al. 2019, "Improved Precision and Recall Metric for Assessing
Generative Models"; Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for Generative
Models", equations 1 to 4.
"""

from collections.abc import Iterator

import numpy as np

from kerasgan.metrics.checks import check_features

NEIGHBOURS = 5
_BLOCK = 2**23  # distances computed at once, so that memory does not grow with the number of pairs


def prdc(
    real: np.ndarray, generated: np.ndarray, *, neighbours: int = NEIGHBOURS
) -> dict[str, float]:
    """Precision, recall, density and coverage of generated features.

    A point on the surface of a ball counts as inside (<=), as in Kynkaanniemi et al. and in
    torch-fidelity; the `prdc` package of Naeem et al. uses <. On continuous features the two are
    equal; they differ for exact copies. Two identical sets have density (k + 1) / k, 1.2 for k = 5
    (the package: 1). Sets in which every feature occurs ten times have precision 1 and density 2
    (the package: 0 and 0), since each ball has radius 0 and still contains its copies. So a
    density above 1 can also mean that the generator copies the data.

    Args:
        real: [n, d].
        generated: [m, d].
        neighbours: k; less than n and m.

    Returns:
        `precision`, `recall` and `coverage` from 0 to 1, and `density`, 0 or more and 1 on
        average if both sets come from the same continuous distribution; higher is better.

    Raises:
        ValueError: there are too few features, their sizes differ, or a value is NaN or infinite.
    """
    if real.shape[1] != generated.shape[1]:
        raise ValueError(f"features of sizes {real.shape[1]} and {generated.shape[1]}")
    if min(len(real), len(generated)) <= neighbours:
        raise ValueError(
            f"{len(real)} and {len(generated)} features: must be more than {neighbours} each"
        )
    check_features(real, generated)
    real_radii, generated_radii = (_radii(features, neighbours) for features in (real, generated))
    inside_count = np.zeros(len(generated))  # how many real balls contain it
    in_generated = np.zeros(len(real), bool)
    covered = np.zeros(len(real), bool)
    for start, distances in _blocks(real, generated):  # [block, m]
        rows = slice(start, start + len(distances))
        inside = distances <= real_radii[rows, None]
        inside_count += inside.sum(0)
        covered[rows] = inside.any(1)
        in_generated[rows] = (distances <= generated_radii).any(1)
    return {
        "precision": float((inside_count > 0).mean()),
        "recall": float(in_generated.mean()),
        "density": float(inside_count.mean() / neighbours),
        "coverage": float(covered.mean()),
    }


def nearest(queries: np.ndarray, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each query, the index of the nearest feature and the distance to it.

    Args:
        queries: [m, d].
        features: [n, d].

    Returns:
        int64 [m] and float64 [m].

    Raises:
        ValueError: a set is empty, the sizes differ, or a value is NaN or infinite.
    """
    if 0 in (len(queries), len(features)) or queries.shape[1] != features.shape[1]:
        raise ValueError(
            f"features of shapes {queries.shape} and {features.shape}: sets must not be empty, "
            "sizes must be equal"
        )
    check_features(queries, features)
    indices, distances = [], []
    for _, squared in _blocks(queries, features):
        indices.append(squared.argmin(1))
        distances.append(np.sqrt(squared.min(1)))
    return np.concatenate(indices), np.concatenate(distances)


def _radii(features: np.ndarray, neighbours: int) -> np.ndarray:
    """Squared distance of each feature to its k-th neighbour, not counting itself: [n]."""
    radii = []
    for start, distances in _blocks(features, features):
        rows = np.arange(len(distances))
        distances[rows, start + rows] = 0  # to itself, where rounding left a little
        # Index 0 is the feature itself.
        radii.append(np.partition(distances, neighbours, axis=1)[:, neighbours])
    return np.concatenate(radii)


def _blocks(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yields each block of `a`: its first row, its squared distances float64 [rows, len(b)]."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    centre = b.mean(0)  # near 0, less precision is lost when the squares cancel
    a, b = a - centre, b - centre
    b_squares = np.einsum("nd,nd->n", b, b)
    rows = max(1, _BLOCK // len(b))
    for start in range(0, len(a), rows):
        part = a[start : start + rows]
        distances = part @ b.T
        distances *= -2
        distances += np.einsum("nd,nd->n", part, part)[:, None]
        distances += b_squares
        yield start, np.maximum(distances, 0, out=distances)
