"""What network families share: which sizes they take, how grids and widths follow, skip sums."""

import keras
from keras import layers

from kerasgan.channels import CHANNELS, CHANNELS_TEXT
from kerasgan.combinations import SMALLEST_SIDE
from kerasgan.model.layers import Conv2D, SpectralConv2D
from kerasgan.model.resampling import BilinearUpsampling2D

_WIDEST = 8  # the widest layer has 8 * base_filters channels, as DCGAN's at 64 x 64
_SMALLEST_GRID_SIDE = 4  # an image is halved while both sides stay even and at least this


def check_image_shape(image_shape: tuple[int, int, int]) -> None:
    """Checks height, width and channels.

    Raises:
        ValueError: these are not three whole numbers, a side is below 16, or there are other
            than 1, 3 or 4 channels.
    """
    if not isinstance(image_shape, tuple | list) or len(image_shape) != 3:
        raise ValueError(f"image_shape={image_shape!r}: must be (height, width, channels)")
    height, width, channels = image_shape
    check_positive(height=height, width=width, channels=channels)
    for name, side in (("height", height), ("width", width)):
        if side < SMALLEST_SIDE:
            raise ValueError(f"{name}={side}: must be at least {SMALLEST_SIDE}")
    if channels not in CHANNELS:
        raise ValueError(f"channels={channels}: must be {CHANNELS_TEXT}")


def halvings(image_shape: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Heights and widths from the image down to the base grid: 4 x 4 for 64 x 64.

    The first are those of the image where halving gets far enough, and otherwise the next larger
    ones where it does: multiples of 8, or of 4 if a side is below 32. `cut` and `pad` go from one
    to the other.
    """
    multiple = 4 if min(image_shape[:2]) < 2 * SMALLEST_SIDE else 8
    height, width = (-(-side // multiple) * multiple for side in image_shape[:2])
    grids = [(height, width)]
    while all(side % 2 == 0 and side >= 2 * _SMALLEST_GRID_SIDE for side in grids[-1]):
        grids.append((grids[-1][0] // 2, grids[-1][1] // 2))
    return grids


def cut(
    images: keras.KerasTensor, image_shape: tuple[int, int, int], dtype: str
) -> keras.KerasTensor:
    """What a generator paints on the first grid of `halvings`: the image in its middle."""
    margins = _margins(image_shape)
    return layers.Cropping2D(margins, dtype=dtype, name="cut")(images) if margins else images


def pad(images: keras.KerasTensor, dtype: str) -> keras.KerasTensor:
    """Images in the middle of the first grid of `halvings`, with mid-grey, 0, around them."""
    margins = _margins(images.shape[1:])
    return layers.ZeroPadding2D(margins, dtype=dtype, name="pad")(images) if margins else images


def _margins(image_shape: tuple[int, int, int]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Rows above and below, columns left and right; None if the image fills the first grid."""
    (height, width), *_ = halvings(image_shape)
    rows, columns = height - image_shape[0], width - image_shape[1]
    if not rows and not columns:
        return None
    return (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)


def width_factors(count: int) -> list[int]:
    """Channels at `count` grids, finest first, in units of base_filters: 1, 2, 4, 8, 8, ..."""
    return [min(2**depth, _WIDEST) for depth in range(count)]


def check_positive(**sizes: int) -> None:
    """Raises a ValueError that names the first size that is not an int, or is below 1."""
    for name, size in sizes.items():
        if not isinstance(size, int):  # NumPy's are not, and Keras takes no others
            raise ValueError(f"{name}={size!r}: must be an int")
        if size < 1:
            raise ValueError(f"{name}={size}: must be at least 1")


def check_choice(name: str, value: object, allowed: tuple[object, ...]) -> None:
    """Raises a ValueError unless `value` is one of those allowed."""
    if value not in allowed:
        *others, last = map(str, allowed)
        choices = f"{', '.join(others)} or {last}" if others else last
        raise ValueError(f"{name}={value!r}: must be {choices}")


def dtype_policy(precision: str | None) -> keras.DTypePolicy:
    """The policy of that name, or Keras's global one."""
    return keras.DTypePolicy(precision) if precision else keras.config.dtype_policy()


def normal(deviation: float = 0.02) -> keras.initializers.Initializer:
    """Initial weights around 0; DCGAN's have a standard deviation of 0.02."""
    return keras.initializers.RandomNormal(stddev=deviation)


def freeze_parts(images: keras.KerasTensor, ends: list[keras.KerasTensor], count: int) -> None:
    """Holds the first parts of a discriminator as they are: fine-tuning trains only the others.

    Their weights are not trainable: they get no gradient, and no optimizer keeps anything for
    them. Batch norm among them normalizes by its moving statistics, and neither these nor the
    estimates of spectral norms change. The slopes with respect to images go through them as ever.

    Args:
        images: what the discriminator takes.
        ends: what comes out of each part that can be held, from the image on.
        count: how many of them to hold.

    Raises:
        ValueError: there are not so many.

    Reference: Mo et al. 2020, "Freeze the Discriminator: a Simple Baseline for Fine-Tuning GANs".
    """
    if not isinstance(count, int) or not 0 <= count <= len(ends):
        raise ValueError(f"freeze={count!r}: must be an int from 0 to {len(ends)}")
    if count:
        keras.Model(images, ends[count - 1]).trainable = False  # all layers up to there


def sum_over_grid(features: keras.KerasTensor, dtype: str) -> keras.KerasTensor:
    """[B, H, W, C] -> [B, C]."""
    means = layers.GlobalAveragePooling2D(dtype=dtype)(features)
    return layers.Rescaling(float(features.shape[1] * features.shape[2]), dtype=dtype)(means)


def add_as_rgb(
    coarser: keras.KerasTensor | None,
    features: keras.KerasTensor,
    channels: int,
    spectral: bool,
    dtype: str,
) -> keras.KerasTensor:
    """The sum of images so far, one grid finer.

    Args:
        coarser: the sum of the grids before, [B, H / 2, W / 2, channels], or None at the first.
        features: [B, H, W, C], of which a 1x1 convolution makes an image.
        channels: of images.
        spectral: whether the convolution has spectral norm.
        dtype: of the sum: in half precision an image would lose its low bits at every grid.

    Returns:
        The sum, [B, H, W, channels], before any tanh.
    """
    convolution = SpectralConv2D if spectral else Conv2D
    image = convolution(channels, 1, use_bias=False, kernel_initializer=normal(), dtype=dtype)(
        features
    )
    if coarser is None:
        return image
    return layers.Add(dtype=dtype)([BilinearUpsampling2D(dtype=dtype)(coarser), image])
