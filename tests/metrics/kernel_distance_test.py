import numpy as np
import pytest

from kerasgan.metrics.kernel_distance import kid, squared_mmd


def by_loops(x, y):
    """Lemma 6 of Gretton et al., term by term."""

    def kernel(a, b):
        return (np.dot(a, b) / len(a) + 1) ** 3

    n, m = len(x), len(y)
    first = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j)
    second = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j)
    cross = sum(kernel(a, b) for a in x for b in y)
    return first / (n * (n - 1)) + second / (m * (m - 1)) - 2 * cross / (n * m)


def normal(count, size, seed, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, [count, size]).astype(np.float32)


def test_the_estimate_is_the_sum_over_pairs():
    x, y = normal(30, 7, 0).astype(float), normal(30, 7, 1, 0.5).astype(float)
    assert squared_mmd(x, y) == pytest.approx(by_loops(x, y), rel=1e-10)


def test_by_hand():
    # The kernel of (1) or (-1) with itself is 8, with each other 0; of (0) with anything 1.
    assert squared_mmd(np.array([[1.0], [-1.0]]), np.zeros([2, 1])) == pytest.approx(0 + 1 - 2)


def test_at_2048_dimensions_single_precision_features_lose_nothing():
    x, y = abs(normal(12, 2048, 0)), abs(normal(12, 2048, 1, 0.05))
    assert kid(x, y) == pytest.approx(by_loops(x.astype(float), y.astype(float)), rel=1e-9)


def test_it_is_0_on_average_for_small_sets_of_one_distribution():
    estimates = [kid(normal(20, 4, seed), normal(20, 4, 1000 + seed)) for seed in range(400)]
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates)) < 3 * error
    assert min(estimates) < 0


def test_subsets_are_seeded_and_agree_with_the_whole():
    x, y = normal(600, 5, 0), normal(500, 5, 1, 0.3)
    value = kid(x, y, subset_size=100)
    assert value == kid(x, y, subset_size=100)
    assert value != kid(x, y, subset_size=100, seed=1)
    assert value == pytest.approx(squared_mmd(x[:500], y), rel=0.2)


def test_sets_no_larger_than_a_subset_are_taken_whole():
    x, y = normal(60, 5, 0), normal(60, 5, 1)
    assert kid(x, y) == pytest.approx(squared_mmd(x, y), rel=1e-10)


def test_a_small_set_is_compared_whole_with_subsets_of_a_larger_one():
    x, y = normal(60, 5, 0), normal(90, 5, 1)
    value = kid(x, y)
    assert value != kid(x, y, subsets=1)
    assert value == pytest.approx(kid(x, y, subset_size=60), rel=1e-12)


def test_inputs_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="sizes 5 and 4"):
        kid(normal(9, 5, 0), normal(9, 4, 0))
    with pytest.raises(ValueError, match="1 and 9 features"):
        kid(normal(1, 5, 0), normal(9, 5, 0))
