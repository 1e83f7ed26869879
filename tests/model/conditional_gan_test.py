"""GAN with conditional networks: what labels may be, and what a step does with them."""

import copy
import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from kerasgan.model.gan import GAN, UPDATE_ORDERS
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.model.optimizers import Adam
from kerasgan.model.random_streams import StepStream
from kerasgan.model.regularized_model import Augmentation

IMAGES = np.random.default_rng(0).uniform(-1, 1, [16, 16, 16, 1]).astype(np.float32)
CLASSES = np.arange(16) % 3
ONE_HOT = np.eye(3, dtype=np.float32)[CLASSES]


def new_gan(width=3, **options):
    keras.utils.set_random_seed(1)
    gan = GAN(
        generator=build_generator((16, 16, 1), latent_dim=5, base_filters=4, condition_width=width),
        discriminator=build_discriminator(
            (16, 16, 1), base_filters=4, normalization="spectral", condition_width=width
        ),
        update_order=options.pop("update_order", "simultaneous"),
        d_steps=options.pop("d_steps", 1),
        seed=3,
    )
    settings = {"g_optimizer": Adam(1e-3), "d_optimizer": Adam(2e-3), "loss": "relativistic"}
    gan.compile(**{**settings, **options})
    return gan


def fit(gan, labels, **options):
    return gan.fit(
        IMAGES, labels, **{"batch_size": 4, "shuffle": False, "verbose": 0, **options}
    ).history


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def conditional_lines(update_order, penalty):
    """G(z, k) = 0.5 z + e[k] + 0.2 against D(x, k) = (0.8 + v[k]) x - 0.1, for two classes."""

    def dense(weights, bias=None):
        layer = layers.Dense(1, use_bias=bias is not None)
        layer.build([None, len(weights)])
        kernel = np.array(weights, np.float32)[:, None]
        layer.set_weights([kernel] if bias is None else [kernel, np.array([bias], np.float32)])
        return layer

    latents, images, conditions = (keras.Input([size]) for size in (1, 1, 2))
    moved = layers.Add()([dense([0.5], 0.2)(latents), dense([0.4, -0.3])(conditions)])
    agreement = layers.Dot(axes=1)([dense([0.1, -0.6])(conditions), images])
    logits = layers.Add()([dense([0.8], -0.1)(images), agreement])
    gan = GAN(
        generator=keras.Model([latents, conditions], moved),
        discriminator=keras.Model([images, conditions], logits),
        update_order=update_order,
        seed=3,
    )
    gan.compile(
        g_optimizer=keras.optimizers.SGD(0.3),
        d_optimizer=keras.optimizers.SGD(0.1),
        penalty=penalty,
        penalty_weight=2.0,
        run_eagerly=True,
    )
    return gan


@pytest.mark.parametrize("penalty", ["none", "r1", "r1_r2", "wgan_gp"])
@pytest.mark.parametrize("update_order", UPDATE_ORDERS)
def test_one_conditional_step_is_the_recipe_by_hand(update_order, penalty):
    gan = conditional_lines(update_order, penalty)
    x = np.array([[1.0], [-0.5], [2.0], [0.3]])
    k = np.array([0, 1, 1, 1])
    c = np.eye(2)[k]
    z = tf.random.stateless_normal([4, 1], seed=[3, 0]).numpy().astype(np.float64)
    results = gan.train_step((tf.constant(x, tf.float32), tf.constant(k)))

    a, b, e = 0.5, 0.2, np.array([[0.4], [-0.3]])
    w, c0, v = 0.8, -0.1, np.array([[0.1], [-0.6]])
    fake = a * z + c @ e + b  # asked for the labels of the real ones
    slope = w + c @ v  # of D at each image: real, generated and in between
    real_logits, fake_logits = slope * x + c0, slope * fake + c0
    real_pull, fake_pull = sigmoid(real_logits) - 1, sigmoid(fake_logits)
    value, pull = {
        "none": (0.0, 0.0 * slope),
        "r1": (np.mean(slope**2), 2 * slope),
        "r1_r2": (2 * np.mean(slope**2), 4 * slope),
        "wgan_gp": (
            2 * np.mean((np.abs(slope) - 1) ** 2),
            4 * (np.abs(slope) - 1) * np.sign(slope),
        ),
    }[penalty]
    per_image = real_pull * x + fake_pull * fake + pull
    new_w = w - 0.1 * np.mean(per_image)
    new_v = v - 0.1 * c.T @ per_image / 4
    new_c0 = c0 - 0.1 * np.mean(real_pull + fake_pull)
    if update_order == "alternating":  # G meets the new D
        slope = new_w + c @ new_v
        fake_logits = slope * fake + new_c0
    g_pull = (sigmoid(fake_logits) - 1) * slope
    new_a, new_b = a - 0.3 * np.mean(g_pull * z), b - 0.3 * np.mean(g_pull)
    new_e = e - 0.3 * c.T @ g_pull / 4

    def values(network):
        return np.concatenate([weight.ravel() for weight in network.get_weights()])

    def expected(*parts):
        return np.concatenate([np.ravel(part) for part in parts])

    np.testing.assert_allclose(
        np.sort(values(gan.generator)), np.sort(expected(new_a, new_b, new_e)), rtol=1e-5
    )
    np.testing.assert_allclose(
        np.sort(values(gan.discriminator)), np.sort(expected(new_w, new_c0, new_v)), rtol=1e-5
    )
    if penalty != "none":
        np.testing.assert_allclose(results["d_penalty"], value, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    "labels",
    [
        CLASSES,
        CLASSES[:, None],
        CLASSES.astype(np.uint8),
        ONE_HOT,
        ONE_HOT.astype(np.int64),
        ONE_HOT.astype(bool),
    ],
    ids=["indices", "column", "bytes", "one_hot", "whole_numbers", "truth_values"],
)
def test_classes_may_be_given_in_several_ways(labels):
    data = tf.data.Dataset.from_tensor_slices((IMAGES, labels)).batch(4)
    gan, same = new_gan(), new_gan()
    assert gan.fit(data, shuffle=False, verbose=0).history == fit(same, CLASSES)
    for expected, actual in zip(gan.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.slow
def test_attributes_are_taken_as_they_are():
    values = np.random.default_rng(1).uniform(-1, 1, [16, 3]).astype(np.float32)
    history = fit(new_gan(), values)
    assert history == fit(new_gan(), values) != fit(new_gan(), np.sign(values))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "the networks take conditions; give .samples, labels."),
        (
            np.zeros([16, 2], np.float32),
            r"integers \[n\], or numbers \[n, 3\]; got float32 \(4, 2\)",
        ),
        (np.zeros(16, np.float32), r"must be indices of 3 classes, .*; got float32"),
        (CLASSES + 1, "labels must be 0 to 2, indices of classes"),
        (CLASSES - 1, "labels must be 0 to 2, indices of classes"),
    ],
)
def test_labels_that_cannot_be_meant_are_refused(labels, message):
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=message):
        fit(new_gan(), labels)


def test_weights_of_samples_are_refused_with_labels_too():
    data = tf.data.Dataset.from_tensor_slices((IMAGES, CLASSES, np.ones(16))).batch(4)
    with pytest.raises(ValueError, match="sample_weight"):
        new_gan().fit(data, shuffle=False, verbose=0)


@pytest.mark.parametrize(
    ("g_width", "d_width", "message"),
    [
        (3, 0, r"one takes \[B, 3\], the other none"),
        (0, 2, r"one takes none, the other \[B, 2\]"),
        (3, 2, r"one takes \[B, 3\], the other \[B, 2\]"),
    ],
)
def test_networks_must_take_the_same_conditions(g_width, d_width, message):
    with pytest.raises(ValueError, match=message):
        GAN(
            generator=build_generator((16, 16, 1), base_filters=2, condition_width=g_width),
            discriminator=build_discriminator((16, 16, 1), base_filters=2, condition_width=d_width),
        )


@pytest.mark.slow
def test_images_are_generated_by_seed_and_label():
    gan = new_gan()
    fit(gan, CLASSES)
    images = gan.generate(70, labels=[index % 3 for index in range(70)], seed=5)
    assert images.shape == (70, 16, 16, 1) and images.dtype == np.uint8
    np.testing.assert_array_equal(gan.generate(2, labels=[68 % 3, 69 % 3], seed=73), images[68:])
    np.testing.assert_array_equal(gan.generate(1, labels=2, seed=7), images[2:3])
    np.testing.assert_array_equal(gan.generate(1, labels=[[0, 0, 1.0]], seed=7), images[2:3])
    assert not np.array_equal(gan.generate(1, labels=1, seed=7), images[2:3])
    assert gan.generate(0, labels=1).shape == (0, 16, 16, 1)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "labels=None: the networks take conditions"),
        ([0, 1], "labels: must be 3, one for each image; got 2"),
        (3, "labels must be 0 to 2"),
        ([[0.0, 1.0]] * 3, r"numbers \[n, 3\]"),
    ],
)
def test_labels_of_images_that_cannot_be_generated(labels, message):
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=message):
        new_gan().generate(3, labels=labels)


def test_an_unconditional_gan_has_no_labels_to_ask_for():
    gan = new_gan(width=0)
    with pytest.raises(ValueError, match="the networks are not conditional"):
        gan.generate(1, labels=0)
    with pytest.raises(ValueError, match="conditions=given: the networks take none"):
        gan([np.zeros([1, 5], np.float32), np.zeros([1, 3], np.float32)])
    with pytest.raises(ValueError, match=r"conditions=None: the networks take \[B, 3\]"):
        new_gan()(np.zeros([1, 5], np.float32))


def test_a_call_and_a_prediction_are_of_the_average():
    gan = new_gan()
    fit(gan, CLASSES)
    latents = np.random.default_rng(0).normal(size=[3, 5]).astype(np.float32)
    inputs = [latents, ONE_HOT[:3]]
    np.testing.assert_array_equal(gan(inputs), gan.ema_generator(inputs, training=False))
    np.testing.assert_allclose(gan.predict(inputs, verbose=0), gan(inputs), atol=1e-6)


def test_held_out_images_are_compared_under_their_labels():
    gan = new_gan(loss="non_saturating")
    results = gan.evaluate(IMAGES, CLASSES, batch_size=16, verbose=0, return_dict=True)
    logits = gan.discriminator([IMAGES, ONE_HOT], training=False).numpy()
    np.testing.assert_allclose(results["real_score"], np.mean(sigmoid(logits)), rtol=1e-5)
    others = gan.evaluate(IMAGES, 2 - CLASSES, batch_size=16, verbose=0, return_dict=True)
    assert others["fake_score"] != results["fake_score"]
    with pytest.raises(ValueError, match="labels=None"):
        gan.evaluate(IMAGES, batch_size=16, verbose=0)


def test_with_several_updates_of_d_labels_stay_with_their_images():
    gan = new_gan(d_steps=2)
    seen = []
    door = gan.run_discriminator

    def look(samples, conditions, **options):
        seen.append((samples.numpy(), conditions.numpy()))
        return door(samples, conditions, **options)

    gan.run_eagerly = True
    gan.run_discriminator = look
    gan.train_step((tf.constant(IMAGES), tf.constant(CLASSES)))
    # Twice a real and a generated batch; the generated one is asked for the labels of the real one.
    assert len(seen) == 4
    for (_, of_real), (_, of_fake) in (seen[:2], seen[2:]):
        np.testing.assert_array_equal(of_real, of_fake)
    real = [(s, c) for s, c in seen if any(np.array_equal(s[0], image) for image in IMAGES)]
    assert len(real) == 2
    for update, (samples, conditions) in enumerate(real):
        np.testing.assert_array_equal(samples, IMAGES[update::2])
        np.testing.assert_array_equal(conditions, ONE_HOT[update::2])


@pytest.mark.slow
def test_augmentation_changes_images_and_leaves_conditions():
    gan = new_gan(augmentation=Augmentation(("flip",), probability=1.0), penalty="r1")
    assert all(np.isfinite(values).all() for values in fit(gan, CLASSES).values())
    images, conditions = tf.constant(IMAGES), tf.constant(ONE_HOT)
    logits = gan._judge(images, conditions, StepStream.REAL_AUGMENTATION)
    mirrored = gan.discriminator([images[:, :, ::-1], conditions], training=False)
    plain = gan.discriminator([images, conditions], training=False)
    for logit, *either in zip(logits, mirrored, plain, strict=True):
        assert any(np.allclose(logit, one, rtol=1e-4) for one in either)


def test_a_step_that_is_not_finite_changes_nothing_but_the_counters():
    gan = new_gan()
    images = IMAGES.copy()
    images[2] = np.nan
    before = [(variable, value.numpy()) for variable, value in gan._read_state()]
    gan.fit(images[:4], CLASSES[:4], batch_size=4, verbose=0)
    for variable, value in before:
        np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)
    assert int(gan.nonfinite_steps.numpy()) == 1


@pytest.mark.slow
def test_a_saved_model_continues_bit_for_bit(tmp_path):
    gan = new_gan()
    fit(gan, CLASSES)
    gan.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    for each in (gan, again):
        fit(each, CLASSES)
    for expected, actual in zip(gan.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)
    assert again.condition_width == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda gan: pickle.loads(pickle.dumps(gan)), keras.models.clone_model],
    ids=["deepcopy", "pickle", "clone"],
)
def test_a_copy_takes_the_same_conditions(duplicate):
    gan = new_gan()
    fit(gan, CLASSES)
    other = duplicate(gan)
    assert other.condition_width == 3
    other.set_weights(gan.get_weights())
    np.testing.assert_array_equal(other.generate(2, labels=1), gan.generate(2, labels=1))


def test_an_export_answers_as_the_model_does(tmp_path):
    gan = new_gan()
    gan.export(tmp_path / "exported", verbose=False)
    latents = np.random.default_rng(0).normal(size=[3, 5]).astype(np.float32)
    exported = tf.saved_model.load(tmp_path / "exported")
    inputs = [tf.constant(latents), tf.constant(ONE_HOT[:3])]
    np.testing.assert_allclose(exported.serve(inputs), gan(inputs), atol=1e-6)


@pytest.mark.slow
def test_a_checkpoint_continues_bit_for_bit(tmp_path):
    gan = new_gan()
    fit(gan, CLASSES)
    path = tf.train.Checkpoint(gan=gan).write(str(tmp_path / "checkpoint"))
    again = new_gan()
    tf.train.Checkpoint(gan=again).read(path).assert_existing_objects_matched()
    for each in (gan, again):
        fit(each, CLASSES)
    for expected, actual in zip(gan.variables, again.variables, strict=True):
        np.testing.assert_array_equal(actual, expected, err_msg=actual.path)


@pytest.mark.slow
def test_a_generator_learns_what_it_is_asked_for():
    """Two classes of points in the plane, far apart: each is painted where it belongs."""
    centres = np.array([[2.0, 0.0], [-2.0, 1.0]], np.float32)
    labels = np.random.default_rng(0).integers(0, 2, 6400)
    points = centres[labels] + 0.1 * np.random.default_rng(1).normal(size=[6400, 2])
    latents, conditions, inputs = keras.Input([3]), keras.Input([2]), keras.Input([2])
    x = layers.Dense(16, "relu")(layers.Concatenate()([latents, conditions]))
    features = layers.Dense(16, "relu")(inputs)
    embedding = layers.Dense(16, use_bias=False)(conditions)
    agreement = layers.Dot(axes=1)([embedding, features])
    gan = GAN(
        generator=keras.Model([latents, conditions], layers.Dense(2)(x)),
        discriminator=keras.Model(
            [inputs, conditions], layers.Add()([layers.Dense(1)(features), agreement])
        ),
        ema_decay=0.95,
    )
    gan.compile(g_optimizer=Adam(1e-2, beta_1=0.5), d_optimizer=Adam(1e-2, beta_1=0.5))
    data = tf.data.Dataset.from_tensor_slices((points.astype(np.float32), labels)).batch(64)
    gan.fit(data, epochs=6, shuffle=False, verbose=0)
    for label, centre in enumerate(centres):
        asked = tf.one_hot(tf.fill([500], label), 2)
        samples = gan([tf.random.stateless_normal([500, 3], seed=[0, -1]), asked])
        np.testing.assert_allclose(np.mean(samples, axis=0), centre, atol=0.7)
