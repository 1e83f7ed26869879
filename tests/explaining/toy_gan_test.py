import dataclasses

import numpy as np
import pytest

from kerasgan.explaining.toy_data import count_modes, ring, ring_centres, swiss_roll
from kerasgan.explaining.toy_gan import ToySettings, build_toy, plane, train_toy

COLLAPSE = ToySettings(d_learning_rate=1e-4)
STRONG_D = ToySettings(loss="minimax", g_learning_rate=1e-4, d_learning_rate=1e-2)


def test_the_ring_has_eight_gaussians():
    points = ring(40_000, seed=0)
    modes = count_modes(points)
    assert points.dtype == np.float32
    assert modes.found == 8
    np.testing.assert_allclose(modes.shares, 1 / 8, atol=0.01)
    at_first = points[np.linalg.norm(points - ring_centres()[0], axis=1) < 0.3]
    np.testing.assert_allclose(at_first.mean(0), [1, 0], atol=0.002)
    np.testing.assert_allclose(at_first.std(0), 0.02, rtol=0.05)


def test_the_swiss_roll_is_a_spiral():
    points = swiss_roll(5_000, seed=0)
    radius = np.linalg.norm(points, axis=1)
    # One arm: the angle that belongs to the radius is the point's own.
    angle = np.arctan2(points[:, 1], points[:, 0]) - 4 * np.pi * radius
    off = np.abs((angle + np.pi) % (2 * np.pi) - np.pi)
    assert np.median(off) < 0.25
    assert 0.15 < radius.min() < 0.3
    assert 0.95 < radius.max() < 1.1


def test_counting_modes_by_hand():
    centres = ring_centres()
    points = np.concatenate([centres[[0]].repeat(50, 0), centres[[3]].repeat(49, 0), [[5, 5]]])
    modes = count_modes(points)
    assert modes.found == 2
    assert modes.near == pytest.approx(0.99)
    np.testing.assert_allclose(modes.shares[[0, 3]], [0.5, 0.49])
    # One point in a hundred is no mode.
    assert count_modes(np.concatenate([centres[[0]].repeat(99, 0), centres[[1]]])).found == 1


@pytest.fixture(scope="module")
def run():
    return train_toy(ToySettings(steps=100), num_snapshots=3)


@pytest.mark.slow
def test_a_toy_is_a_function_of_its_seed(run):
    again = train_toy(run.settings, num_snapshots=3)
    np.testing.assert_array_equal(again.sample(10), run.sample(10))
    other = train_toy(dataclasses.replace(run.settings, seed=1), num_snapshots=3)
    assert not np.allclose(other.sample(10), run.sample(10))
    assert [snapshot.step for snapshot in run.snapshots] == [0, 50, 100]


def test_a_snapshot_shows_points_and_surface_as_they_are(run):
    last = run.snapshots[-1]
    logits = run.gan.discriminator(plane()).numpy().reshape(61, 61)
    np.testing.assert_allclose(last.probabilities, 1 / (1 + np.exp(-logits)), rtol=1e-4)
    np.testing.assert_allclose(plane()[[0, 60, -1]], [[-1.6, -1.6], [1.6, -1.6], [1.6, 1.6]])
    assert last.points.shape == (1000, 2)


def test_the_plain_class_is_what_trains():
    gan = build_toy(ToySettings())
    assert type(gan).__module__ == "kerasgan.model.gan"
    assert gan.generator.output_shape == (None, 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_default_recipe_finds_all_modes(seed):
    modes = count_modes(train_toy(ToySettings(seed=seed), num_snapshots=2).sample())
    assert modes.found == 8
    assert modes.near > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("settings", [COLLAPSE, STRONG_D])
def test_the_sick_recipes_are_sick(settings):
    run = train_toy(settings)
    assert all(count_modes(snapshot.points).found <= 4 for snapshot in run.snapshots)


@pytest.mark.slow
def test_the_swiss_roll_is_learnt():
    run = train_toy(ToySettings(data="swiss_roll", steps=4000), num_snapshots=2)
    real, generated = swiss_roll(2000, seed=5), run.sample()

    def mean_nearest(points, others):
        return np.linalg.norm(points[:, None] - others[None], axis=-1).min(1).mean()

    assert mean_nearest(generated, real) < 0.05
    assert mean_nearest(real, generated) < 0.05
