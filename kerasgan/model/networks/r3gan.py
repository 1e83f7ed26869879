"""R3GAN's networks (Huang et al. 2024, "The GAN is dead; long live the GAN!").

Neither network normalises anything: only the initial weights keep activations in range. G
starts from learned pictures on the base grid, scaled by the latent; each grid has two residual
blocks, and D is the mirror image. With base_filters=96 and 256 x 256 pixels the widths are the
paper's for FFHQ: 96, 192 and 384 channels at 256, 128 and 64 pixels, 768 at 32 to 4.

Two differences: resampling has the kernel [1, 3, 3, 1], which puts every new pixel at the same
distance from old ones, where the paper's [1, 2, 1] copies one half of them and blurs the other. And
the logits of a conditional D are not the projection alone: conditions of attributes may be all 0,
and with them the projection is 0 for any image.
"""

import math

import keras
from keras import layers

from kerasgan.model.bases import BasisProjection, LearnedBasis
from kerasgan.model.grouped import GroupedConv2D
from kerasgan.model.layers import Conv2D
from kerasgan.model.networks.conditions import join, project, with_conditions
from kerasgan.model.networks.shared import (
    check_choice,
    check_image_shape,
    check_positive,
    cut,
    dtype_policy,
    freeze_parts,
    halvings,
    pad,
    width_factors,
)
from kerasgan.model.resampling import BilinearDownsampling2D, BilinearUpsampling2D

_BLOCKS_PER_GRID = 2
_EXPANSION = 2  # the 3x3 convolution of a block is this much wider than what it is added to
_GROUP_WIDTH = 16  # input channels of a group, at most
_SLOPE = 0.2  # of the leaky ReLU below 0
_ACTIVATION_GAIN = math.sqrt(2 / (1 + _SLOPE**2))  # keeps the variance through a leaky ReLU


def build_generator(
    image_shape: tuple[int, int, int],
    *,
    latent_dim: int = 64,
    base_filters: int = 96,
    normalization: str = "none",
    skip_sums: bool = False,
    condition_width: int = 0,
    synchronized: bool = False,
    precision: str | None = None,
) -> keras.Model:
    """Latents to images: learned pictures at the base grid, then two residual blocks per grid.

    Args:
        image_shape: height, width and channels, as for `dcgan.build_generator`. The paper's are
            square, 32 to 256 pixels.
        latent_dim: the length of a latent vector.
        base_filters: channels at the image's own size; each coarser grid has twice as many.
        normalization: "none", as in the paper.
        skip_sums: False, as in the paper.
        condition_width: as for `dcgan.build_generator`.
        synchronized: without effect, as there is no batch norm.
        precision: a Keras dtype policy, as for `dcgan.build_generator`.

    Returns:
        A model from latents float32 [B, latent_dim], meant to be standard normal, to images
        float32 [B, height, width, channels]. The last layer is linear, as in the paper: values
        are meant to lie in [-1, 1] and are clipped there only when they become grey levels. A
        conditional one takes [latents, conditions].

    Raises:
        ValueError: an argument out of its range.
    """
    check_image_shape(image_shape)
    check_positive(latent_dim=latent_dim, base_filters=base_filters)
    check_choice("normalization", normalization, ("none",))
    check_choice("skip_sums", skip_sums, (False,))
    grids = halvings(image_shape)
    base_factor, *factors = reversed(width_factors(len(grids)))
    policy = dtype_policy(precision)
    full = policy.variable_dtype

    latents = keras.Input([latent_dim], dtype=full, name="latents")
    inputs, conditions = with_conditions(latents, condition_width)
    x = layers.Dense(
        base_filters * base_factor, use_bias=False, kernel_initializer=_normal(), dtype=policy
    )(join(latents, conditions, _normal, policy))
    x = _residual_blocks(LearnedBasis(*grids[-1], dtype=policy)(x), len(grids), policy)
    for width_factor in factors:
        x = _change_width(x, base_filters * width_factor, policy)
        x = _residual_blocks(BilinearUpsampling2D(dtype=policy)(x), len(grids), policy)
    images = Conv2D(
        image_shape[2], 1, use_bias=False, kernel_initializer=_normal(), dtype=full, name="images"
    )(x)
    return keras.Model(inputs, cut(images, image_shape, full), name="generator")


def build_discriminator(
    image_shape: tuple[int, int, int],
    *,
    base_filters: int = 96,
    normalization: str = "none",
    minibatch_deviation: bool = False,
    condition_width: int = 0,
    freeze: int = 0,
    synchronized: bool = False,
    precision: str | None = None,
) -> keras.Model:
    """Images to logits: two residual blocks per grid, then learned pictures over the base grid.

    Args:
        image_shape: height, width and channels, as for `build_generator`.
        base_filters: channels at the image's own size; each coarser grid has twice as many.
        normalization: "none", as in the paper.
        minibatch_deviation: False, as in the paper.
        condition_width: as for `dcgan.build_discriminator`; the sum over the base grid is that of
            the learned pictures.
        freeze: at how many grids, from the image's own on, training leaves the layers as they
            are: two residual blocks each, and the convolution before them.
        synchronized: without effect, as there is no batch norm.
        precision: as for `build_generator`; the last layers compute in full precision.

    Returns:
        A model from images float32 [B, height, width, channels] to logits float32 [B, 1]. A
        conditional one takes [images, conditions].

    Raises:
        ValueError: an argument out of its range.
    """
    check_image_shape(image_shape)
    check_positive(base_filters=base_filters)
    check_choice("normalization", normalization, ("none",))
    check_choice("minibatch_deviation", minibatch_deviation, (False,))
    grids = halvings(image_shape)
    first_factor, *factors = width_factors(len(grids))
    policy = dtype_policy(precision)
    full = policy.variable_dtype

    images = keras.Input(image_shape, dtype=full, name="images")
    inputs, conditions = with_conditions(images, condition_width)
    x = Conv2D(
        base_filters * first_factor, 1, use_bias=False, kernel_initializer=_normal(), dtype=policy
    )(pad(images, full))
    ends = [_residual_blocks(x, len(grids), policy)]
    for width_factor in factors:
        x = BilinearDownsampling2D(dtype=policy)(ends[-1])
        x = _change_width(x, base_filters * width_factor, policy)
        ends.append(_residual_blocks(x, len(grids), policy))
    freeze_parts(images, ends, freeze)
    x = BasisProjection(dtype=full)(ends[-1])
    logits = layers.Dense(
        1, use_bias=False, kernel_initializer=_normal(), dtype=full, name="logits"
    )(x)
    gain = x.shape[-1] ** -0.5
    logits = project(logits, x, conditions, layers.Dense, lambda: _normal(gain))
    return keras.Model(inputs, logits, name="discriminator")


def freezable(image_shape: tuple[int, int, int]) -> int:
    """How many parts of the discriminator `freeze` may hold: its grids, the base grid too."""
    return len(halvings(image_shape))


def _residual_blocks(x, grid_count: int, policy: keras.DTypePolicy):
    """Two blocks 1x1 (wider), 3x3 in groups, 1x1 back; each begins as the identity.

    Fix-up initialisation (Zhang et al. 2019) for L blocks of m = 3 layers: the last begins at
    zero, the others are scaled by L^(-1 / (2 m - 2)) = L^(-1/4).
    """
    width = x.shape[-1]
    wide = _EXPANSION * width
    gain = _ACTIVATION_GAIN * (_BLOCKS_PER_GRID * grid_count) ** -0.25
    for _ in range(_BLOCKS_PER_GRID):
        y = Conv2D(wide, 1, kernel_initializer=_normal(gain), dtype=policy)(x)
        y = layers.LeakyReLU(_SLOPE, dtype=policy)(y)
        y = GroupedConv2D(
            wide,
            3,
            padding="same",
            groups=wide // math.gcd(wide, _GROUP_WIDTH),
            kernel_initializer=_normal(gain),
            dtype=policy,
        )(y)
        y = layers.LeakyReLU(_SLOPE, dtype=policy)(y)
        # Keras's own, not a matrix product: TensorFlow's rewriter fails (and logs it) on a leaky
        # ReLU between a convolution with a bias and anything but another convolution.
        y = layers.Conv2D(width, 1, use_bias=False, kernel_initializer="zeros", dtype=policy)(y)
        x = layers.Add(dtype=policy)([x, y])
    return x


def _change_width(x, width: int, policy: keras.DTypePolicy):
    if x.shape[-1] == width:
        return x
    return Conv2D(width, 1, use_bias=False, kernel_initializer=_normal(), dtype=policy)(x)


def _normal(gain: float = 1.0) -> keras.initializers.Initializer:
    """N(0, gain^2 / fan in)."""
    return keras.initializers.VarianceScaling(
        gain**2, mode="fan_in", distribution="untruncated_normal"
    )
