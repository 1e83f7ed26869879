"""Precision, recall, density and coverage, and the nearest real images.

A set of features is taken for the union of balls around its members that reach to each one's
k-th neighbour in the set. Precision asks which generated features lie in the real union (are they
good?), recall which real ones in the generated union (are all kinds there?). Density and coverage
ask the same in a way that a single outlier with its wide ball cannot spoil.

Reference: Kynkaanniemi et al. 2019, "Improved Precision and Recall Metric for Assessing
Generative Models"; Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for Generative
Models", equations 1 to 4.
"""

from collections.abc import Iterator

import numpy as np

from kerasgan.metrics.checks import check_features

NEIGHBOURS = 5
_BLOCK = 2**23  # distances at once: memory does not grow with the number of pairs


def prdc(
    real: np.ndarray, generated: np.ndarray, *, neighbours: int = NEIGHBOURS
) -> dict[str, float]:
    """How good and how complete the generated features are.

    Args:
        real: [n, d].
        generated: [m, d].
        neighbours: k; less than n and m.

    Returns:
        `precision`, `recall` and `coverage` from 0 to 1, and `density`, 0 or more and 1 on
        average where both are of one distribution; more is better.

    Raises:
        ValueError: too few features, features of different sizes, or a value that is NaN or
            infinite.
    """
    if real.shape[1] != generated.shape[1]:
        raise ValueError(f"features of sizes {real.shape[1]} and {generated.shape[1]}")
    if min(len(real), len(generated)) <= neighbours:
        raise ValueError(
            f"{len(real)} and {len(generated)} features: must be more than {neighbours} each"
        )
    check_features(real, generated)
    real_radii, generated_radii = (_radii(features, neighbours) for features in (real, generated))
    inside_count = np.zeros(len(generated))  # balls of real features that hold it
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
    """For each query the index of the nearest feature and its distance.

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
    """Squared distance of each feature to its k-th neighbour, itself not counted: [n]."""
    radii = []
    for start, distances in _blocks(features, features):
        rows = np.arange(len(distances))
        distances[rows, start + rows] = 0  # what rounding left of it
        # The smallest is the feature itself.
        radii.append(np.partition(distances, neighbours, axis=1)[:, neighbours])
    return np.concatenate(radii)


def _blocks(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Squared distances, float64 [rows, len(b)], with the row of `a` where each block begins."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    centre = b.mean(0)  # near 0, less is lost where the squares cancel
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
