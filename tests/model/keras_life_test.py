"""What a Keras user does with a model."""

import copy
import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.gan import GAN
from kerasgan.model.losses import LOSSES, AdversarialLoss
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.model.optimizers import Adam

IMAGES = np.random.default_rng(0).uniform(-1, 1, [16, 16, 16, 1]).astype(np.float32)


def networks():
    return {
        "generator": build_generator((16, 16, 1), latent_dim=5, base_filters=4),
        "discriminator": build_discriminator((16, 16, 1), base_filters=4, normalization="spectral"),
    }


def new_gan(**options):
    keras.utils.set_random_seed(1)
    gan = GAN(**networks(), update_order="simultaneous", seed=3)
    settings = {"g_optimizer": Adam(1e-3), "d_optimizer": Adam(2e-3), "loss": "hinge", **options}
    gan.compile(**settings)
    return gan


def train(gan):
    return gan.fit(IMAGES, batch_size=4, shuffle=False, verbose=0)


def saved_and_loaded(gan, folder):
    gan.save(folder / "gan.keras")
    return keras.saving.load_model(folder / "gan.keras", safe_mode=True)


@pytest.mark.slow
def test_a_saved_model_continues_bit_for_bit(tmp_path):
    gan = new_gan()
    train(gan)
    again = saved_and_loaded(gan, tmp_path)
    train(gan)
    train(again)
    assert int(again.step.numpy()) == int(again.g_optimizer.iterations.numpy()) == 8
    for expected, actual in zip(gan.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda gan: pickle.loads(pickle.dumps(gan))],
    ids=["deepcopy", "pickle"],
)
def test_a_copy_is_another_model_with_the_same_weights(duplicate):
    gan = new_gan()
    train(gan)
    other = duplicate(gan)
    for expected, actual in zip(gan.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)
    other.run_eagerly = True  # a few steps take less time than compiling them
    train(other)
    assert int(other.step.numpy()) == 8
    assert int(gan.step.numpy()) == 4


def test_a_model_that_is_not_compiled_is_saved_and_loaded(tmp_path):
    gan = GAN(**networks(), seed=3)
    again = saved_and_loaded(gan, tmp_path)
    assert again.seed == 3 and not again.compiled
    for expected, actual in zip(gan.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_a_clone_has_the_same_networks_and_arguments():
    clone = keras.models.clone_model(new_gan())
    assert (clone.seed, clone.update_order) == (3, "simultaneous")
    assert clone.generator.count_params() == new_gan().generator.count_params()


def test_keras_checkpoints_hold_the_whole_model(tmp_path):
    path = tmp_path / "full.keras"
    new_gan().fit(IMAGES, verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(path)])
    assert int(keras.saving.load_model(path).step.numpy()) == 1


@keras.saving.register_keras_serializable("keras_life_test")
def my_discriminator_loss(real_logits, fake_logits):
    return tf.reduce_mean((real_logits - 1) ** 2) + tf.reduce_mean(fake_logits**2)


@keras.saving.register_keras_serializable("keras_life_test")
def my_generator_loss(real_logits, fake_logits):
    return tf.reduce_mean((fake_logits - real_logits) ** 2)


def test_a_custom_loss_is_saved_if_it_is_registered_with_keras(tmp_path):
    loss = AdversarialLoss(my_discriminator_loss, my_generator_loss, generator_sees_real=True)
    assert saved_and_loaded(new_gan(loss=loss), tmp_path).adversarial_loss == loss
    assert saved_and_loaded(new_gan(), tmp_path).adversarial_loss == LOSSES["hinge"]


def test_an_export_answers_as_the_model_does(tmp_path):
    gan = new_gan()
    gan.export(tmp_path / "exported", verbose=False)
    latents = np.random.default_rng(0).normal(size=[3, 5]).astype(np.float32)
    exported = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_allclose(exported.serve(latents), gan(latents), atol=1e-6)


def test_optimizers_may_be_given_by_name():
    gan = new_gan(g_optimizer="adam", d_optimizer="rmsprop", run_eagerly=True)
    train(gan)
    assert int(gan.step.numpy()) == 4


def test_mixed_float16_brings_a_loss_scale():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        gan = new_gan()
        plain = new_gan(auto_scale_loss=False)
    finally:
        keras.config.set_dtype_policy("float32")
    assert isinstance(gan.g_optimizer, keras.optimizers.LossScaleOptimizer)
    assert isinstance(gan.d_optimizer, keras.optimizers.LossScaleOptimizer)
    assert type(plain.g_optimizer) is Adam


@pytest.mark.slow
def test_a_step_on_one_batch():
    gan, other = new_gan(), new_gan()
    logs = gan.train_on_batch(IMAGES, return_dict=True)
    expected = other.fit(IMAGES, batch_size=16, shuffle=False, verbose=0).history
    for name, values in expected.items():
        np.testing.assert_allclose(logs[name], values[0], rtol=1e-5)


def test_labels_are_not_used():
    plain, labelled = new_gan(run_eagerly=True), new_gan(run_eagerly=True)
    history = labelled.fit(IMAGES, np.arange(16), batch_size=4, shuffle=False, verbose=0).history
    assert history == train(plain).history


def test_held_out_images_are_measured_and_change_nothing():
    gan = new_gan(loss="non_saturating")
    before = gan.get_weights()[:-1]
    results = gan.evaluate(IMAGES, batch_size=16, verbose=0, return_dict=True)
    logits = gan.discriminator(IMAGES, training=False).numpy()
    np.testing.assert_allclose(results["real_score"], np.mean(1 / (1 + np.exp(-logits))), rtol=1e-5)
    assert set(results) == {"g_loss", "d_loss", "real_score", "fake_score"}
    assert int(gan.step.numpy()) == 0 and len(before) > 0
    history = gan.fit(IMAGES, batch_size=4, verbose=0, validation_data=(IMAGES[:8], None)).history
    assert history["val_d_loss"][0] > 0


def test_generated_images_are_those_of_their_seeds():
    gan = new_gan()
    images = gan.generate(70, seed=5)
    assert images.dtype == np.uint8 and images.shape == (70, 16, 16, 1)
    np.testing.assert_array_equal(gan.generate(2, seed=73), images[68:])
    assert gan.generate(0).shape == (0, 16, 16, 1)


def test_the_summary_tells_the_average_from_the_generator():
    lines = []
    new_gan().summary(print_fn=lines.append)
    assert "ema_generator" in "".join(lines)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (lambda g, d: (g, g), "both are the same one"),
        (lambda g, d: (d, g), "must have one input of latents"),
        (
            lambda g, d: (g, build_discriminator((32, 32, 1), base_filters=2)),
            r"one makes samples of shape \(16, 16, 1\), the other takes \(32, 32, 1\)",
        ),
        (lambda g, d: (g, keras.Sequential([keras.layers.Dense(1)])), "must be built"),
        (
            lambda g, d: (keras.Model([g.input, keras.Input([1])], g.output), d),
            r"must take the same conditions: one takes \[B, 1\], the other none",
        ),
        (
            lambda g, d: (keras.Model([g.input, keras.Input([1, 1])], g.output), d),
            r"may have one of conditions \[B, width\]",
        ),
        (
            lambda g, d: (g, keras.Model(d.input, [d.output, d.output])),
            "must have one output; has 2",
        ),
    ],
)
def test_networks_that_do_not_fit_together_are_refused(changed, message):
    generator, discriminator = changed(*networks().values())
    with pytest.raises(ValueError, match=message):
        GAN(generator=generator, discriminator=discriminator)


def test_a_subclassed_generator_is_refused_in_a_sentence():
    class Subclassed(keras.Model):
        def build(self, input_shape):
            self.built = True

    generator = Subclassed()
    generator.build((None, 5))
    with pytest.raises(ValueError, match="must be a Sequential or functional model"):
        GAN(generator=generator, discriminator=networks()["discriminator"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (tf.data.Dataset.from_tensor_slices(IMAGES), "call dataset.batch"),
        (tf.data.Dataset.from_tensor_slices({"image": IMAGES}).batch(4), "dictionary of image"),
        (tf.data.Dataset.from_tensor_slices(IMAGES.astype(np.uint8)).batch(4), "got uint8"),
        (
            tf.data.Dataset.from_tensor_slices((IMAGES, np.ones(16), np.ones(16))).batch(4),
            "sample_weight",
        ),
    ],
    ids=["unbatched", "dictionary", "uint8", "weights"],
)
def test_batches_that_cannot_be_trained_on_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        new_gan().fit(data, shuffle=False, verbose=0)


def test_a_loss_of_another_kind_is_refused():
    with pytest.raises(ValueError, match=r"must be one of .*AdversarialLoss"):
        new_gan(loss=keras.losses.BinaryCrossentropy())
