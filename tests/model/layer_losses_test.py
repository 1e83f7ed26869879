"""What layers add to the losses, against one step by hand: G(z) = a z + b, D(x) = w x + c."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.gan import GAN, UPDATE_ORDERS

A, B, W, C = 0.5, 0.2, 0.8, -0.1
REAL = np.array([[1.0], [-0.5], [2.0], [0.3]], np.float32)
LATENTS = tf.random.stateless_normal([4, 1], seed=[3, 0]).numpy()
FAKE = A * LATENTS + B


class MeanOfOutputs(keras.layers.Layer):
    """Adds five times the mean of what it passes on to the loss."""

    def call(self, inputs):
        self.add_loss(5.0 * keras.ops.mean(inputs))
        return inputs


def line(slope, offset, *more, **options):
    network = keras.Sequential([keras.Input([1]), keras.layers.Dense(1, **options), *more])
    network.set_weights([np.array([[slope]]), np.array([offset])])
    return network


def step(update_order, generator, discriminator, **options):
    """The results of one step of gradient descent, and the changes of a, b, w, c by rates of 1."""
    gan = GAN(generator=generator, discriminator=discriminator, update_order=update_order, seed=3)
    optimizers = {f"{side}_optimizer": keras.optimizers.SGD(1.0) for side in "gd"}
    gan.compile(loss="wasserstein", run_eagerly=True, **optimizers, **options)
    results = {name: float(value) for name, value in gan.train_step(tf.constant(REAL)).items()}
    networks = gan.generator, gan.discriminator
    after = [weight.item() for network in networks for weight in network.get_weights()]
    return results, dict(zip("abwc", np.subtract(after, [A, B, W, C]), strict=True))


def same(actual, expected):
    for name, value in expected.items():
        np.testing.assert_allclose(actual[name], value, rtol=1e-5, atol=1e-6, err_msg=name)


# With the Wasserstein loss D minimises mean(fake logits - real logits), and G -mean(fake logits).
@pytest.mark.parametrize("update_order", UPDATE_ORDERS)
def test_a_kernel_regularizer_goes_to_the_loss_of_its_network(update_order):
    l2 = keras.regularizers.L2
    results, change = step(
        update_order, line(A, B, kernel_regularizer=l2(3.0)), line(W, C, kernel_regularizer=l2(0.5))
    )
    d_loss = W * (FAKE.mean() - REAL.mean()) + 0.5 * W**2
    w = W - (FAKE.mean() - REAL.mean() + 2 * 0.5 * W)
    seen = w if update_order == "alternating" else W
    same(results, {"d_loss": d_loss, "g_loss": -(seen * FAKE.mean() + C) + 3.0 * A**2})
    a = seen * LATENTS.mean() - 2 * 3.0 * A
    same(change, {"w": w - W, "c": 0.0, "a": a, "b": seen})
    same(results, {"d_gradient_norm": abs(w - W), "g_gradient_norm": np.hypot(a, seen)})


@pytest.mark.parametrize("update_order", UPDATE_ORDERS)
def test_both_calls_of_the_discriminator_count(update_order):
    regularizer = keras.regularizers.L2(2.0)  # of the logits, divided by their number
    results, change = step(
        update_order, line(A, B), line(W, C, MeanOfOutputs(), activity_regularizer=regularizer)
    )
    real, fake = W * REAL + C, W * FAKE + C
    own = 2.0 * (np.mean(real**2) + np.mean(fake**2)) + 5.0 * (real.mean() + fake.mean())
    slope = np.mean(FAKE - REAL) + 4.0 * (np.mean(real * REAL) + np.mean(fake * FAKE))
    slope += 5.0 * (REAL.mean() + FAKE.mean())
    offset = 4.0 * (real.mean() + fake.mean()) + 2 * 5.0
    seen = (W - slope, C - offset) if update_order == "alternating" else (W, C)
    same(results, {"d_loss": fake.mean() - real.mean() + own})
    same(results, {"g_loss": -(seen[0] * FAKE.mean() + seen[1])})  # nothing of D's
    same(change, {"w": -slope, "c": -offset, "a": seen[0] * LATENTS.mean(), "b": seen[0]})


@pytest.mark.parametrize("update_order", UPDATE_ORDERS)
def test_what_the_generator_adds_does_not_move_the_discriminator(update_order):
    results, change = step(update_order, line(A, B, MeanOfOutputs()), line(W, C))
    w = W - (FAKE.mean() - REAL.mean())
    seen = w if update_order == "alternating" else W
    same(results, {"d_loss": W * (FAKE.mean() - REAL.mean())})
    same(results, {"g_loss": -(seen * FAKE.mean() + C) + 5.0 * FAKE.mean()})
    same(change, {"w": w - W, "c": 0.0, "a": (seen - 5) * LATENTS.mean(), "b": seen - 5})


def test_weights_count_once_next_to_a_penalty_on_several_replicas():
    def after(strategy):
        with strategy.scope():
            gan = GAN(
                generator=line(A, B, kernel_regularizer="l2"),
                discriminator=line(W, C, MeanOfOutputs(), kernel_regularizer="l2"),
                seed=3,
            )
            gan.compile(
                g_optimizer=keras.optimizers.SGD(0.1),
                d_optimizer=keras.optimizers.SGD(0.1),
                penalty="r1_r2",
            )
        gan.fit(tf.data.Dataset.from_tensors(REAL), shuffle=False, verbose=0)
        return np.concatenate([weight.ravel() for weight in gan.get_weights()])

    one = after(tf.distribute.get_strategy())
    two = after(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
    np.testing.assert_allclose(two, one, rtol=1e-5, atol=1e-7)


def test_what_is_not_regularized_is_as_it_was():
    frozen = line(W, C, kernel_regularizer="l2")
    frozen.trainable = False
    with pytest.warns(UserWarning, match="has no trainable weights"):
        results, change = step("alternating", line(A, B), frozen)
    same(results, {"d_loss": W * (FAKE.mean() - REAL.mean())})
    same(change, {"w": 0.0, "c": 0.0, "b": W})
