import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.layers import (
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    LeakyReLU,
    SpectralConv2D,
    SpectralConv2DTranspose,
    SpectralDense,
)
from kerasgan.model.networks.dcgan import build_discriminator, build_generator


def trainable_count(network):
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_variables)


def test_parameter_counts_of_the_reference_dcgan():
    assert trainable_count(build_generator((64, 64, 3))) == 3_576_704
    assert trainable_count(build_discriminator((64, 64, 3))) == 2_765_568


def test_parameter_counts_of_options():
    sums = 3 * (512 + 256 + 128 + 64)  # at 4, 8, 16 and 32 pixels
    assert trainable_count(build_generator((64, 64, 3), skip_sums=True)) == 3_576_704 + sums
    batch_norms = 2 * (512 + 256 + 128 + 64)
    plain = build_generator((64, 64, 3), normalization="none")
    assert trainable_count(plain) == 3_576_704 - batch_norms
    spectral = build_generator((64, 64, 3), normalization="spectral")
    assert trainable_count(spectral) == 3_576_704
    last_kernel = 4 * 4 * 1
    discriminator = build_discriminator((64, 64, 3), minibatch_deviation=True)
    assert trainable_count(discriminator) == 2_765_568 + last_kernel


def test_spectral_norm_is_on_every_layer_of_the_generator():
    network = build_generator((32, 32, 3), base_filters=4, normalization="spectral", skip_sums=True)
    layers = [layer for layer in network.layers if hasattr(layer, "kernel")]
    assert {type(layer) for layer in layers} == {
        SpectralConv2D,
        SpectralConv2DTranspose,
        SpectralDense,
    }


def test_skip_sums_add_upsampled_sums_to_the_last_layers_image():
    generator = build_generator((16, 16, 1), latent_dim=3, base_filters=2, skip_sums=True)
    latents = tf.random.stateless_normal([2, 3], seed=[1, 2])
    to_rgb = [layer for layer in generator.layers if isinstance(layer, Conv2D)]
    last = [layer for layer in generator.layers if isinstance(layer, Conv2DTranspose)][-1]
    parts = keras.Model(generator.input, [*(layer.output for layer in to_rgb), last.output])
    at_4, at_8, details = parts(latents)
    at_8 += tf.image.resize(at_4, [8, 8])
    expected = tf.tanh(details + tf.image.resize(at_8, [16, 16]))
    np.testing.assert_allclose(generator(latents), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("image_shape", "base_grid"),
    [
        ((16, 16, 3), (4, 4)),
        ((24, 24, 1), (6, 6)),
        ((32, 32, 3), (4, 4)),
        ((40, 40, 1), (5, 5)),
        ((64, 48, 3), (8, 6)),
        ((112, 80, 1), (7, 5)),
        ((128, 128, 3), (4, 4)),
        ((16, 104, 3), (4, 26)),
    ],
)
def test_any_size_from_its_base_grid(image_shape, base_grid):
    generator = build_generator(image_shape, latent_dim=7, base_filters=4)
    discriminator = build_discriminator(image_shape, base_filters=4)
    grids = [layer.output.shape[1:3] for layer in generator.layers if len(layer.output.shape) == 4]
    assert grids[0] == base_grid
    images = generator(tf.random.stateless_normal([2, 7], seed=[0, 0]))
    assert images.shape == (2, *image_shape)
    assert float(tf.reduce_max(tf.abs(images))) <= 1.0
    assert discriminator(images).shape == (2, 1)


def test_layers_follow_the_paper():
    generator = build_generator((64, 64, 3))
    discriminator = build_discriminator((64, 64, 3))
    kinds = [type(layer) for layer in discriminator.layers[1:]]
    block = [Conv2D, BatchNormalization, LeakyReLU]
    head = [Conv2D, keras.layers.Reshape]
    assert kinds == [block[0], block[2], *block * 3, *head]  # no batch norm on D's input layer
    assert all(
        layer.negative_slope == 0.2
        for layer in discriminator.layers
        if isinstance(layer, keras.layers.LeakyReLU)
    )
    last = generator.layers[-1]
    assert isinstance(last, Conv2DTranspose)  # nor on G's output
    assert last.activation is keras.activations.tanh
    for network in (generator, discriminator):
        for layer in network.layers:
            if isinstance(layer, keras.layers.Conv2D | keras.layers.Conv2DTranspose):
                assert layer.kernel_size == (4, 4)
                np.testing.assert_allclose(np.std(layer.kernel), 0.02, rtol=0.05)
            if isinstance(layer, BatchNormalization):
                np.testing.assert_allclose(np.std(layer.gamma), 0.02, rtol=0.4)
                np.testing.assert_allclose(np.mean(layer.gamma), 1.0, atol=0.01)


def test_channels_double_with_every_halving_up_to_eight_times():
    discriminator = build_discriminator((256, 256, 3), base_filters=2)
    filters = [
        layer.filters for layer in discriminator.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert filters == [2, 4, 8, 16, 16, 16, 1]


def test_normalization_of_the_discriminator():
    def kinds(normalization):
        network = build_discriminator((32, 32, 3), base_filters=4, normalization=normalization)
        return {type(layer) for layer in network.layers}

    assert BatchNormalization in kinds("batch")
    assert SpectralConv2D not in kinds("batch")
    assert BatchNormalization not in kinds("spectral")
    assert SpectralConv2D in kinds("spectral")
    assert Conv2D not in kinds("spectral")  # on every layer
    assert kinds("none").isdisjoint({BatchNormalization, SpectralConv2D})


def test_a_seed_decides_the_weights():
    def weights(seed):
        keras.utils.set_random_seed(seed)
        return build_generator((16, 16, 1), base_filters=4).get_weights()

    assert all(map(np.array_equal, weights(1), weights(1)))
    assert not all(map(np.array_equal, weights(1), weights(2)))


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("normalization", ["batch", "spectral"])
def test_half_precision_stays_inside_the_networks(precision, normalization):
    half = precision.removeprefix("mixed_")
    generator = build_generator((16, 16, 3), base_filters=4, precision=precision)
    discriminator = build_discriminator(
        (16, 16, 3), base_filters=4, normalization=normalization, precision=precision
    )
    for network in (generator, discriminator, keras.models.clone_model(generator)):
        assert {weight.dtype for weight in network.weights} == {"float32"}
        assert network.inputs[0].dtype == network.outputs[0].dtype == "float32"
        assert network.layers[2].output.dtype == half
    assert discriminator.layers[-2].compute_dtype == "float32"  # a logit needs its digits
    assert keras.config.dtype_policy().name == "float32"  # nothing global has changed


def test_half_precision_is_full_precision_rounded():
    latents = tf.random.stateless_normal([8, 6], seed=[1, 1])
    networks = []
    for precision in ("float32", "mixed_bfloat16", "mixed_float16"):
        keras.utils.set_random_seed(3)
        generator = build_generator((16, 16, 3), latent_dim=6, base_filters=4, precision=precision)
        discriminator = build_discriminator(
            (16, 16, 3), base_filters=4, normalization="spectral", precision=precision
        )
        images = generator(latents, training=True)
        networks.append((images, discriminator(images, training=True)))
    for images, logits in networks[1:]:
        np.testing.assert_allclose(images, networks[0][0], atol=0.02)
        np.testing.assert_allclose(logits, networks[0][1], atol=0.02)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: build_generator((64, 8, 3)), "width=8: must be at least 16"),
        (lambda: build_generator((64, 64, 2)), "channels=2: must be 1, 3 or 4"),
        (lambda: build_generator((64, 64, 3), latent_dim=0), "latent_dim=0: must be at least 1"),
        (
            lambda: build_discriminator((64, 64, 3), base_filters=0),
            "base_filters=0: must be at least 1",
        ),
        (
            lambda: build_discriminator((64, 64, 3), normalization="layer"),
            "normalization='layer': must be batch, spectral or none",
        ),
    ],
)
def test_bad_arguments_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
