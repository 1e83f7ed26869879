import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.latents import angle_between, great_circle, latents_from_seeds


def test_a_seed_has_the_same_latents_in_any_batch():
    seeds = tf.constant([5, 2**62, 0, 7, -3], tf.int64)
    together = latents_from_seeds(seeds, 9).numpy()
    for seed, latents in zip(seeds.numpy(), together, strict=True):
        np.testing.assert_array_equal(latents_from_seeds([seed], 9).numpy()[0], latents)


def test_the_latents_of_seed_0_never_change():
    # A seed that was noted down gives the same picture with any later version.
    expected = [-0.506122, -0.394089, -0.695230, 0.557456]
    np.testing.assert_allclose(latents_from_seeds([0], 4)[0], expected, rtol=1e-5)


def test_latents_are_standard_normal_and_seeds_independent():
    latents = latents_from_seeds(tf.range(400), 100).numpy()
    assert abs(latents.mean()) < 0.02
    assert abs(latents.std() - 1) < 0.02
    similarity = np.corrcoef(latents) - np.eye(400)
    assert abs(similarity).max() < 0.6
    assert abs(similarity.std() - 0.1) < 0.01  # of independent vectors of 100: 1 / sqrt(100)


def test_no_seeds_give_no_latents():
    assert latents_from_seeds(tf.zeros([0], tf.int64), 5).shape == [0, 5]


def test_a_great_circle_begins_and_ends_where_it_should_and_turns_evenly():
    start, end = latents_from_seeds([1], 50), latents_from_seeds([2], 50)
    positions = np.linspace(0, 1, 11, dtype=np.float32)
    points = great_circle(tf.repeat(start, 11, axis=0), tf.repeat(end, 11, axis=0), positions)
    np.testing.assert_allclose(points[0], start[0], atol=1e-5)
    np.testing.assert_allclose(points[-1], end[0], atol=1e-5)
    angles = angle_between(points[:-1], points[1:])
    np.testing.assert_allclose(angles, angle_between(start, end) / 10 * tf.ones([10, 1]), rtol=1e-3)
    lengths = tf.norm(points, axis=-1)
    np.testing.assert_allclose(lengths, np.linspace(tf.norm(start), tf.norm(end), 11), rtol=1e-5)


@pytest.mark.parametrize("factor", [1.0, 2.0, -1.0])
def test_parallel_and_opposite_latents_are_joined_by_a_line(factor):
    start = tf.constant([[3.0, 4.0]])
    points = great_circle(
        tf.repeat(start, 3, 0), tf.repeat(factor * start, 3, 0), np.float32([0, 0.5, 1])
    )
    middle = (1 + factor) / 2 * start[0]
    np.testing.assert_allclose(points, [start[0], middle, factor * start[0]], atol=1e-6)
    assert angle_between(start, factor * start).numpy() == pytest.approx(0 if factor > 0 else np.pi)
