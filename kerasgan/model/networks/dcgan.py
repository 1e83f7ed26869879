"""DCGAN's generator and discriminator for any image size (Radford et al. 2015).

Both are built by one loop over resolutions. An image is halved while both sides stay even and at
least 4: what is left is the base grid, 4 x 4 for 64 x 64 and 7 x 5 for 112 x 80. Where halving does
not get far, as from 50 x 150, both networks work on the next larger multiples of 8 (of 4 where a
side is below 32): G's images are cut, those that D sees get a grey margin.
"""

import keras
from keras import layers

from kerasgan.model.layers import (
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    LeakyReLU,
    SpectralConv2D,
    SpectralConv2DTranspose,
    SpectralDense,
)
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
from kerasgan.model.resampling import BilinearUpsampling2D

NORMALIZATIONS = ("batch", "spectral", "none")

_KERNEL_SIZE = 4  # divisible by the stride of 2, so that no pixel is painted more often than others
_BATCH_NORM = {"momentum": 0.9, "epsilon": 1e-5}  # the reference implementation's


def build_generator(
    image_shape: tuple[int, int, int],
    *,
    latent_dim: int = 100,
    base_filters: int = 64,
    normalization: str = "batch",
    skip_sums: bool = False,
    condition_width: int = 0,
    synchronized: bool = False,
    precision: str | None = None,
) -> keras.Model:
    """Latents to images: a dense layer to the base grid, then transposed convolutions.

    Args:
        image_shape: height and width, at least 16, and channels.
        latent_dim: the length of a latent vector.
        base_filters: channels of the last hidden layer; each coarser one has twice as many.
        normalization: "batch" as in the paper; "spectral" adds spectral norm on every layer to
            it (Zhang et al. 2018, "Self-Attention GANs", section 3); "none" is neither.
        skip_sums: whether the features at each grid below the image's own also add to the image
            directly: a 1x1 convolution to channels, added to the sum of the coarser grids, which
            is upsampled bilinearly. The coarse layers then draw colours and shapes without a
            checkerboard, and the last layer adds details (Karras et al. 2020, "Analyzing and
            Improving the Image Quality of StyleGAN", section 4.1).
        condition_width: the length of a condition, an embedding of which is concatenated to the
            latents; 0: unconditional.
        synchronized: whether batch norm shares its statistics between replicas.
        precision: a Keras dtype policy: "float32", "mixed_bfloat16" or "mixed_float16". None:
            Keras's global one. Weights and images are in full precision under any.

    Returns:
        A model from latents float32 [B, latent_dim], meant to be standard normal, to images
        float32 [B, height, width, channels] in (-1, 1). A conditional one takes [latents,
        conditions], where conditions are float32 [B, condition_width].

    Raises:
        ValueError: an argument out of its range.

    Reference: Radford et al. 2015, "Unsupervised Representation Learning with DCGANs".
    """
    check_image_shape(image_shape)
    check_positive(latent_dim=latent_dim, base_filters=base_filters)
    check_choice("normalization", normalization, NORMALIZATIONS)
    policy = dtype_policy(precision)
    spectral = normalization == "spectral"

    def normalize(x):
        x = x if normalization == "none" else _batch_norm(synchronized, policy)(x)
        return layers.ReLU(dtype=policy)(x)

    latents = keras.Input([latent_dim], dtype=policy.variable_dtype, name="latents")
    inputs, conditions = with_conditions(latents, condition_width)
    x = join(latents, conditions, lambda: normal(EMBEDDING_DEVIATION), policy)
    features = _features(x, halvings(image_shape), base_filters, spectral, normalize, policy)
    images = _paint(features, image_shape[2], spectral, skip_sums, policy.variable_dtype)
    images = cut(images, image_shape, policy.variable_dtype)
    return keras.Model(inputs, images, name="generator")


def _features(x, grids, base_filters, spectral, normalize, policy) -> list:
    """What each grid below the image's own holds, from the base grid up: [B, h, w, C] each."""
    *factors, base_factor = width_factors(len(grids) - 1)
    height, width = grids[-1]
    filters = base_filters * base_factor
    dense = SpectralDense if spectral else layers.Dense
    x = dense(height * width * filters, use_bias=False, kernel_initializer=normal(), dtype=policy)(
        x
    )
    features = [normalize(layers.Reshape([height, width, filters], dtype=policy)(x))]
    for width_factor in reversed(factors):
        x = _upsample(base_filters * width_factor, spectral, dtype=policy)(features[-1])
        features.append(normalize(x))
    return features


def _paint(features: list, channels: int, spectral: bool, skip_sums: bool, full: str):
    """Features, coarsest first, to images in (-1, 1)."""
    if not skip_sums:
        last = _upsample(channels, spectral, activation="tanh", dtype=full, name="images")
        return last(features[-1])
    rgb = None
    for x in features:
        rgb = add_as_rgb(rgb, x, channels, spectral, full)
    details = _upsample(channels, spectral, dtype=full)(features[-1])
    rgb = layers.Add(dtype=full)([BilinearUpsampling2D(dtype=full)(rgb), details])
    return layers.Activation("tanh", dtype=full, name="images")(rgb)


def build_discriminator(
    image_shape: tuple[int, int, int],
    *,
    base_filters: int = 64,
    normalization: str = "batch",
    minibatch_deviation: bool = False,
    condition_width: int = 0,
    freeze: int = 0,
    synchronized: bool = False,
    precision: str | None = None,
) -> keras.Model:
    """Images to logits: strided convolutions down to the base grid, then one over all of it.

    Args:
        image_shape: height, width and channels, as for `build_generator`.
        base_filters: channels of the first hidden layer; each coarser one has twice as many.
        normalization: "batch" as in the paper (not on the input layer), "spectral" on every
            layer (Miyato et al. 2018), or "none".
        minibatch_deviation: whether the last layer also sees how much a group of images differs,
            by a `MinibatchStandardDeviation`.
        condition_width: the length of a condition, an embedding of which is multiplied with the
            last features, summed over the base grid, and added to the logit; 0: unconditional.
        freeze: how many of the strided convolutions, from the image on, training leaves as they
            are, each with its batch norm; `freezable` says how many there are.
        synchronized: whether batch norm shares its statistics between replicas.
        precision: as for `build_generator`; the last layer computes in full precision.

    Returns:
        A model from images float32 [B, height, width, channels] in [-1, 1] to logits float32
        [B, 1]: above 0 where it believes that the image is real. A conditional one takes [images,
        conditions], where conditions are float32 [B, condition_width].

    Raises:
        ValueError: an argument out of its range.
    """
    check_image_shape(image_shape)
    check_positive(base_filters=base_filters)
    check_choice("normalization", normalization, NORMALIZATIONS)
    grids = halvings(image_shape)
    policy = dtype_policy(precision)
    # The precision of the last layers: bfloat16 has 3 significant digits, too few for logits.
    full = policy.variable_dtype
    images = keras.Input(image_shape, dtype=full, name="images")
    inputs, conditions = with_conditions(images, condition_width)
    widths = [base_filters * factor for factor in width_factors(len(grids) - 1)]
    ends = _halve(
        pad(images, full), widths, normalization, minibatch_deviation, synchronized, policy
    )
    freeze_parts(images, ends, freeze)
    x = ends[-1]
    convolution = SpectralConv2D if normalization == "spectral" else Conv2D
    whole = convolution(1, grids[-1], use_bias=False, kernel_initializer=normal(), dtype=full)(x)
    logits = layers.Reshape([1], dtype=full, name="logits")(whole)
    if conditions is not None:
        dense = SpectralDense if normalization == "spectral" else layers.Dense
        logits = project(logits, sum_over_grid(x, full), conditions, dense, normal)
    return keras.Model(inputs, logits, name="discriminator")


def freezable(image_shape: tuple[int, int, int]) -> int:
    """How many parts of the discriminator `freeze` may hold: its strided convolutions."""
    return len(halvings(image_shape)) - 1


def _halve(x, widths: list[int], normalization, minibatch_deviation, synchronized, policy) -> list:
    """What D sees on each grid below the image's own: a strided convolution for each width."""
    ends = []
    convolution = SpectralConv2D if normalization == "spectral" else Conv2D
    full = policy.variable_dtype
    for depth, filters in enumerate(widths):
        x = convolution(
            filters,
            _KERNEL_SIZE,
            strides=2,
            padding="same",
            use_bias=normalization != "batch",
            kernel_initializer=normal(),
            dtype=policy,
        )(x)
        if normalization == "batch" and depth > 0:
            x = _batch_norm(synchronized, policy)(x)
        last = depth == len(widths) - 1
        if minibatch_deviation and last:
            # Before the activation: TensorFlow's rewriter fails (and logs it) on a leaky ReLU
            # between a convolution with a bias and anything but another convolution.
            x = MinibatchStandardDeviation(dtype=full)(x)
        # In full precision before the last layer: TensorFlow's rewriter fails on a cast after it.
        x = LeakyReLU(0.2, dtype=full if last else policy)(x)
        ends.append(x)
    return ends


def _upsample(filters: int, spectral: bool, **options) -> keras.Layer:
    """Twice the height and width; "same" means a padding of 1 here: (i - 1) 2 + 4 - 2 = 2 i."""
    layer = SpectralConv2DTranspose if spectral else Conv2DTranspose
    return layer(
        filters,
        _KERNEL_SIZE,
        strides=2,
        padding="same",
        use_bias=False,
        kernel_initializer=normal(),
        **options,
    )


def _batch_norm(synchronized: bool, policy: keras.DTypePolicy) -> keras.Layer:
    return BatchNormalization(
        gamma_initializer=keras.initializers.RandomNormal(mean=1.0, stddev=0.02),
        synchronized=synchronized,
        dtype=policy,
        **_BATCH_NORM,
    )
