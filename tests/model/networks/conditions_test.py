"""Networks with conditions, in every family."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.conditional_affine import ConditionalAffine
from kerasgan.model.layers import BatchNormalization, SpectralDense, iterate_spectral_norms
from kerasgan.model.networks.families import FAMILIES

WIDTH = 3
CONDITIONS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.5, -1]], np.float32)
VARIANTS = [  # family, options of G and of D
    ("dcgan", {"skip_sums": True}, {"normalization": "spectral", "minibatch_deviation": True}),
    ("dcgan", {"normalization": "spectral"}, {"normalization": "none"}),
    ("dcgan", {"normalization": "none"}, {"normalization": "batch"}),
    ("resnet", {"skip_sums": True}, {"minibatch_deviation": True}),
    ("resnet", {"normalization": "spectral"}, {"normalization": "none"}),
    ("resnet", {"normalization": "none"}, {}),
    ("r3gan", {}, {}),
]
# The sums of the initial weights of both networks, from before there were conditions.
SUMS_BEFORE = {
    "dcgan": (125.640189, 95.3138569),
    "resnet": (1408.21814, 1158.38422),
    "r3gan": (3162.44669, 2854.31793),
}


def build(family, g_options, d_options, condition_width=WIDTH, **options):
    options = {"condition_width": condition_width, "base_filters": 4, **options}
    builders = FAMILIES[family]
    return (
        builders.build_generator((32, 32, 3), latent_dim=6, **g_options, **options),
        builders.build_discriminator((32, 32, 3), **d_options, **options),
    )


def shake(*networks):
    """Other weights, as training leaves them: at the start many are zero."""
    for network in networks:
        for index, weight in enumerate(network.trainable_variables):
            noise = tf.random.stateless_normal(weight.shape, seed=[index, 7], dtype=weight.dtype)
            weight.assign_add(0.1 * noise)


def conditions():
    return tf.constant(CONDITIONS)


def latents(count=4):
    return tf.random.stateless_normal([count, 6], seed=[1, 2])


@pytest.mark.parametrize("family", FAMILIES)
def test_without_conditions_networks_begin_as_they_always_did(family):
    keras.utils.set_random_seed(3)
    networks = build(family, {}, {}, condition_width=0)
    for network, total in zip(networks, SUMS_BEFORE[family], strict=True):
        weights = [np.sum(np.abs(weight), dtype=np.float64) for weight in network.get_weights()]
        np.testing.assert_allclose(np.sum(weights), total, rtol=1e-6)
        assert len(network.inputs) == 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_images_and_logits_depend_on_the_conditions(variant):
    generator, discriminator = build(*variant)
    shake(generator, discriminator)
    assert generator.input_shape == [(None, 6), (None, WIDTH)]
    assert discriminator.input_shape == [(None, 32, 32, 3), (None, WIDTH)]
    same = tf.repeat(latents(1), 4, axis=0)
    images = generator([same, conditions()], training=False)
    assert images.shape == (4, 32, 32, 3)
    for one in range(4):
        for other in range(one):
            assert np.abs(images[one] - images[other]).max() > 1e-3
    logits = discriminator([tf.repeat(images[:1], 4, axis=0), conditions()], training=False).numpy()
    assert logits.shape == (4, 1) and len(set(logits.ravel())) == 4


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_logit_is_that_of_the_image_plus_the_projection(variant):
    _, discriminator = build(*variant)
    shake(discriminator)
    images = tf.random.stateless_uniform([4, 32, 32, 3], [3, 4], -1, 1)
    plain, agreement = discriminator.get_layer("conditional_logits").input
    embedding, features = agreement._keras_history.operation.input
    inside = keras.Model(discriminator.inputs, [plain, embedding, features])

    def parts(images, conditions):
        conditions = tf.constant(conditions, tf.float32)
        return [part.numpy() for part in inside([images, conditions], training=False)]

    plain, embedding, features = parts(images, CONDITIONS)
    expected = plain + (embedding * features).sum(axis=1, keepdims=True)
    logits = discriminator([images, tf.constant(CONDITIONS, tf.float32)], training=False)
    np.testing.assert_allclose(logits, expected, rtol=1e-3, atol=1e-5 * np.abs(plain).max())
    # Images alone decide the first and the last, conditions alone the embedding, and no number of
    # a condition is without effect.
    others = parts(images, CONDITIONS[::-1])
    np.testing.assert_array_equal(others[0], plain)
    np.testing.assert_array_equal(others[2], features)
    np.testing.assert_allclose(others[1], embedding[::-1], rtol=1e-4, atol=1e-5)
    nothing, *each = parts(images, np.concatenate([np.zeros([1, WIDTH]), np.eye(WIDTH)]))[1]
    assert all(np.abs(one - nothing).max() > 0 for one in each)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_weight_learns(variant):
    generator, discriminator = build(*variant)
    shake(generator, discriminator)
    with tf.GradientTape() as tape:
        images = generator([latents(), conditions()], training=True)
        logits = discriminator([images, conditions()], training=True)
        loss = tf.reduce_sum(tf.square(logits - 1))
    weights = generator.trainable_variables + discriminator.trainable_variables
    for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
        assert np.any(gradient), weight.path


@pytest.mark.parametrize("variant", VARIANTS)
def test_conditions_learn_from_the_first_step(variant):
    generator, _ = build(*variant)
    with tf.GradientTape() as tape:
        images = generator([latents(), conditions()], training=True)
        loss = tf.reduce_sum(tf.square(images - tf.linspace(-1.0, 1.0, 32)[:, None]))
    gradients = tape.gradient(loss, generator.trainable_variables)
    of_conditions = [
        np.any(gradient)
        for weight, gradient in zip(generator.trainable_variables, gradients, strict=True)
        if weight.shape[0] == WIDTH and len(weight.shape) == 2
    ]
    assert any(of_conditions)


@pytest.mark.slow
@pytest.mark.parametrize(
    "variant", [variant for variant in VARIANTS if variant[2].get("normalization") != "batch"]
)
def test_a_penalty_on_slopes_has_the_right_gradient(variant):
    keras.utils.set_random_seed(3)
    family, _, d_options = variant
    discriminator = FAMILIES[family].build_discriminator(
        (32, 32, 3), base_filters=4, condition_width=WIDTH, precision="float64", **d_options
    )
    shake(discriminator)
    images = tf.random.stateless_normal([4, 32, 32, 3], seed=[5, 6], dtype=tf.float64)
    asked = tf.constant(CONDITIONS, tf.float64)
    weights = discriminator.trainable_variables
    directions = [
        tf.random.stateless_normal(weight.shape, seed=[index, 8], dtype=tf.float64)
        for index, weight in enumerate(weights)
    ]
    before = [weight.numpy() for weight in weights]

    @tf.function
    def penalty():
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = tf.reduce_sum(tf.sin(discriminator([images, asked], training=True)))
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
    step = 1e-9  # so short that no activation passes its kink
    numeric = (penalty_at(step) - penalty_at(-step)) / (2 * step)
    np.testing.assert_allclose(slope, numeric, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_clones_and_files_give_the_same_images_and_logits(variant, tmp_path):
    generator, discriminator = build(*variant)
    shake(generator, discriminator)
    images = generator([latents(), conditions()])
    for network, inputs in ((generator, latents()), (discriminator, images)):
        clone = keras.models.clone_model(network)
        clone.set_weights(network.get_weights())
        network.save(tmp_path / "network.keras")
        for copy in (clone, keras.models.load_model(tmp_path / "network.keras")):
            np.testing.assert_array_equal(
                network([inputs, conditions()]), copy([inputs, conditions()])
            )


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_half_precision_is_full_precision_rounded(variant):
    results = []
    real_images = tf.random.stateless_uniform([4, 32, 32, 3], [3, 4], -1, 1)
    for policy in ("float32", "mixed_bfloat16"):
        keras.utils.set_random_seed(3)
        generator, discriminator = build(*variant, precision=policy)
        images = generator([latents(), conditions()], training=True)
        logits = discriminator([real_images, conditions()], training=True)
        assert {weight.dtype for weight in generator.weights + discriminator.weights} == {"float32"}
        assert images.dtype == logits.dtype == "float32"
        results.append((images, logits))
    for full, half in zip(*results, strict=True):
        scale = float(tf.reduce_max(tf.abs(full)))
        np.testing.assert_allclose(half, full, atol=0.08 * scale)


@pytest.mark.parametrize("family", ["dcgan", "resnet"])
def test_the_embedding_has_spectral_norm_where_the_discriminator_has(family):
    discriminator = FAMILIES[family].build_discriminator(
        (32, 32, 3), base_filters=4, normalization="spectral", condition_width=WIDTH
    )
    (embedding,) = [
        layer
        for layer in discriminator.layers
        if isinstance(layer, SpectralDense) and layer.kernel.shape[0] == WIDTH
    ]
    for _ in range(100):
        iterate_spectral_norms(discriminator)
    kernel = embedding.effective_kernel(tf.convert_to_tensor(embedding.kernel))
    largest = np.linalg.svd(kernel, compute_uv=False)[0]
    np.testing.assert_allclose(largest, 1.0, rtol=1e-4)


def test_batch_norm_is_conditional_in_resnet_alone_and_begins_alike_for_all():
    generator, _ = build("resnet", {}, {})
    affine = [layer for layer in generator.layers if isinstance(layer, ConditionalAffine)]
    norms = [layer for layer in generator.layers if isinstance(layer, BatchNormalization)]
    assert len(affine) == len(norms) == 7
    images = generator([tf.repeat(latents(1), 4, axis=0), conditions()], training=False)
    np.testing.assert_array_equal(images, tf.repeat(images[:1], 4, axis=0))
    for other in (build("dcgan", {}, {})[0], build("resnet", {"normalization": "none"}, {})[0]):
        assert not any(isinstance(layer, ConditionalAffine) for layer in other.layers)


def test_a_conditional_affine_by_hand():
    layer = ConditionalAffine()
    features = np.arange(2 * 1 * 2 * 2, dtype=np.float32).reshape(2, 1, 2, 2)
    conditions = np.array([[1, 0], [0.5, -1]], np.float32)
    layer([features, conditions])
    np.testing.assert_array_equal(layer([features, conditions]), features)  # at the start
    gain = np.array([[0.5, -1.0], [2.0, 0.25]], np.float32)
    offset = np.array([[1.0, 2.0], [-4.0, 8.0]], np.float32)
    layer.set_weights([gain, offset])
    expected = np.stack(
        [
            features[0] * [1.5, 0.0] + [1.0, 2.0],
            features[1] * [1 + 0.25 - 2, 1 - 0.5 - 0.25] + [0.5 + 4, 1 - 8],
        ]
    )
    np.testing.assert_allclose(layer([features, conditions]), expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_negative_width_is_named(family):
    for builder in ("build_generator", "build_discriminator"):
        with pytest.raises(ValueError, match="condition_width=-1: must be at least 0"):
            getattr(FAMILIES[family], builder)((32, 32, 3), base_filters=4, condition_width=-1)
