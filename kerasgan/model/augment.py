"""Augmentation between images and the discriminator, through which gradients flow.

The discriminator sees real and generated images through the same random changes. So a few images
go further, and the generator still learns the data and not the changes, as long as every change
leaves enough images as they are (Karras et al. 2020, section 2.2). Images are float [B, H, W, C]
in [-1, 1], where H, W and C are static; results may leave that range. With alpha they are
premultiplied, and what is painted over or comes in from outside is transparent, -1 in all channels.

Random numbers are an argument, one row per image, so replicas can take slices of one table:

    numbers = tf.random.stateless_uniform([B, numbers_needed(kinds)], seed, alg="philox")
    logits = discriminator(augment(images, numbers, probability, kinds))

`DIFFAUGMENT_KINDS` are meant for a probability of 1, `ADA_KINDS` for one that `move_probability`
adapts. Colours change first, then the geometry, then parts are painted grey. All changes of
geometry are composed into one affine map per image, and the image is sampled once.

References: Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training"; Karras
et al. 2020, "Training Generative Adversarial Networks with Limited Data", appendix B.
"""

from collections.abc import Collection

import tensorflow as tf

from kerasgan.model import colours, geometry
from kerasgan.model.draws import Draw

DIFFAUGMENT_KINDS = ("colour", "translation", "cutout")
ADA_KINDS = (
    "flip",  # left and right change places
    "quarter_turn",  # a half turn where height and width differ
    "shift",  # by whole pixels, up to 1/8 of a side
    "scale",
    "rotation",  # by any angle
    "stretch",  # wider and flatter, or narrower and taller
    "subpixel_shift",
    "brightness",
    "contrast",
    "luma_flip",  # light and dark change places
    "hue",
    "saturation",
    "cutout",  # a grey rectangle of half the sides
)

# Random numbers that each kind needs; the first decides whether the image is changed.
_NUMBERS = {
    "colour": 4,
    "brightness": 2,
    "contrast": 2,
    "luma_flip": 2,
    "hue": 2,
    "saturation": 2,
    "flip": 2,
    "quarter_turn": 2,
    "shift": 3,
    "scale": 2,
    "rotation": 4,
    "stretch": 2,
    "subpixel_shift": 3,
    "translation": 3,
    "cutout": 3,
}


def numbers_needed(kinds: Collection[str]) -> int:
    """How many random numbers each image needs.

    Raises:
        ValueError: an unknown kind.
    """
    for kind in kinds:
        if kind not in _NUMBERS:
            raise ValueError(f"kinds={kind!r}: must be of {', '.join(_NUMBERS)}")
    return sum(_NUMBERS[kind] for kind in set(kinds))


def augment(
    images: tf.Tensor,
    numbers: tf.Tensor,
    probability: tf.Tensor | float,
    kinds: Collection[str],
) -> tf.Tensor:
    """Changes images at random, differentiably (to any order) with respect to `images`.

    Args:
        images: float32 or float64 [B, H, W, C].
        numbers: float [B, numbers_needed(kinds)], uniform in [0, 1).
        probability: with which each kind changes an image, in [0, 1]. At 0 the images stay as
            they are, bit for bit.
        kinds: of `DIFFAUGMENT_KINDS` and `ADA_KINDS`. Their order makes no difference.

    Returns:
        Images of the same shape and dtype.

    Raises:
        ValueError: an unknown kind, or numbers of another width.
    """
    needed = numbers_needed(kinds)
    if numbers.shape[-1] != needed:
        raise ValueError(f"numbers {numbers.shape}: must be [B, {needed}] for these kinds")
    return _augment(
        images,
        tf.cast(numbers, images.dtype),
        tf.cast(probability, images.dtype),
        tuple(kind for kind in _NUMBERS if kind in kinds),
    )


# XLA makes a few loops of some hundred small operations, several times as fast on a processor.
@tf.function(jit_compile=True, autograph=False)
def _augment(images, numbers, probability, kinds):
    height, width, _ = images.shape[1:]
    # Or the compiled gradient would also have a part for these.
    numbers, probability = tf.stop_gradient(numbers), tf.stop_gradient(probability)
    columns = iter(tf.unstack(numbers, axis=1))
    draws = {}
    for kind in kinds:
        coin, *uniforms = [next(columns) for _ in range(_NUMBERS[kind])]
        draws[kind] = Draw(coin, uniforms, probability, height, width)

    images = colours.recolour(images, draws)
    images = geometry.move_pixels(images, draws)
    for kind, covers in (("translation", geometry.uncovered), ("cutout", _cut_out)):
        if kind in kinds:
            empty = geometry.empty_like(images)
            images = tf.where(covers(draws[kind])[..., None], empty, images)
    return images


def _cut_out(draw: Draw) -> tf.Tensor:
    """Where the image is painted over: bool [B, H, W], a rectangle of half the height and width.

    Its centre is anywhere in the image, so part of it may be outside.
    """
    within = []
    for side, centre in ((draw.height, draw.uniforms[0]), (draw.width, draw.uniforms[1])):
        places = tf.range(side, dtype=centre.dtype) + 0.5
        within.append(tf.abs(places - centre[:, None] * side) < side / 4)  # [B, side]
    changed = draw.coin < draw.probability
    return within[0][:, :, None] & within[1][:, None, :] & changed[:, None, None]


def move_probability(
    probability: tf.Tensor,
    sign_mean: tf.Tensor,
    *,
    target: float,
    images_seen: int,
    speed_images: int,
) -> tf.Tensor:
    """The next probability: higher while the discriminator is too sure of the real images.

    Args:
        probability: a scalar in [0, 1].
        sign_mean: r_t, the mean sign of the real images' logits since the last move, in [-1, 1].
        target: of r_t; 0.6 in the paper.
        images_seen: real images since the last move; those of 4 batches in the paper.
        speed_images: images that take the probability from 0 to 1; 500,000 in the paper.

    Reference: Karras et al. 2020, section 3.1.
    """
    move = tf.sign(sign_mean - target) * (images_seen / speed_images)
    return tf.clip_by_value(probability + tf.cast(move, probability.dtype), 0.0, 1.0)
