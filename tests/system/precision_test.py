"""Training in half precision, through the model that a run trains."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.model.build import build_gan
from kerasgan.model.optimizers import Adam, LossScaleOptimizer

SMALL = {"image_size": 16, "batch_size": 8, "base_filters": 4, "latent_dim": 5}


def build(precision, **settings):
    return build_gan(Config(precision=precision, **{**SMALL, **settings}))


def images(seed=0):
    return tf.random.stateless_uniform([8, 16, 16, 3], seed=[seed, 9], minval=-1, maxval=1)


def weights(network):
    return [weight.numpy() for weight in network.trainable_variables]


def both_differ(before, network):
    return [not np.array_equal(a, b) for a, b in zip(before, weights(network), strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("precision", "normalization", "update_order"),
    [
        ("mixed_bfloat16", "batch", "alternating"),
        ("mixed_bfloat16", "spectral", "simultaneous"),
        ("mixed_float16", "batch", "simultaneous"),
        ("mixed_float16", "spectral", "alternating"),
    ],
)
def test_a_step_equals_that_of_float32_to_half_precision(precision, normalization, update_order):
    settings = {
        "normalization": normalization,
        "update_order": update_order,
        "loss": "non_saturating",
        "penalty": {"batch": "none", "spectral": "r1"}[normalization],
    }
    results = {}
    for each in ("float32", precision):
        gan = build(each, **settings)
        logs = tf.function(gan.train_step)(images())
        assert {variable.dtype for variable in gan.ema_generator.variables} == {"float32"}
        assert {value.dtype for value in logs.values()} == {tf.float32}
        results[each] = {name: value.numpy() for name, value in logs.items()}
    for name, expected in results["float32"].items():
        np.testing.assert_allclose(results[precision][name], expected, rtol=0.05, err_msg=name)


def test_both_losses_are_scaled_only_for_float16():
    for precision, kind in (("float32", Adam), ("mixed_bfloat16", Adam), ("mixed_float16", None)):
        gan = build(precision)
        for optimizer in (gan.g_optimizer, gan.d_optimizer):
            assert type(optimizer) is (kind or LossScaleOptimizer)
    seen = {}
    for name in ("g_optimizer", "d_optimizer"):
        optimizer = getattr(gan, name)
        optimizer.inner_optimizer.apply = lambda gradients, trainable_variables, name=name: (
            seen.update({name: (gradients, trainable_variables)})
        )
    logs = gan.train_step(images())  # the gradients that reach Adam are unscaled
    for name in ("g", "d"):
        gradients, _ = seen[f"{name}_optimizer"]
        norm = tf.linalg.global_norm(gradients)
        np.testing.assert_allclose(norm, logs[f"{name}_gradient_norm"], rtol=1e-3)
        assert getattr(gan, f"{name}_optimizer").scale_loss(1.0) == 2.0**15


@pytest.mark.parametrize("overflowing", ["g", "d"])
def test_an_overflow_halves_that_networks_scale_and_undoes_the_step(overflowing):
    gan = build("mixed_float16", normalization="batch", penalty="none")
    optimizers = {"g": gan.g_optimizer, "d": gan.d_optimizer}
    networks = {"g": gan.generator, "d": gan.discriminator}
    for name, optimizer in optimizers.items():  # far beyond float16's range, and well within it
        optimizer.dynamic_scale.assign(2.0**40 if name == overflowing else 16.0)
    before = {name: weights(network) for name, network in networks.items()}
    step_function = tf.function(gan.train_step)
    step_function(images())
    assert (gan.step.numpy(), gan.nonfinite_steps.numpy()) == (1, 1)
    for name, network in networks.items():
        assert not any(both_differ(before[name], network))
        assert optimizers[name].iterations.numpy() == 0
        scale = 2.0**39 if name == overflowing else 16.0
        assert optimizers[name].dynamic_scale.numpy() == scale


@pytest.mark.slow
def test_the_loss_scale_is_in_the_checkpoint(tmp_path):
    gan = build("mixed_float16", penalty="none")
    gan.g_optimizer.dynamic_scale.assign(64.0)
    gan.d_optimizer.dynamic_scale.assign(2.0**40)
    step_function = tf.function(gan.train_step)
    for seed in range(3):
        step_function(images(seed))
    path = tf.train.Checkpoint(gan=gan).save(str(tmp_path / "ckpt"))
    again = build("mixed_float16", penalty="none")
    tf.train.Checkpoint(gan=again).restore(path).assert_consumed()
    assert again.g_optimizer.dynamic_scale.numpy() == 64.0
    assert again.g_optimizer.step_counter.numpy() == 3
    assert again.d_optimizer.dynamic_scale.numpy() == 2.0**37
    for ours, theirs in zip(gan.variables, again.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for each in (gan, again):
        each.reset_metrics()
    results = [tf.function(each.train_step)(images(9)) for each in (gan, again)]
    for name in results[0]:
        np.testing.assert_array_equal(results[0][name], results[1][name])
    for name in ("g_optimizer", "d_optimizer"):
        pairs = zip(getattr(gan, name).variables, getattr(again, name).variables, strict=True)
        for ours, theirs in pairs:
            np.testing.assert_array_equal(ours, theirs, err_msg=ours.path)


def test_a_step_compiled_with_xla_is_the_same_step():
    """As on a GPU; without one, Keras does not use XLA unless it is asked to."""
    runs = []
    for jit_compile in (False, True):
        gan = build("float32", normalization="batch")
        gan.jit_compile = jit_compile
        update = tf.function(gan.train_step, jit_compile=jit_compile)
        logs = {name: value.numpy() for name, value in update(images()).items()}
        runs.append((logs, gan.generator.get_weights()))
    (plain, plain_weights), (xla, xla_weights) = runs
    for name, expected in plain.items():
        np.testing.assert_allclose(xla[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)
    step_length = 4e-4  # Adam's first step is the gradient's sign, which rounding may flip
    for ours, theirs in zip(xla_weights, plain_weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2.1 * step_length)
        assert np.mean(np.abs(ours - theirs)) < 0.02 * step_length


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_several_steps_in_one_execution_are_the_same_steps(precision):
    data = tf.data.Dataset.from_tensor_slices([images(seed) for seed in range(7)])
    runs = []
    for together in (1, 3):
        keras.utils.set_random_seed(1)
        gan = build(precision, penalty="none")
        gan.steps_per_execution = together
        gan.fit(data, shuffle=False, verbose=0, steps_per_epoch=7)
        assert int(gan.step.numpy()) == 7
        runs.append(gan.variables)
    for one, several in zip(*runs, strict=True):
        np.testing.assert_array_equal(one, several, err_msg=one.path)
