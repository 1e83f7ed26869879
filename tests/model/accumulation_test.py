"""A batch in parts against the whole batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.data import batches
from kerasgan.model.build import build_gan
from kerasgan.model.gan import GAN, UPDATE_ORDERS

STEPS = 2
IMAGES = np.random.default_rng(0).integers(0, 256, [32, 16, 16, 3], dtype=np.uint8)
STATE = ("generator", "discriminator", "ema_generator", "g_optimizer", "d_optimizer")


def assert_equal(gan, expected, digits=1e-12):
    for name in STATE:
        pairs = zip(getattr(gan, name).variables, getattr(expected, name).variables, strict=True)
        for actual, wanted in pairs:
            actual, wanted = actual.numpy(), wanted.numpy()
            difference = np.abs(actual - wanted).max()
            assert difference <= digits * np.abs(wanted).max(), (name, wanted.shape)


def images_gan(**settings):
    small = {"image_size": 16, "base_filters": 2, "latent_dim": 5, "g_normalization": "none"}
    return build_gan(Config(**small, **settings), total_steps=10)


def fit(gan, batch_size=16):
    """Two steps; returns what was logged of each."""
    rows = []

    class Rows(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            rows.append(logs)

    options = {"first_step": 0, "last_step": STEPS, "seed": 0}
    data = batches(IMAGES, batch_size=batch_size, **options)
    gan.fit(data, shuffle=False, verbose=0, callbacks=[Rows()])
    return rows


# The default game, whose images are compared in groups of four, and the other order.
GAMES = {
    "simultaneous": {"penalty_every": 2},
    "alternating": {
        "update_order": "alternating",
        "penalty": "none",
        "skip_sums": False,
        "minibatch_deviation": False,
        "augment": "ada",
        "augment_kinds": "flip,brightness",
        "augment_speed_images": 20,
    },
}


@pytest.mark.parametrize(
    "game", ["simultaneous", pytest.param("alternating", marks=pytest.mark.slow)]
)
def test_in_float64_parts_make_the_step_of_the_whole_batch(game, float64):
    whole, parts = images_gan(**GAMES[game]), images_gan(**GAMES[game], accumulate_steps=2)
    expected = fit(whole)
    for row, wanted in zip(fit(parts), expected, strict=True):
        assert row.keys() == wanted.keys()
        for name, value in wanted.items():
            np.testing.assert_allclose(row[name], value, rtol=1e-11, err_msg=name)
    assert_equal(parts, whole)
    assert [v.shape for v in parts.variables] == [v.shape for v in whole.variables]


class WithIdleWeight(keras.layers.Dense):
    """Has a weight for which there is no gradient."""

    def build(self, input_shape):
        super().build(input_shape)
        self.idle = self.add_weight(shape=(3,), name="idle")


# What Keras says about it.
NO_GRADIENT = "ignore:Gradients do not exist:UserWarning"


def points_gan(**options):
    """Small dense networks for points in the plane, which add to their losses."""
    keras.utils.set_random_seed(1)
    networks = [
        keras.Sequential(
            [
                keras.Input([inputs]),
                WithIdleWeight(8, "tanh", kernel_regularizer="l2", activity_regularizer="l1"),
                keras.layers.Dense(outputs),
            ]
        )
        for inputs, outputs in ((3, 2), (2, 1))
    ]
    return GAN(generator=networks[0], discriminator=networks[1], **options)


def compiled(gan, **options):
    optimizers = {f"{side}_optimizer": keras.optimizers.SGD(0.1) for side in "gd"}
    gan.compile(**optimizers, run_eagerly=True, **options)
    return gan


@pytest.mark.filterwarnings(NO_GRADIENT)
@pytest.mark.parametrize("update_order", UPDATE_ORDERS)
@pytest.mark.parametrize("loss", ["least_squares", "relativistic"])
def test_losses_and_what_layers_add_are_means_over_parts(loss, update_order, float64):
    points = tf.random.stateless_normal([24, 2], seed=[7, 7], dtype="float64")
    gans = []
    for parts in (1, 3):
        gan = points_gan(update_order=update_order, d_steps=2)
        gans.append(compiled(gan, loss=loss, accumulate_steps=parts))
        gan.fit(points, batch_size=12, shuffle=False, verbose=0)
    assert_equal(*gans)


def test_the_number_of_parts_is_saved_with_the_model_and_checked():
    gan = compiled(points_gan(), accumulate_steps=2)
    assert gan.get_compile_config()["accumulate_steps"] == 2
    again = points_gan()
    again.compile_from_config(gan.get_compile_config())
    assert again.accumulate_steps == 2
    with pytest.raises(ValueError, match="accumulate_steps=0: must be at least 1"):
        compiled(points_gan(), accumulate_steps=0)


@pytest.mark.filterwarnings(NO_GRADIENT)
@pytest.mark.parametrize("size", [5, None])
def test_a_batch_that_cannot_be_divided_is_refused(size):
    gan = compiled(points_gan(), accumulate_steps=2)
    step = tf.function(gan.train_step, input_signature=[tf.TensorSpec([size, 2])])
    with pytest.raises(
        (ValueError, tf.errors.InvalidArgumentError),
        match="accumulate_steps=2: must divide the images of a batch on each device",
    ):
        step(tf.zeros([5, 2]))
