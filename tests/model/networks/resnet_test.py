import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.layers import Conv2D, SpectralConv2D, SpectralConv2DTranspose, SpectralDense
from kerasgan.model.networks.resnet import build_discriminator, build_generator


def trainable_count(network):
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_variables)


def convolution(size, inputs, filters):
    return size**2 * inputs * filters + filters


def block(inputs, filters):
    return (
        convolution(3, inputs, filters)
        + convolution(3, filters, filters)
        + convolution(1, inputs, filters)
    )


@pytest.mark.parametrize("skip_sums", [False, True])
def test_parameter_counts_at_64_pixels(skip_sums):
    widths = [512, 512, 256, 128, 64]  # at 4, 8, 16, 32 and 64 pixels
    pairs = list(itertools.pairwise(widths))
    generator = (
        (128 + 1) * 4 * 4 * 512
        + sum(block(*pair) + 2 * sum(pair) for pair in pairs)  # scales and offsets
        + 2 * 64
        + convolution(3, 64, 3)
        + (3 * (512 + 512 + 256 + 128) if skip_sums else 0)
    )
    assert trainable_count(build_generator((64, 64, 3), skip_sums=skip_sums)) == generator


@pytest.mark.parametrize("minibatch_deviation", [False, True])
def test_parameter_counts_of_the_discriminator(minibatch_deviation):
    expected = (
        block(3, 64)
        + block(64, 128)
        + block(128, 256)
        + block(256, 512)
        + convolution(3, 512 + minibatch_deviation, 512)
        + convolution(3, 512, 512)
        + (512 + 1)
    )
    network = build_discriminator((64, 64, 3), minibatch_deviation=minibatch_deviation)
    assert trainable_count(network) == expected


def test_spectral_norm_is_on_every_layer():
    networks = [
        build_generator((32, 32, 3), base_filters=4, normalization="spectral", skip_sums=True),
        build_discriminator((32, 32, 3), base_filters=4),
    ]
    spectral = (SpectralConv2D, SpectralConv2DTranspose, SpectralDense)
    for network in networks:
        for layer in network.layers:
            if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
                assert isinstance(layer, spectral)


def test_without_normalization_blocks_begin_as_their_shortcuts():
    def second_convolutions(network):
        return [
            layer
            for layer in network.layers
            if isinstance(layer, Conv2D)
            and layer.kernel_size == (3, 3)
            and not np.any(layer.kernel)
        ]

    generator = build_generator((32, 32, 3), base_filters=4, normalization="none")
    discriminator = build_discriminator((32, 32, 3), base_filters=4, normalization="none")
    assert len(second_convolutions(generator)) == 3
    assert len(second_convolutions(discriminator)) == 4
    assert second_convolutions(build_generator((32, 32, 3), base_filters=4)) == []


def test_skip_sums_alone_upsample_what_is_drawn_at_the_base_grid():
    generator = build_generator((16, 16, 1), latent_dim=3, base_filters=2, skip_sums=True)
    for layer in generator.layers:
        if isinstance(layer, Conv2D):
            layer.kernel.assign(np.zeros(layer.kernel.shape))
    to_rgb = next(
        layer for layer in generator.layers if isinstance(layer, Conv2D) and not layer.use_bias
    )
    to_rgb.kernel.assign(np.ones(to_rgb.kernel.shape))
    latents = tf.random.stateless_normal([2, 3], seed=[1, 2])
    features = keras.Model(generator.input, to_rgb.input)(latents)
    base = tf.reduce_sum(features, axis=-1, keepdims=True)
    expected = tf.tanh(tf.image.resize(tf.image.resize(base, [8, 8]), [16, 16]))
    np.testing.assert_allclose(generator(latents), expected, atol=1e-6)
