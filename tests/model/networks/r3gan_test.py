import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.bases import BasisProjection, LearnedBasis
from kerasgan.model.grouped import GroupedConv2D
from kerasgan.model.networks.r3gan import build_discriminator, build_generator
from kerasgan.model.resampling import BilinearDownsampling2D, BilinearUpsampling2D


def trainable_count(network):
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_variables)


def block(width, group_width=16):
    wide = 2 * width
    return width * wide + wide + 9 * group_width * wide + wide + wide * width


WIDTHS_AT_256 = [96, 192, 384, 768, 768, 768, 768]


def test_parameter_counts_of_the_papers_network_at_256_pixels():
    widths = WIDTHS_AT_256
    blocks = sum(2 * block(width) for width in widths)
    changes = 96 * 192 + 192 * 384 + 384 * 768
    ends = 3 * 96 + 4 * 4 * 768
    assert trainable_count(build_generator((256, 256, 3))) == blocks + changes + ends + 64 * 768
    assert trainable_count(build_discriminator((256, 256, 3))) == blocks + changes + ends + 768


@pytest.mark.parametrize(("base_filters", "groups"), [(4, 1), (8, 1), (12, 3), (16, 2), (96, 12)])
def test_groups_are_of_at_most_16_channels(base_filters, groups):
    network = build_discriminator((32, 32, 3), base_filters=base_filters)
    layer = next(layer for layer in network.layers if isinstance(layer, GroupedConv2D))
    assert layer.groups == groups
    assert layer.filters == 2 * base_filters


def trunk(network):
    """The layers outside of the residual branches: what is left while these are zero."""
    kinds = (BilinearDownsampling2D, BilinearUpsampling2D, LearnedBasis, BasisProjection)
    return [
        layer
        for layer in network.layers
        if isinstance(layer, (*kinds, keras.layers.Dense))
        or (
            isinstance(layer, keras.layers.Conv2D)
            and not layer.use_bias
            and layer.kernel_size == (1, 1)
            and np.any(layer.kernel)
        )
    ]


@pytest.mark.parametrize("build", [build_generator, build_discriminator])
def test_every_block_begins_as_the_identity(build):
    network = build((32, 48, 3), base_filters=4)
    inputs = tf.random.stateless_normal([2, *network.input_shape[1:]], seed=[1, 2])
    x = inputs
    for layer in trunk(network):
        x = layer(x)
    np.testing.assert_array_equal(network(inputs), x)
    added = [layer for layer in network.layers if isinstance(layer, keras.layers.Add)]
    assert len(added) == 2 * 4  # at 32 x 48, 16 x 24, 8 x 12 and 4 x 6


def test_initial_scales_follow_the_paper():
    keras.utils.set_random_seed(0)
    network = build_discriminator((32, 32, 3), base_filters=64)
    gain = np.sqrt(2 / 1.04) * 8**-0.25  # 8 blocks in all
    for layer in network.layers:
        if isinstance(layer, GroupedConv2D):
            np.testing.assert_allclose(np.std(layer.kernel), gain / np.sqrt(9 * 16), rtol=0.02)
        elif isinstance(layer, keras.layers.Conv2D) and layer.use_bias:
            inputs = layer.kernel.shape[2]
            np.testing.assert_allclose(np.std(layer.kernel), gain / np.sqrt(inputs), rtol=0.03)


def test_an_untrained_generator_gives_images_of_unit_variance():
    keras.utils.set_random_seed(0)
    generator = build_generator((32, 32, 3), base_filters=32)
    images = generator(tf.random.stateless_normal([64, 64], seed=[1, 2]))
    assert 0.3 < float(tf.math.reduce_std(images)) < 1.5  # resampling smooths the base grid


def test_the_last_layer_is_linear():
    generator = build_generator((32, 32, 3), base_filters=4)
    latents = tf.random.stateless_normal([4, 64], seed=[1, 2])
    assert float(tf.reduce_max(tf.abs(generator(10 * latents)))) > 1.0
