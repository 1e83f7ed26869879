"""Residual networks for any image size (Miyato et al. 2018), resampled bilinearly.

Both networks are one loop over resolutions, from or to the base grid that DCGAN has too. The
blocks are those of SNGAN, with two differences: resampling is bilinear in place of nearest
neighbours and means of 2 x 2, and the widest layer has 8 * base_filters channels, not 16.
"""

import math

import keras
from keras import layers

from kerasgan.model.conditional_affine import ConditionalAffine
from kerasgan.model.layers import BatchNormalization, Conv2D, SpectralConv2D, SpectralDense
from kerasgan.model.minibatch import MinibatchStandardDeviation
from kerasgan.model.networks.conditions import (
    EMBEDDING_DEVIATION,
    join,
    project,
    with_conditions,
)
from kerasgan.model.networks.shared import (
    add_as_rgb,
    check_choice,
    check_image_shape,
    check_positive,
    cut,
    dtype_policy,
    freeze_parts,
    halvings,
    normal,
    pad,
    sum_over_grid,
    width_factors,
)
from kerasgan.model.resampling import BilinearDownsampling2D, BilinearUpsampling2D

GENERATOR_NORMALIZATIONS = ("batch", "spectral", "none")
DISCRIMINATOR_NORMALIZATIONS = ("spectral", "none")


def build_generator(
    image_shape: tuple[int, int, int],
    *,
    latent_dim: int = 128,
    base_filters: int = 64,
    normalization: str = "batch",
    skip_sums: bool = False,
    condition_width: int = 0,
    synchronized: bool = False,
    precision: str | None = None,
) -> keras.Model:
    """Latents to images: a dense layer to the base grid, then one residual block per doubling.

    Args:
        image_shape: height, width and channels, as for `dcgan.build_generator`.
        latent_dim: the length of a latent vector.
        base_filters: channels at the image's own size; each coarser grid has twice as many.
        normalization: "batch" as in the paper; "spectral" adds spectral norm on every layer to
            it; "none": each block begins as its shortcut alone (Zhang et al. 2019, "Fixup").
        skip_sums: as for `dcgan.build_generator`.
        condition_width: the length of a condition, which batch norm takes its scales and offsets
            from (Miyato & Koyama 2018); without batch norm an embedding of it is concatenated to
            the latents. 0: unconditional.
        synchronized: as for `dcgan.build_generator`.
        precision: as for `dcgan.build_generator`.

    Returns:
        A model from latents float32 [B, latent_dim], meant to be standard normal, to images
        float32 [B, height, width, channels] in (-1, 1). A conditional one takes [latents,
        conditions], where conditions are float32 [B, condition_width].

    Raises:
        ValueError: an argument out of its range.

    Reference: Miyato et al. 2018, "Spectral Normalization for GANs", appendix B.4.
    """
    check_image_shape(image_shape)
    check_positive(latent_dim=latent_dim, base_filters=base_filters)
    check_choice("normalization", normalization, GENERATOR_NORMALIZATIONS)
    grids = halvings(image_shape)
    base_width, *widths = (base_filters * factor for factor in width_factors(len(grids))[::-1])
    policy = dtype_policy(precision)
    dense = SpectralDense if normalization == "spectral" else layers.Dense
    x = keras.Input([latent_dim], dtype=policy.variable_dtype, name="latents")
    inputs, conditions = with_conditions(x, condition_width)

    def activate(x, dtype=policy):
        if normalization != "none":
            x = BatchNormalization(synchronized=synchronized, dtype=dtype)(x)
            if conditions is not None:
                x = ConditionalAffine(dtype=dtype)([x, conditions])
        return layers.ReLU(dtype=dtype)(x)

    if normalization == "none":
        x = join(x, conditions, lambda: normal(EMBEDDING_DEVIATION), policy)
    shape = [*grids[-1], base_width]
    x = dense(math.prod(shape), kernel_initializer=_glorot(1), dtype=policy)(x)
    x = layers.Reshape(shape, dtype=policy)(x)
    images = _paint(x, widths, image_shape[2], activate, normalization, skip_sums, policy)
    return keras.Model(inputs, cut(images, image_shape, policy.variable_dtype), name="generator")


def _paint(x, widths, channels, activate, normalization, skip_sums, policy):
    """What the base grid holds to images in (-1, 1): a residual block for each of the widths."""
    full, spectral = policy.variable_dtype, normalization == "spectral"
    rgb = add_as_rgb(None, x, channels, spectral, full) if skip_sums else None
    for depth, filters in enumerate(widths):
        x = _grow(x, filters, activate, normalization, policy)
        if skip_sums and depth < len(widths) - 1:
            rgb = add_as_rgb(rgb, x, channels, spectral, full)
    x = _convolve(activate(x, full), channels, 3, spectral, gain=1, dtype=full)
    if rgb is not None:
        x = layers.Add(dtype=full)([BilinearUpsampling2D(dtype=full)(rgb), x])
    return layers.Activation("tanh", dtype=full, name="images")(x)


def _grow(x, filters: int, activate, normalization: str, policy: keras.DTypePolicy):
    """A residual block of G: [B, H, W, C] -> [B, 2 H, 2 W, filters]."""
    spectral = normalization == "spectral"
    # A 1x1 convolution before upsampling gives the same as after it, at a quarter of the cost.
    shortcut = _convolve(x, filters, 1, spectral, dtype=policy)
    shortcut = BilinearUpsampling2D(dtype=policy)(shortcut)
    x = BilinearUpsampling2D(dtype=policy)(activate(x))
    x = activate(_convolve(x, filters, 3, spectral, dtype=policy))
    starts_at_zero = normalization == "none"
    x = _convolve(x, filters, 3, spectral, starts_at_zero=starts_at_zero, dtype=policy)
    return layers.Add(dtype=policy)([x, shortcut])


def build_discriminator(
    image_shape: tuple[int, int, int],
    *,
    base_filters: int = 64,
    normalization: str = "spectral",
    minibatch_deviation: bool = False,
    condition_width: int = 0,
    freeze: int = 0,
    synchronized: bool = False,
    precision: str | None = None,
) -> keras.Model:
    """Images to logits: a residual block per halving, one at the base grid, then the sum over it.

    Args:
        image_shape: height, width and channels, as for `build_generator`.
        base_filters: channels of the first block; each coarser one has twice as many.
        normalization: "spectral" on every layer as in the paper, or "none", where each block
            begins as its shortcut alone. Batch norm is not offered: in a residual
            discriminator it has not been found to work.
        minibatch_deviation: whether the last block also sees how much a group of images differs,
            by a `MinibatchStandardDeviation`.
        condition_width: as for `dcgan.build_discriminator`.
        freeze: how many of the residual blocks, from the image on, training leaves as they are.
        synchronized: without effect, as there is no batch norm.
        precision: as for `build_generator`; the last layer computes in full precision.

    Returns:
        A model from images float32 [B, height, width, channels] in [-1, 1] to logits float32
        [B, 1]. A conditional one takes [images, conditions].

    Raises:
        ValueError: an argument out of its range.
    """
    check_image_shape(image_shape)
    check_positive(base_filters=base_filters)
    check_choice("normalization", normalization, DISCRIMINATOR_NORMALIZATIONS)
    grids, spectral = halvings(image_shape), normalization == "spectral"
    policy = dtype_policy(precision)
    full = policy.variable_dtype
    images = keras.Input(image_shape, dtype=full, name="images")
    inputs, conditions = with_conditions(images, condition_width)
    widths = [base_filters * factor for factor in width_factors(len(grids) - 1)]
    ends = _blocks(images, widths, spectral, minibatch_deviation, policy)
    freeze_parts(images, ends, freeze)
    x = ends[-1]
    x = sum_over_grid(layers.ReLU(dtype=full)(x), full)  # as in SNGAN
    dense = SpectralDense if spectral else layers.Dense
    logits = dense(1, kernel_initializer=_glorot(1), dtype=full, name="logits")(x)
    logits = project(logits, x, conditions, dense, lambda: _glorot(1))
    return keras.Model(inputs, logits, name="discriminator")


def _blocks(images, widths: list[int], spectral: bool, minibatch_deviation, policy) -> list:
    """What comes out of each residual block of D: one for each halving, one at the base grid."""
    options = {"spectral": spectral, "dtype": policy}

    def residual(x, filters, activate_first=True):
        """Two convolutions, the second zero at the start where nothing is normalised."""
        x = layers.ReLU(dtype=policy)(x) if activate_first else x
        x = layers.ReLU(dtype=policy)(_convolve(x, filters, 3, **options))
        return _convolve(x, filters, 3, starts_at_zero=not spectral, **options)

    x, ends = pad(images, policy.variable_dtype), []
    for depth, filters in enumerate(widths):
        shortcut = _convolve(BilinearDownsampling2D(dtype=policy)(x), filters, 1, **options)
        x = residual(x, filters, activate_first=depth > 0)  # the first sees pixels
        x = layers.Add(dtype=policy)([BilinearDownsampling2D(dtype=policy)(x), shortcut])
        ends.append(x)
    seen = MinibatchStandardDeviation(dtype=policy)(x) if minibatch_deviation else x
    return [*ends, layers.Add(dtype=policy)([residual(seen, widths[-1]), x])]


def freezable(image_shape: tuple[int, int, int]) -> int:
    """How many parts of the discriminator `freeze` may hold: its residual blocks."""
    return len(halvings(image_shape))


def _convolve(x, filters, size, spectral, *, starts_at_zero=False, gain=None, **options):
    """The paper's convolution; those of 3x3 have a gain of sqrt(2) for the ReLU before them."""
    layer = SpectralConv2D if spectral else Conv2D
    squared_gain = gain or (2 if size == 3 else 1)
    initializer = "zeros" if starts_at_zero else _glorot(squared_gain)
    return layer(filters, size, padding="same", kernel_initializer=initializer, **options)(x)


def _glorot(squared_gain: float) -> keras.initializers.Initializer:
    return keras.initializers.VarianceScaling(squared_gain, mode="fan_avg", distribution="uniform")
