"""Layers that fit, counted by hand for networks of other sizes, channels and labels."""

import pytest

from kerasgan.model.networks.families import FAMILIES
from kerasgan.model.placement import counterparts

FULL = {"skip_sums": True}
OPTIONS = [  # family, options of G and of D
    ("dcgan", FULL, {"normalization": "spectral", "minibatch_deviation": True}),
    ("dcgan", {}, {"normalization": "batch"}),
    ("resnet", FULL, {"minibatch_deviation": True}),
    ("r3gan", {}, {}),
]


def build(family, g_options, d_options, image_shape=(32, 32, 3), latent_dim=6, **options):
    options = {"base_filters": 2, **options}
    builders = FAMILIES[family]
    return (
        builders.build_generator(image_shape, latent_dim=latent_dim, **g_options, **options),
        builders.build_discriminator(image_shape, **d_options, **options),
    )


def unfitting(ours, theirs, **options):
    """The first weight's shape of each layer without a counterpart, from the input on."""
    return [
        tuple(layer.weights[0].shape)
        for layer, other in counterparts(ours, theirs, **options)
        if other is None
    ]


@pytest.mark.parametrize("condition_width", [0, 3])
@pytest.mark.parametrize("options", OPTIONS)
def test_in_the_same_networks_each_layer_is_its_own_counterpart(options, condition_width):
    first = build(*options, condition_width=condition_width)
    second = build(*options, condition_width=condition_width)
    for ours, theirs in zip(first, second, strict=True):
        with_weights = [[layer for layer in net.layers if layer.weights] for net in (ours, theirs)]
        assert counterparts(ours, theirs) == list(zip(*with_weights, strict=True))


def test_a_larger_dcgan_takes_over_all_but_the_grid_that_is_new():
    small = build(*OPTIONS[0], (32, 32, 3))  # grids 4, 8, 16, 32, widths 8, 4, 2
    large = build(*OPTIONS[0], (64, 64, 3))  # grids 4 to 64, widths 16, 8, 4, 2
    # G: the dense layer to a wider base grid with its batch norm, the upsampling from there and
    # its own picture. The grid of 8 is as far from the image as the smaller one's base grid.
    assert unfitting(large[0], small[0]) == [(6, 256), (16,), (4, 4, 8, 16), (1, 1, 16, 3)]
    # D: the convolution to the wider base grid, and the one over all of it.
    assert unfitting(large[1], small[1]) == [(4, 4, 8, 16), (4, 4, 17, 1)]


def test_a_smaller_dcgan_takes_over_all_but_its_base_grid():
    small, large = build(*OPTIONS[0], (32, 32, 3)), build(*OPTIONS[0], (64, 64, 3))
    assert unfitting(small[0], large[0]) == [(6, 128)]
    assert unfitting(small[1], large[1]) == [(4, 4, 9, 1)]


def test_wide_base_grids_are_found_from_the_base_grid():
    small = build(*OPTIONS[1], (64, 64, 3), base_filters=1)  # the base grid is 8 wide, the most
    large = build(*OPTIONS[1], (128, 128, 3), base_filters=1)
    assert unfitting(large[0], small[0]) == [(4, 4, 8, 8)]  # between two grids of that width
    assert unfitting(large[1], small[1]) == [(4, 4, 8, 8)]


@pytest.mark.parametrize("options", OPTIONS[2:])
def test_the_blocks_of_a_smaller_network_fit(options):
    small, large = build(*options, (32, 32, 3)), build(*options, (64, 64, 3))
    for ours, theirs in zip(small, large, strict=True):
        pairs = counterparts(ours, theirs)
        fitting = [(layer, other) for layer, other in pairs if other is not None]
        assert len(fitting) >= len(pairs) - 6
        for layer, other in fitting:  # those near the image are equally far from it
            if len(layer.output.shape) == 4 and layer.output.shape[1] > 4:
                assert other.output.shape[1] == 2 * layer.output.shape[1]


def test_other_channels_change_the_layers_next_to_the_image():
    colour, grey = build(*OPTIONS[0]), build(*OPTIONS[0], (32, 32, 1))
    assert unfitting(grey[0], colour[0]) == [(1, 1, width, 1) for width in (8, 4, 2)] + [
        (4, 4, 1, 2)
    ]
    assert unfitting(grey[1], colour[1]) == [(4, 4, 1, 2)]


@pytest.mark.parametrize("options", OPTIONS)
def test_other_labels_change_only_the_layers_that_take_them(options):
    theirs = build(*options, condition_width=3)
    ours = build(*options, condition_width=3)
    for network, other in zip(ours, theirs, strict=True):
        left_out = unfitting(network, other, same_labels=False)
        assert left_out
        assert {shape[0] for shape in left_out} <= {3, 64}  # conditions, D's hidden layer of them
    plain = build(*options)
    assert {shape[0] for shape in unfitting(ours[1], plain[1])} <= {3, 64}
    assert unfitting(plain[1], ours[1]) == []


def test_other_normalization_is_another_kind():
    plain = build("dcgan", {}, {"normalization": "none"})
    spectral = build("dcgan", {}, {"normalization": "spectral"})
    assert len(unfitting(plain[1], spectral[1])) == 4
