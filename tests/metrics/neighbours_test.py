import numpy as np
import pytest
from scipy.spatial.distance import cdist

from kerasgan.metrics import neighbours
from kerasgan.metrics.neighbours import nearest, prdc


def normal(count, size, seed, shift=0.0, deviation=1.0):
    return np.random.default_rng(seed).normal(shift, deviation, [count, size]).astype(np.float32)


def reference(real, generated, k):
    """The papers' definitions, one feature at a time, on SciPy's distances."""
    real, generated = real.astype(float), generated.astype(float)
    real_radii = np.sort(cdist(real, real), axis=1)[:, k]
    generated_radii = np.sort(cdist(generated, generated), axis=1)[:, k]
    between = cdist(real, generated)
    n, m = between.shape
    return {
        "precision": np.mean(
            [any(between[i, j] <= real_radii[i] for i in range(n)) for j in range(m)]
        ),
        "recall": np.mean(
            [any(between[i, j] <= generated_radii[j] for j in range(m)) for i in range(n)]
        ),
        "density": np.sum(between <= real_radii[:, None]) / (k * m),
        "coverage": np.mean([between[i].min() <= real_radii[i] for i in range(n)]),
    }


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_all_four_follow_the_definitions(k, shift):
    real, generated = normal(120, 6, 0), normal(90, 6, 1, shift, 0.7)
    expected = reference(real, generated, k)
    actual = prdc(real, generated, neighbours=k)
    assert actual == pytest.approx(expected, rel=1e-12)


def test_at_2048_dimensions_and_far_from_the_origin():
    real, generated = normal(80, 2048, 0, 100.0), normal(80, 2048, 1, 100.0, 0.98)
    assert prdc(real, generated) == pytest.approx(reference(real, generated, 5), rel=1e-12)


def test_more_than_one_block(monkeypatch):
    monkeypatch.setattr(neighbours, "_BLOCK", 100_000)
    real, generated = normal(1500, 3, 0), normal(1100, 3, 1, 0.5)
    expected = reference(real, generated, 5)
    assert prdc(real, generated) == pytest.approx(expected, rel=1e-12)


def test_a_set_has_perfect_scores_against_itself():
    features = normal(200, 5, 0)
    values = prdc(features, features)
    assert values["precision"] == values["recall"] == values["coverage"] == 1


def test_copies_lie_on_the_surface_of_a_ball_and_count_as_inside():
    features = normal(200, 5, 0)
    assert prdc(features, features)["density"] == pytest.approx(6 / 5)  # (k + 1) / k
    copies = np.repeat(features[:20], 10, 0)  # every radius is 0
    assert prdc(copies, copies) == {"precision": 1, "recall": 1, "density": 2, "coverage": 1}


def test_density_is_1_for_one_distribution():
    assert prdc(normal(2000, 8, 0), normal(2000, 8, 1))["density"] == pytest.approx(1, abs=0.05)


def test_missing_modes_lower_only_recall_and_coverage():
    modes = 20 * np.eye(10, dtype=np.float32)
    real = np.repeat(modes, 60, axis=0) + normal(600, 10, 0)
    two = np.repeat(modes[:2], 300, axis=0) + normal(600, 10, 1)
    values = prdc(real, two)
    assert values["precision"] > 0.9
    assert values["recall"] < 0.25
    assert values["coverage"] < 0.25


def test_bad_samples_lower_only_precision_and_density():
    real = normal(500, 4, 0)
    half_bad = np.concatenate([normal(500, 4, 1), normal(500, 4, 2, 50.0)])
    values = prdc(real, half_bad)
    assert values["precision"] == pytest.approx(0.5, abs=0.03)
    assert values["density"] == pytest.approx(0.5, abs=0.06)
    assert values["coverage"] > 0.9


def test_nearest_agrees_with_scipy():
    queries, features = normal(1200, 9, 0), normal(300, 9, 1)
    indices, distances = nearest(queries, features)
    expected = cdist(queries.astype(float), features.astype(float))
    np.testing.assert_array_equal(indices, expected.argmin(1))
    np.testing.assert_allclose(distances, expected.min(1), rtol=1e-8)


def test_inputs_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="sizes 5 and 4"):
        prdc(normal(9, 5, 0), normal(9, 4, 0))
    with pytest.raises(ValueError, match="9 and 5 features: must be more than 5"):
        prdc(normal(9, 5, 0), normal(5, 5, 0))
