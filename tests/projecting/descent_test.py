import math

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.projecting.descent import Descent, learning_rate, length_penalty


@pytest.mark.parametrize("dim", [1, 2, 7])
def test_the_penalty_is_minus_the_log_density_of_the_chi_distribution(dim):
    directions = np.random.default_rng(0).normal(size=[5, dim])
    lengths = np.array([0.3, 0.8, 1.5, 2.5, 4.0])
    latents = lengths[:, None] * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    log_density = (
        (dim - 1) * np.log(lengths)
        - lengths**2 / 2
        - (dim / 2 - 1) * math.log(2)
        - math.lgamma(dim / 2)
    )
    penalty = length_penalty(tf.constant(latents)).numpy()
    np.testing.assert_allclose(np.diff(penalty), -np.diff(log_density) / dim, atol=1e-9)
    unlikely = np.zeros([2, dim])
    unlikely[0, 0] = math.sqrt(dim - 1)  # the most likely length
    assert abs(length_penalty(tf.constant(unlikely)).numpy()[0]) < 1e-9
    assert np.isfinite(length_penalty(tf.constant(unlikely)).numpy()).all()


def test_the_penaltys_gradient_is_the_numeric_one():
    latents = np.random.default_rng(1).normal(size=[3, 5])
    with tf.GradientTape() as tape:
        inputs = tf.constant(latents)
        tape.watch(inputs)
        penalty = length_penalty(inputs)
    gradient = tape.gradient(penalty, inputs).numpy()
    numeric = np.empty_like(latents)
    for index in np.ndindex(latents.shape):
        step = np.zeros_like(latents)
        step[index] = 1e-6
        up, down = (length_penalty(tf.constant(latents + s)).numpy().sum() for s in (step, -step))
        numeric[index] = (up - down) / 2e-6
    np.testing.assert_allclose(gradient, numeric, atol=1e-8)


def test_rates_rise_then_stay_then_fall_to_almost_nothing():
    rates = np.array([learning_rate(step, 100) for step in range(100)])
    np.testing.assert_allclose(rates[:5], 0.1 * np.arange(1, 6) / 5)
    np.testing.assert_allclose(rates[5:50], 0.1)
    assert (np.diff(rates[50:]) < 0).all()
    assert 0 < rates[-1] < 1e-4
    assert learning_rate(0, 1) > 0


def test_each_start_goes_to_the_target_on_its_own():
    descent = Descent(lambda latents: [latents], prior_weight=0.0)
    target = [tf.constant([[1.0, -2.0, 0.5]])]
    starts = np.random.default_rng(2).normal(size=[4, 3]).astype(np.float32)
    steps = []
    way, objective = descent.run(target, starts, 200, lambda: steps.append(1))
    assert (way.shape, objective.shape, len(steps)) == ((201, 4, 3), (4,), 200)
    np.testing.assert_array_equal(way[0], starts)
    np.testing.assert_allclose(way[-1], np.repeat(target[0], 4, axis=0), atol=1e-3)
    assert objective.max() < 1e-5
    alone, _ = descent.run(target, starts[2:3], 200)
    np.testing.assert_allclose(alone[:, 0], way[:, 2], atol=1e-5)


def test_a_strong_prior_gives_latents_their_most_likely_length():
    descent = Descent(lambda latents: [latents * 1e-3], prior_weight=1.0)
    starts = np.full([1, 10], 0.1, np.float32)
    way, _ = descent.run([tf.zeros([1, 10])], starts, 200)
    np.testing.assert_allclose(np.linalg.norm(way[-1, 0]), 3.0, atol=0.01)
