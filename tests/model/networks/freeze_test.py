"""The first parts of a discriminator, held in training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.gan import GAN
from kerasgan.model.networks.dcgan import build_generator
from kerasgan.model.networks.families import FAMILIES

IMAGES = tf.random.stateless_uniform([4, 32, 32, 3], seed=[1, 2], minval=-1, maxval=1)
RATE = 0.05


def discriminator(family, freeze, **options):
    keras.utils.set_random_seed(4)
    build = FAMILIES[family].build_discriminator
    return build((32, 32, 3), base_filters=2, freeze=freeze, **options)


def held(network):
    """The first weight's shape of each layer that is held."""
    return [
        tuple(layer.weights[0].shape)
        for layer in network.layers
        if layer.weights and not layer.trainable
    ]


@pytest.mark.parametrize(
    ("family", "options", "expected"),
    [
        # Convolutions at 32, 16 and 8 pixels; batch norm from the second on.
        ("dcgan", {"normalization": "batch"}, {1: [(4, 4, 3, 2)]}),
        ("dcgan", {"normalization": "batch"}, {2: [(4, 4, 3, 2), (4, 4, 2, 4), (4,)]}),
        # Blocks that halve 32, 16 and 8 pixels: 3x3, 3x3 and the shortcut.
        ("resnet", {}, {1: [(3, 3, 3, 2), (3, 3, 2, 2), (1, 1, 3, 2)]}),
        # The convolution from colours, and two blocks at 32 pixels.
        (
            "r3gan",
            {"normalization": "none"},
            {1: [(1, 1, 3, 2)] + 2 * [(1, 1, 2, 4), (3, 3, 4, 4), (1, 1, 4, 2)]},
        ),
    ],
)
def test_parts_are_those_near_the_image(family, options, expected):
    ((count, shapes),) = expected.items()
    assert sorted(held(discriminator(family, count, **options))) == sorted(shapes)


@pytest.mark.parametrize("family", FAMILIES)
def test_as_many_as_there_are_may_be_held_and_no_more(family):
    options = {"normalization": "none"} if family == "r3gan" else {}
    limit = FAMILIES[family].freezable((32, 32, 3))
    assert limit == {"dcgan": 3, "resnet": 4, "r3gan": 4}[family]
    network = discriminator(family, limit, condition_width=2, **options)
    last = [layer for layer in network.layers if layer.weights and layer.trainable]
    assert 3 <= len(last) <= 4  # the last layer, two of conditions, and a basis
    assert held(discriminator(family, 0, **options)) == []
    for count in (limit + 1, -1, 1.5):
        with pytest.raises(ValueError, match=rf"freeze={count}: must be an int from 0 to {limit}"):
            discriminator(family, count, **options)


def new_gan(freeze, normalization, optimizer):
    keras.utils.set_random_seed(5)  # of the generator
    gan = GAN(
        generator=build_generator((32, 32, 3), latent_dim=5, base_filters=2),
        discriminator=discriminator("dcgan", freeze, normalization=normalization),
    )
    gan.compile(
        g_optimizer=optimizer(RATE),
        d_optimizer=optimizer(RATE),
        penalty="r1",
        penalty_weight=3.0,
        run_eagerly=True,
    )
    return gan


def test_what_is_trained_learns_as_ever_and_the_norm_is_of_what_is_applied(float64):
    gans = [new_gan(freeze, "none", keras.optimizers.SGD) for freeze in (0, 2)]
    before, same = (gan.discriminator.get_weights() for gan in gans)
    free_logs, logs = (gan.train_on_batch(IMAGES, return_dict=True) for gan in gans)
    free, frozen = (gan.discriminator.get_weights() for gan in gans)
    steps = []
    for index, (old, whole, part) in enumerate(zip(before, free, frozen, strict=True)):
        np.testing.assert_array_equal(same[index], old)
        steps.append((whole - old) / RATE)
        if index < 4:  # two kernels and two biases
            np.testing.assert_array_equal(part, old)
            assert np.abs(steps[-1]).max() > 0
        else:  # the penalty's gradient through held layers, too
            np.testing.assert_allclose(part, whole, rtol=1e-9, atol=1e-12)
    norms = [np.sqrt(sum(np.sum(step**2) for step in part)) for part in (steps, steps[4:])]
    np.testing.assert_allclose(free_logs["d_gradient_norm"], norms[0], rtol=1e-9)
    np.testing.assert_allclose(logs["d_gradient_norm"], norms[1], rtol=1e-9)
    np.testing.assert_allclose(logs["d_penalty"], free_logs["d_penalty"], rtol=1e-9)


@pytest.mark.parametrize("normalization", ["batch", "spectral"])
def test_statistics_and_singular_vectors_are_held_too(normalization):
    gan = new_gan(2, normalization, keras.optimizers.Adam)
    network = gan.discriminator
    before = {weight.path: weight.numpy() for weight in network.weights}
    for _ in range(2):
        gan.train_on_batch(IMAGES)
    changed = {w.path for w in network.weights if not np.array_equal(w, before[w.path])}
    trained = {weight.path for weight in network.trainable_variables}
    held_weights = {
        w.path for layer in network.layers if not layer.trainable for w in layer.weights
    }
    assert trained < changed  # and so have statistics or singular vectors
    assert held_weights and not held_weights & changed
    # Adam keeps two values for each trained variable, and the step and the rate.
    assert len(gan.d_optimizer.variables) == 2 + 2 * len(trained)


def test_held_batch_norm_does_not_look_at_the_batch():
    network = discriminator("dcgan", 3, normalization="batch")
    logits = network(IMAGES, training=True)
    np.testing.assert_allclose(logits[:1], network(IMAGES[:1], training=True), atol=1e-6)
    free = discriminator("dcgan", 0, normalization="batch")
    assert np.abs(free(IMAGES, training=True)[:1] - free(IMAGES[:1], training=True)).max() > 1e-4
