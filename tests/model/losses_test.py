import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.losses import LOSSES, non_saturating_discriminator_loss

REAL = np.array([[2.0], [-1.0], [0.5], [3.0]])
FAKE = np.array([[-3.0], [1.5], [0.0], [-0.5]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# The formulas as the papers write them, in float64 and without care for extreme logits.
AS_PUBLISHED = {
    "non_saturating": (
        -np.mean(np.log(sigmoid(REAL))) - np.mean(np.log(1 - sigmoid(FAKE))),
        -np.mean(np.log(sigmoid(FAKE))),
    ),
    "minimax": (
        -np.mean(np.log(sigmoid(REAL))) - np.mean(np.log(1 - sigmoid(FAKE))),
        np.mean(np.log(1 - sigmoid(FAKE))),
    ),
    "least_squares": (
        0.5 * np.mean((REAL - 1) ** 2) + 0.5 * np.mean(FAKE**2),
        0.5 * np.mean((FAKE - 1) ** 2),
    ),
    "hinge": (
        -np.mean(np.minimum(0, REAL - 1)) - np.mean(np.minimum(0, -FAKE - 1)),
        -np.mean(FAKE),
    ),
    "relativistic": (
        -np.mean(np.log(sigmoid(REAL - FAKE))),
        -np.mean(np.log(sigmoid(FAKE - REAL))),
    ),
    "wasserstein": (np.mean(FAKE) - np.mean(REAL), -np.mean(FAKE)),
}


def test_every_loss_is_compared():
    assert set(LOSSES) == set(AS_PUBLISHED)


@pytest.mark.parametrize("name", LOSSES)
def test_equals_the_published_formula(name):
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    d_loss, g_loss = AS_PUBLISHED[name]
    np.testing.assert_allclose(LOSSES[name].discriminator(real, fake), d_loss, rtol=1e-12)
    np.testing.assert_allclose(LOSSES[name].generator(real, fake), g_loss, rtol=1e-12)


def test_an_undecided_discriminator_costs_two_log_two():
    zeros = tf.zeros([3, 1])
    np.testing.assert_allclose(
        non_saturating_discriminator_loss(zeros, zeros), 2 * np.log(2), rtol=1e-6
    )


def test_the_discriminator_loss_is_keras_binary_cross_entropy_of_both_batches():
    import keras

    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    expected = cross_entropy(np.ones_like(REAL), REAL) + cross_entropy(np.zeros_like(FAKE), FAKE)
    actual = non_saturating_discriminator_loss(tf.constant(REAL), tf.constant(FAKE))
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("size", [1e3, -1e3])
def test_values_and_slopes_stay_finite_at_extreme_logits(name, size):
    real, fake = tf.constant([[size]]), tf.constant([[-size]])
    for side in (LOSSES[name].discriminator, LOSSES[name].generator):
        with tf.GradientTape() as tape:
            tape.watch([real, fake])
            loss = side(real, fake)
        slopes = tape.gradient(
            loss, [real, fake], unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        for value in (loss, *slopes):
            assert np.all(np.isfinite(value))


def test_minimax_saturates_where_the_discriminator_wins_and_non_saturating_does_not():
    confident = tf.constant([[-20.0]])  # the discriminator is sure that the image is generated

    def slope(name):
        with tf.GradientTape() as tape:
            tape.watch(confident)
            loss = LOSSES[name].generator(confident, confident)
        return tape.gradient(loss, confident).numpy().item()

    assert abs(slope("minimax")) < 1e-8
    np.testing.assert_allclose(slope("non_saturating"), -1.0, rtol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_the_table_says_whether_the_generator_sees_real_logits(name):
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    with tf.GradientTape() as tape:
        tape.watch(real)
        loss = LOSSES[name].generator(real, fake)
    depends = tape.gradient(loss, real) is not None
    assert depends == LOSSES[name].generator_sees_real
