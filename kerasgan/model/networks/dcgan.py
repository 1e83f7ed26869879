"""DCGAN's generator and discriminator for any image size (Radford et al. 2015).

Both are built by one loop over resolutions. An image is halved while both sides stay even and at
least 4: what is left is the base grid, 4 x 4 for 64 x 64 and 7 x 5 for 112 x 80.
"""

import keras
from keras import layers

from kerasgan.model.layers import BatchNormalization, Conv2D, Conv2DTranspose, SpectralConv2D

_WIDEST = 8  # the widest layer has 8 * base_filters channels, as at 64 x 64
_KERNEL_SIZE = 4  # divisible by the stride of 2, so that no pixel is painted more often than others
_BATCH_NORM = {"momentum": 0.9, "epsilon": 1e-5}  # the reference implementation's


def build_generator(
    image_shape: tuple[int, int, int],
    *,
    latent_dim: int = 100,
    base_filters: int = 64,
    synchronized: bool = False,
    precision: str | None = None,
) -> keras.Model:
    """Latents to images: a dense layer to the base grid, then transposed convolutions.

    Args:
        image_shape: height, width and channels. Height and width are multiples of 8, at least 16;
            channels are 1 or 3.
        latent_dim: the length of a latent vector.
        base_filters: channels of the last hidden layer; each coarser one has twice as many.
        synchronized: whether batch norm shares its statistics between replicas.
        precision: a Keras dtype policy: "float32", "mixed_bfloat16" or "mixed_float16". None:
            Keras's global one. Weights and images are in full precision under any.

    Returns:
        A model from latents float32 [B, latent_dim], meant to be standard normal, to images
        float32 [B, height, width, channels] in (-1, 1).

    Raises:
        ValueError: an argument out of its range.

    Reference: Radford et al. 2015, "Unsupervised Representation Learning with DCGANs".
    """
    grids = _grids(image_shape)
    _check_positive(latent_dim=latent_dim, base_filters=base_filters)
    height, width = grids[-1]
    filters = base_filters * _widths(len(grids) - 1)[-1]
    policy = _policy(precision)

    inputs = keras.Input([latent_dim], dtype=policy.variable_dtype, name="latents")
    x = layers.Dense(
        height * width * filters, use_bias=False, kernel_initializer=_normal(), dtype=policy
    )(inputs)
    x = layers.Reshape([height, width, filters], dtype=policy)(x)
    x = _batch_norm(synchronized, policy)(x)
    x = layers.ReLU(dtype=policy)(x)
    for width_factor in reversed(_widths(len(grids) - 1)[:-1]):
        x = _upsample(base_filters * width_factor, dtype=policy)(x)
        x = _batch_norm(synchronized, policy)(x)
        x = layers.ReLU(dtype=policy)(x)
    images = _upsample(
        image_shape[2], activation="tanh", dtype=policy.variable_dtype, name="images"
    )(x)
    return keras.Model(inputs, images, name="generator")


def build_discriminator(
    image_shape: tuple[int, int, int],
    *,
    base_filters: int = 64,
    normalization: str = "batch",
    synchronized: bool = False,
    precision: str | None = None,
) -> keras.Model:
    """Images to logits: strided convolutions down to the base grid, then one over all of it.

    Args:
        image_shape: height, width and channels, as for `build_generator`.
        base_filters: channels of the first hidden layer; each coarser one has twice as many.
        normalization: "batch" as in the paper (not on the input layer), "spectral" on every
            layer (Miyato et al. 2018), or "none".
        synchronized: whether batch norm shares its statistics between replicas.
        precision: as for `build_generator`; the last layer computes in full precision.

    Returns:
        A model from images float32 [B, height, width, channels] in [-1, 1] to logits float32
        [B, 1]: above 0 where it believes that the image is real.

    Raises:
        ValueError: an argument out of its range.
    """
    grids = _grids(image_shape)
    _check_positive(base_filters=base_filters)
    if normalization not in ("batch", "spectral", "none"):
        raise ValueError(f"normalization={normalization!r}: must be batch, spectral or none")
    convolution = SpectralConv2D if normalization == "spectral" else Conv2D
    policy = _policy(precision)

    inputs = keras.Input(image_shape, dtype=policy.variable_dtype, name="images")
    x = inputs
    # The last layers' precision: a logit of three digits would be none. The activation before is
    # among them, as TensorFlow's rewriter of graphs stumbles over a cast behind it.
    full = policy.variable_dtype
    widths = _widths(len(grids) - 1)
    for depth, width_factor in enumerate(widths):
        x = convolution(
            base_filters * width_factor,
            _KERNEL_SIZE,
            strides=2,
            padding="same",
            use_bias=normalization != "batch",
            kernel_initializer=_normal(),
            dtype=policy,
        )(x)
        if normalization == "batch" and depth > 0:
            x = _batch_norm(synchronized, policy)(x)
        x = layers.LeakyReLU(0.2, dtype=full if depth == len(widths) - 1 else policy)(x)
    x = convolution(1, grids[-1], use_bias=False, kernel_initializer=_normal(), dtype=full)(x)
    logits = layers.Reshape([1], dtype=full, name="logits")(x)
    return keras.Model(inputs, logits, name="discriminator")


def _grids(image_shape: tuple[int, int, int]) -> list[tuple[int, int]]:
    """The heights and widths from the image down to the base grid."""
    height, width, channels = image_shape
    for name, side in (("height", height), ("width", width)):
        if side < 16 or side % 8:
            raise ValueError(f"{name}={side}: must be a multiple of 8 and at least 16")
    if channels not in (1, 3):
        raise ValueError(f"channels={channels}: must be 1 or 3")
    grids = [(height, width)]
    while all(side % 2 == 0 and side >= 8 for side in grids[-1]):
        grids.append((grids[-1][0] // 2, grids[-1][1] // 2))
    return grids


def _widths(layer_count: int) -> list[int]:
    """Channels of each halving, finest first, in units of base_filters."""
    return [min(2**depth, _WIDEST) for depth in range(layer_count)]


def _upsample(filters: int, **options) -> keras.Layer:
    """Twice the height and width; "same" means a padding of 1 here: (i - 1) 2 + 4 - 2 = 2 i."""
    return Conv2DTranspose(
        filters,
        _KERNEL_SIZE,
        strides=2,
        padding="same",
        use_bias=False,
        kernel_initializer=_normal(),
        **options,
    )


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.02)


def _policy(precision: str | None) -> keras.DTypePolicy:
    return keras.DTypePolicy(precision) if precision else keras.config.dtype_policy()


def _batch_norm(synchronized: bool, policy: keras.DTypePolicy) -> keras.Layer:
    return BatchNormalization(
        gamma_initializer=keras.initializers.RandomNormal(mean=1.0, stddev=0.02),
        synchronized=synchronized,
        dtype=policy,
        **_BATCH_NORM,
    )


def _check_positive(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name}={size}: must be at least 1")
