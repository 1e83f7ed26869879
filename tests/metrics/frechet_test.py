import numpy as np
import pytest
import scipy.linalg

from kerasgan.metrics.frechet import Moments, fid, frechet_distance


def features(count, size, seed, *, decay=1.0, shift=0.0):
    """Correlated Gaussians whose spectrum falls like Inception's: steeply."""
    random = np.random.default_rng(seed)
    mixing = random.standard_normal([size, size]) * np.arange(1, size + 1) ** -decay
    return shift + random.standard_normal([count, size]) @ mixing.T


def reference(real, generated):
    """The paper's formula with SciPy's general matrix root."""
    c1, c2 = np.cov(real, rowvar=False), np.cov(generated, rowvar=False)
    root = scipy.linalg.sqrtm(c1 @ c2)
    difference = real.mean(0) - generated.mean(0)
    return difference @ difference + np.trace(c1 + c2 - 2 * root.real)


def reference_of_few(real, generated):
    """The same without d x d matrices: C1 C2 has the eigenvalues of a matrix of sample size."""
    x, y = ((f - f.mean(0)) / np.sqrt(len(f) - 1) for f in (real, generated))
    values = scipy.linalg.svdvals(x @ y.T)
    difference = real.mean(0) - generated.mean(0)
    return difference @ difference + (x**2).sum() + (y**2).sum() - 2 * values.sum()


@pytest.mark.parametrize("size", [2, 64, 256])
def test_the_distance_agrees_with_scipy(size):
    real, generated = features(1500, size, 0), features(1200, size, 1, shift=0.1)
    expected = reference(real, generated)
    assert fid(Moments.of(real), Moments.of(generated)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("first", "second"), [(50, 70), (50, 600), (600, 50), (2, 2)])
def test_fewer_features_than_dimensions(first, second):
    real, generated = features(first, 256, 0), features(second, 256, 1, shift=0.1)
    expected = reference_of_few(real, generated)
    assert fid(Moments.of(real), Moments.of(generated)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.slow
def test_at_2048_dimensions_the_distance_agrees_with_scipy():
    real, generated = features(5000, 2048, 0), features(5000, 2048, 1, shift=0.1)
    expected = reference(real, generated)
    assert fid(Moments.of(real), Moments.of(generated)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.slow
def test_at_2048_dimensions_covariances_may_be_singular():
    real, generated = features(500, 2048, 0), features(1000, 2048, 1, shift=0.1)
    expected = reference_of_few(real, generated)
    assert fid(Moments.of(real), Moments.of(generated)) == pytest.approx(expected, rel=1e-6)


def test_by_hand():
    # Diagonal covariances commute: the sum of (s1 - s2)^2 over standard deviations.
    distance = frechet_distance(
        np.array([1.0, 2.0]), np.diag([4.0, 9.0]), np.array([4.0, 6.0]), np.diag([1.0, 0.0])
    )
    assert distance == pytest.approx(9 + 16 + (2 - 1) ** 2 + (3 - 0) ** 2)
    # Rotated by 90 degrees: roots of the eigenvalues of C1 C2 = diag(4 * 1, 1 * 4).
    distance = frechet_distance(np.zeros(2), np.diag([4.0, 1.0]), np.zeros(2), np.diag([1.0, 4.0]))
    assert distance == pytest.approx(5 + 5 - 2 * (2 + 2))


def test_invariants():
    real, generated = Moments.of(features(300, 20, 0)), Moments.of(features(300, 20, 1))
    assert fid(real, real) == pytest.approx(0, abs=1e-9)
    assert fid(real, generated) == pytest.approx(fid(generated, real), rel=1e-10)
    plain = Moments.of(np.zeros([5, 20]))
    assert fid(plain, plain) == 0
    # To a single point, the distance is the mean squared distance, up to a factor n / (n - 1).
    expected = (real.mean**2).sum() + np.trace(real.covariance)
    assert fid(real, plain) == pytest.approx(expected)


def test_moments_added_in_batches_lose_no_digits():
    values = features(1000, 8, 0).astype(np.float32) + np.float32(1e4)
    moments = Moments.empty(8)
    for start, stop in ((0, 1), (1, 1), (1, 700), (700, 1000)):
        moments.add(values[start:stop])
    assert moments.count == 1000
    np.testing.assert_allclose(moments.mean, values.astype(float).mean(0), rtol=1e-12)
    np.testing.assert_allclose(
        moments.covariance, np.cov(values.astype(float), rowvar=False), rtol=1e-8, atol=1e-9
    )


def test_inputs_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="1 and 5 features"):
        fid(Moments.of(np.zeros([1, 3])), Moments.of(np.zeros([5, 3])))
    with pytest.raises(ValueError, match=r"\(3,\) and \(4,\)"):
        fid(Moments.of(np.zeros([5, 3])), Moments.of(np.zeros([5, 4])))
