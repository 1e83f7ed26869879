import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.networks.families import FAMILIES
from kerasgan.model.networks.shared import halvings

OPTIONS = {  # of G and of D, that change what is built
    "dcgan": [
        ({}, {}),
        ({"skip_sums": True}, {"normalization": "spectral", "minibatch_deviation": True}),
        ({"normalization": "spectral", "skip_sums": True}, {"normalization": "none"}),
        ({"normalization": "none"}, {"normalization": "batch", "minibatch_deviation": True}),
    ],
    "resnet": [
        ({}, {}),
        ({"skip_sums": True}, {"minibatch_deviation": True}),
        ({"normalization": "spectral", "skip_sums": True}, {}),
        ({"normalization": "none"}, {"normalization": "none"}),
    ],
    "r3gan": [({}, {})],
}
VARIANTS = [(family, *options) for family, each in OPTIONS.items() for options in each]


def build(family, g_options, d_options, image_shape=(32, 32, 3), **options):
    builders = FAMILIES[family]
    return (
        builders.build_generator(image_shape, latent_dim=6, base_filters=4, **g_options, **options),
        builders.build_discriminator(image_shape, base_filters=4, **d_options, **options),
    )


def latents(count=4):
    return tf.random.stateless_normal([count, 6], seed=[1, 2])


def test_all_families_take_the_same_arguments():
    for builder in ("build_generator", "build_discriminator"):
        first, *others = (
            inspect.signature(getattr(family, builder)).parameters for family in FAMILIES.values()
        )
        assert all(list(other) == list(first) for other in others)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("image_shape", [(40, 32, 1), (64, 48, 3), (16, 51, 3)])
def test_shapes_for_any_size(variant, image_shape):
    generator, discriminator = build(*variant, image_shape)
    images = generator(latents(), training=True)
    assert generator.input_shape == (None, 6)
    assert generator.output_shape == discriminator.input_shape == (None, *image_shape)
    assert images.shape == (4, *image_shape)
    assert discriminator(images, training=True).shape == (4, 1)


@pytest.mark.parametrize(
    ("image_shape", "grids"),
    [
        ((28, 28, 1), [(28, 28), (14, 14), (7, 7)]),
        ((50, 150, 3), [(56, 152), (28, 76), (14, 38), (7, 19)]),
        ((17, 33, 1), [(20, 36), (10, 18), (5, 9)]),
        ((24, 24, 3), [(24, 24), (12, 12), (6, 6)]),
        ((65, 32, 3), [(72, 32), (36, 16), (18, 8), (9, 4)]),
        ((64, 64, 3), [(64, 64), (32, 32), (16, 16), (8, 8), (4, 4)]),
    ],
)
def test_what_cannot_be_halved_far_is_a_part_of_what_can(image_shape, grids):
    assert halvings(image_shape) == grids


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("image_shape", "whole"), [((17, 33, 1), (20, 36, 1)), ((28, 28, 3),) * 2])
def test_other_sizes_are_cut_out_and_padded_exactly(family, image_shape, whole):
    small, large = build(family, {}, {}, image_shape), build(family, {}, {}, whole)
    random = np.random.default_rng(0)  # some weights begin at 0
    for one, other in zip(small, large, strict=True):
        weights = [weight + random.normal(0, 0.1, weight.shape) for weight in one.get_weights()]
        one.set_weights(weights)
        other.set_weights(weights)
    images = small[0](latents(), training=False).numpy()
    top, left = (whole[0] - image_shape[0]) // 2, (whole[1] - image_shape[1]) // 2
    inside = (slice(None), slice(top, top + image_shape[0]), slice(left, left + image_shape[1]))
    np.testing.assert_array_equal(images, large[0](latents(), training=False).numpy()[inside])
    assert images.std() > 0
    framed = np.zeros([len(images), *whole], np.float32)
    framed[inside] = images
    np.testing.assert_array_equal(small[1](images), large[1](framed))


@pytest.mark.parametrize("family", ["dcgan", "resnet"])
def test_images_from_16_pixels_lie_between_minus_1_and_1(family):
    images = build(family, {"skip_sums": True}, {}, (16, 24, 1))[0](100 * latents())
    assert images.shape == (4, 16, 24, 1)
    assert float(tf.reduce_max(tf.abs(images))) <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_clones_and_files_give_the_same_images_and_logits(variant, tmp_path):
    generator, discriminator = build(*variant)
    images = generator(latents())
    for network, inputs in ((generator, latents()), (discriminator, images)):
        network.set_weights(
            [
                weight + 0.1 * np.sin(np.arange(weight.size)).reshape(weight.shape)
                for weight in network.get_weights()
            ]
        )
        clone = keras.models.clone_model(network)
        clone.set_weights(network.get_weights())
        network.save(tmp_path / "network.keras")
        for copy in (clone, keras.models.load_model(tmp_path / "network.keras")):
            np.testing.assert_array_equal(network(inputs), copy(inputs))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_weight_learns(variant):
    generator, discriminator = build(*variant)
    for network in (generator, discriminator):  # those that begin at zero block others
        for weight in network.trainable_variables:
            if not np.any(weight):
                weight.assign(0.1 * np.cos(np.arange(weight.numpy().size)).reshape(weight.shape))
    with tf.GradientTape() as tape:
        logits = discriminator(generator(latents(), training=True), training=True)
        loss = tf.reduce_sum(tf.square(logits - 1))
    weights = generator.trainable_variables + discriminator.trainable_variables
    for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
        assert np.any(gradient), weight.path


@pytest.mark.parametrize(
    "variant", [variant for variant in VARIANTS if "batch" not in str(variant)]
)
def test_a_penalty_on_slopes_has_the_right_gradient(variant):
    family, _, d_options = variant
    keras.utils.set_random_seed(3)
    discriminator = FAMILIES[family].build_discriminator(
        (32, 32, 1), base_filters=4, precision="float64", **{"normalization": "none", **d_options}
    )
    images = tf.random.stateless_normal([4, 32, 32, 1], seed=[5, 6], dtype=tf.float64)
    weights = discriminator.trainable_variables
    for index, weight in enumerate(weights):
        noise = tf.random.stateless_normal(weight.shape, seed=[index, 7], dtype=tf.float64)
        weight.assign_add(0.1 * noise)
    directions = [
        tf.random.stateless_normal(weight.shape, seed=[index, 8], dtype=tf.float64)
        for index, weight in enumerate(weights)
    ]
    before = [weight.numpy() for weight in weights]

    @tf.function
    def penalty():
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = tf.reduce_sum(tf.sin(discriminator(images, training=True)))
        return tf.reduce_mean(tf.square(tape.gradient(logits, images)))

    def penalty_at(offset):
        for weight, value, direction in zip(weights, before, directions, strict=True):
            weight.assign(value + offset * direction)
        return float(penalty())

    @tf.function
    def slope_of_penalty():
        with tf.GradientTape() as tape:
            value = penalty()
        gradients = tape.gradient(value, weights, unconnected_gradients="zero")
        return tf.add_n([tf.reduce_sum(a * b) for a, b in zip(gradients, directions, strict=True)])

    slope = float(slope_of_penalty())
    numeric = (penalty_at(1e-7) - penalty_at(-1e-7)) / 2e-7
    np.testing.assert_allclose(slope, numeric, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_half_precision_is_full_precision_rounded(variant, precision):
    results = []
    real_images = tf.random.stateless_uniform([8, 32, 32, 3], [3, 4], -1, 1)
    for policy in ("float32", precision):
        keras.utils.set_random_seed(3)
        generator, discriminator = build(*variant, precision=policy)
        images = generator(latents(8), training=True)
        logits = discriminator(real_images, training=True)
        assert {weight.dtype for weight in generator.weights + discriminator.weights} == {"float32"}
        assert images.dtype == logits.dtype == "float32"
        results.append((images, logits))
    for full, half in zip(*results, strict=True):
        scale = float(tf.reduce_max(tf.abs(full)))
        np.testing.assert_allclose(half, full, atol=0.06 * scale)


@pytest.mark.parametrize(
    ("family", "builder", "image_shape", "options", "message"),
    [
        ("r3gan", "build_discriminator", (32, 15, 3), {}, "width=15: must be at least 16"),
        ("resnet", "build_generator", (8, 32, 3), {}, "height=8: must be at least 16"),
        ("resnet", "build_discriminator", (32, 32, 2), {}, "channels=2: must be 1, 3 or 4"),
        ("resnet", "build_discriminator", (32, 32, 3), {"normalization": "batch"},
         "normalization='batch': must be spectral or none"),
        ("r3gan", "build_generator", (32, 32, 3), {"normalization": "batch"},
         "normalization='batch': must be none"),
        ("r3gan", "build_generator", (32, 32, 3), {"skip_sums": True},
         "skip_sums=True: must be False"),
        ("r3gan", "build_discriminator", (32, 32, 3), {"minibatch_deviation": True},
         "minibatch_deviation=True: must be False"),
        ("dcgan", "build_generator", (32, 32, 3), {"normalization": "layer"},
         "normalization='layer': must be batch, spectral or none"),
        ("r3gan", "build_generator", (32, 32, 3), {"latent_dim": 0},
         "latent_dim=0: must be at least 1"),
        ("resnet", "build_discriminator", (32, 32, 3), {"base_filters": 0},
         "base_filters=0: must be at least 1"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(family, builder, image_shape, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(FAMILIES[family], builder)(image_shape, **options)
