import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.explaining.gradient_norms import (
    confidence_table,
    reach_of_discriminator_loss,
    reach_table,
    reach_while_d_grows_sure,
)
from kerasgan.explaining.losses_figure import losses_over_logit
from kerasgan.explaining.toy_gan import ToySettings, build_toy, toy_batches
from kerasgan.model.gan import GAN


def lines():
    """G(z) = 0.5 z + 0.2 against D(x) = 0.8 x - 0.1."""

    def line(slope, offset):
        network = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
        network.set_weights([np.array([[slope]]), np.array([offset])])
        return network

    gan = GAN(generator=line(0.5, 0.2), discriminator=line(0.8, -0.1))
    gan.compile(g_optimizer=keras.optimizers.SGD(0.1), d_optimizer=keras.optimizers.SGD(0.1))
    return gan


def test_the_norms_are_those_computed_by_hand():
    x = np.array([[1.0], [-0.5], [2.0]])
    z = tf.random.stateless_normal([3, 1], seed=[4, 0]).numpy()
    fake = 0.5 * z + 0.2
    sigmoid_real = 1 / (1 + np.exp(-(0.8 * x - 0.1)))
    sigmoid_fake = 1 / (1 + np.exp(-(0.8 * fake - 0.1)))
    to_d = [
        np.mean((sigmoid_real - 1) * x + sigmoid_fake * fake),
        np.mean(sigmoid_real - 1 + sigmoid_fake),
    ]
    to_g = [np.mean(sigmoid_fake * 0.8 * z), np.mean(sigmoid_fake * 0.8)]
    results = reach_of_discriminator_loss(lines(), tf.constant(x, tf.float32), seed=4)
    for result in results:
        assert result.d_norm == pytest.approx(np.hypot(*to_d), rel=1e-5)
    open_way, *closed = results
    assert open_way.g_norm == pytest.approx(np.hypot(*to_g), rel=1e-5)
    assert [result.g_norm for result in closed] == [None] * 3
    assert all(result.operations < open_way.operations for result in closed)
    assert len(reach_table(results).splitlines()) == 5


@pytest.mark.slow
def test_a_sure_discriminator_starves_the_minimax_generator():
    settings = ToySettings(steps=60)
    gan = build_toy(settings)
    before = [weight.copy() for weight in gan.discriminator.get_weights()]
    first, last = reach_while_d_grows_sure(
        gan, toy_batches(settings), looks=(0, 60), learning_rate=5e-3
    )
    assert last.logit < -3 < first.logit
    assert last.norms["minimax"] < 0.2 * last.norms["non_saturating"]
    assert first.norms["minimax"] > 0.5 * first.norms["non_saturating"]
    for weight, old in zip(gan.discriminator.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)  # a copy was trained
    assert len(confidence_table([first, last]).splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "loss", "slope"),
    [
        ("minimax", lambda p: np.log(1 - p), lambda p: -p),
        ("non_saturating", lambda p: -np.log(p), lambda p: p - 1),
    ],
)
def test_losses_and_slopes_over_the_logit(name, loss, slope):
    logits = np.linspace(-6, 6, 13)
    probability = 1 / (1 + np.exp(-logits))
    values, slopes = losses_over_logit(name, logits)
    np.testing.assert_allclose(values, loss(probability), atol=1e-5)
    np.testing.assert_allclose(slopes, slope(probability), atol=1e-6)
