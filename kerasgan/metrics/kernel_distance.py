"""KID: an unbiased estimate of the squared maximum mean discrepancy of two sets of features.

Reference: Binkowski et al. 2018, "Demystifying MMD GANs".
"""

import numpy as np

from kerasgan.metrics.checks import check_features

SUBSETS = 100
SUBSET_SIZE = 1000


def kid(
    real: np.ndarray,
    generated: np.ndarray,
    *,
    subsets: int = SUBSETS,
    subset_size: int = SUBSET_SIZE,
    seed: int = 0,
) -> float:
    """Mean over random subsets of the unbiased squared MMD with the kernel (x.y / d + 1)^3.

    Unbiased means that it is 0 on average if both sets come from the same distribution, however
    small they are, so it can be negative. That is why it suits small sets better than FID.

    Args:
        real: [n, d].
        generated: [m, d].
        subsets: how many, 100 as in the paper. If both sets have the same size and are no larger
            than a subset, there is only one subset to draw.
        subset_size: features of each set in a subset; at most the smaller of n and m.
        seed: of the subsets.

    Raises:
        ValueError: the sizes of the features differ, a side has fewer than two, or a value is NaN
            or infinite.
    """
    if real.shape[1] != generated.shape[1]:
        raise ValueError(f"features of sizes {real.shape[1]} and {generated.shape[1]}")
    size = min(subset_size, len(real), len(generated))
    if size < 2:
        raise ValueError(f"{len(real)} and {len(generated)} features: must be at least 2 each")
    check_features(real, generated)
    if size == len(real) == len(generated):
        subsets = 1
    random = np.random.default_rng([seed, 2000])
    total = 0.0
    for _ in range(subsets):
        x = real[random.choice(len(real), size, replace=False)]
        y = generated[random.choice(len(generated), size, replace=False)]
        total += squared_mmd(x, y)
    return total / subsets


def squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    """The unbiased estimate from two sets of the same size, [n, d] each.

    Reference: Gretton et al. 2012, "A Kernel Two-Sample Test", lemma 6.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    n = len(x)
    # Leaves out the kernel of each feature with itself.
    within = sum(_kernel(a, a).sum() - _kernel_with_itself(a).sum() for a in (x, y))
    return float(within / (n * (n - 1)) - 2 * _kernel(x, y).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    base = x @ y.T
    base /= x.shape[1]
    base += 1
    return base * base * base


def _kernel_with_itself(x: np.ndarray) -> np.ndarray:
    return (np.einsum("nd,nd->n", x, x) / x.shape[1] + 1) ** 3
