"""Frechet distance between two sets of features, each treated as a Gaussian.

    ||m1 - m2||^2 + tr(C1) + tr(C2) - 2 tr((C1^1/2 C2 C1^1/2)^1/2)

Reference: Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local
Nash Equilibrium" (FID, with the features of an Inception network); Dowson & Landau 1982, "The
Frechet Distance between Multivariate Normal Distributions".
"""

import dataclasses

import numpy as np

from kerasgan.metrics.checks import check_features


@dataclasses.dataclass
class Moments:
    """Mean and covariance of features that arrive in batches, in constant memory.

    Attributes:
        count: features added so far.
        mean: float64 [d].
        scatter: float64 [d, d], the sum of outer products of deviations from the mean.
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray

    @classmethod
    def empty(cls, size: int) -> "Moments":
        """Moments of no features yet; each will have `size` numbers."""
        return cls(0, np.zeros(size), np.zeros([size, size]))

    @classmethod
    def of(cls, features: np.ndarray) -> "Moments":
        """Moments of features [n, d]."""
        moments = cls.empty(features.shape[1])
        moments.add(features)
        return moments

    def add(self, features: np.ndarray) -> None:
        """Adds features [b, d] of any float dtype.

        Deviations are taken from the batch's own mean, so that no large numbers cancel.

        Raises:
            ValueError: a value is NaN or infinite.

        Reference: Chan et al. 1983, "Algorithms for Computing the Sample Variance".
        """
        if not len(features):
            return
        check_features(features)
        part = np.asarray(features, np.float64)
        mean = part.mean(0)
        deviations = part - mean
        total = self.count + len(part)
        shift = mean - self.mean
        self.scatter += deviations.T @ deviations
        self.scatter += np.outer(shift, shift) * (self.count * len(part) / total)
        self.mean += shift * (len(part) / total)
        self.count = total

    @property
    def covariance(self) -> np.ndarray:
        """The unbiased covariance, float64 [d, d]; needs at least two features."""
        return self.scatter / (self.count - 1)


def frechet_distance(
    mean_1: np.ndarray, covariance_1: np.ndarray, mean_2: np.ndarray, covariance_2: np.ndarray
) -> float:
    """Squared Frechet distance between two Gaussians; 0 or more.

    The trace of the root equals the sum of the singular values of C1^1/2 C2^1/2. These follow
    directly from the eigenvectors of the symmetric C1 and C2, which avoids the complex numbers and
    failures of a general matrix root: the covariances may be singular.

    Args:
        mean_1: [d].
        covariance_1: [d, d], symmetric with no negative eigenvalues.
        mean_2: [d].
        covariance_2: [d, d], the same.

    Raises:
        ValueError: the sizes differ, or a value is NaN or infinite.
    """
    if mean_1.shape != mean_2.shape:
        raise ValueError(f"features of sizes {mean_1.shape} and {mean_2.shape}: must be equal")
    check_features(mean_1, covariance_1, mean_2, covariance_2)
    difference = np.asarray(mean_1, np.float64) - np.asarray(mean_2, np.float64)
    root_1, root_2 = _factor(covariance_1), _factor(covariance_2)
    trace = np.linalg.svd(root_1.T @ root_2, compute_uv=False).sum()
    distance = difference @ difference + np.trace(covariance_1) + np.trace(covariance_2) - 2 * trace
    return max(float(distance), 0.0)


def _factor(covariance: np.ndarray) -> np.ndarray:
    """F [d, rank] with F F^T = C; eigenvalues at the level of rounding errors are dropped."""
    values, vectors = np.linalg.eigh(np.asarray(covariance, np.float64))
    kept = values > values[-1] * len(values) * np.finfo(np.float64).eps
    return vectors[:, kept] * np.sqrt(values[kept])


def fid(real: Moments, generated: Moments) -> float:
    """Frechet distance between two sets of features; this is FID if Inception computed them.

    Raises:
        ValueError: the sizes differ, or a side has fewer than two features.
    """
    if min(real.count, generated.count) < 2:
        raise ValueError(f"{real.count} and {generated.count} features: must be at least 2 each")
    return frechet_distance(real.mean, real.covariance, generated.mean, generated.covariance)
