"""Penalties on the discriminator: pure functions of slopes.

A slope is the gradient of an image's logit with respect to the pixels of that image, so it has the
image's shape. Every penalty takes `slopes`, float [B, ...], and returns the mean over the batch as
a scalar to be minimised, not yet multiplied by its weight. Sums over pixels are in float32
(float64 stays float64), whatever the slopes are in. `PENALTIES` says of which images the slopes
are to be taken:

    for images_of in penalty.images:
        images = images_of(real_images, fake_images, positions)
        with tf.GradientTape() as slope_tape:
            slope_tape.watch(images)
            logits = discriminator(images, training=True)
        total += penalty.function(slope_tape.gradient(logits, images))
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

PenaltyFunction = Callable[[tf.Tensor], tf.Tensor]
ImageChoice = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


def squared_norms(slopes: tf.Tensor) -> tf.Tensor:
    """Each image's squared slope, summed over its pixels: [B], float32 (or float64)."""
    if slopes.dtype != tf.float64:
        slopes = tf.cast(slopes, tf.float32)
    return tf.reduce_sum(tf.square(slopes), axis=range(1, slopes.shape.rank))


def zero_centered(slopes: tf.Tensor) -> tf.Tensor:
    """Half the mean squared slope (Mescheder et al. 2018, equations 9 and 10).

    On real images it is R1, on generated ones R2; R3GAN takes both (Huang et al. 2024).
    """
    return 0.5 * tf.reduce_mean(squared_norms(slopes))


def one_centered(slopes: tf.Tensor) -> tf.Tensor:
    """The mean squared distance of the slope's norm from 1 (Gulrajani et al. 2017, equation 3)."""
    squares = squared_norms(slopes)
    # The root's derivative at 0 is infinite: there the norm counts as the constant 0.
    positive = squares > 0.0
    roots = tf.sqrt(tf.where(positive, squares, tf.ones_like(squares)))
    norms = tf.where(positive, roots, tf.zeros_like(roots))
    return tf.reduce_mean(tf.square(norms - 1.0))


def of_real(real_images: tf.Tensor, fake_images: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """The real images, whatever the others are."""
    del fake_images, positions
    return real_images


def of_fake(real_images: tf.Tensor, fake_images: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """The generated images, whatever the others are."""
    del real_images, positions
    return fake_images


def interpolate(real_images: tf.Tensor, fake_images: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """Images between the real and the generated ones (Gulrajani et al. 2017, algorithm 1).

    Args:
        real_images: float [B, ...].
        fake_images: of the same shape and dtype.
        positions: float [B] in [0, 1], uniform: 0 is the generated image, 1 the real one.

    Returns:
        Float [B, ...], in the images' dtype.
    """
    ones = [1] * (real_images.shape.rank - 1)
    positions = tf.reshape(tf.cast(positions, real_images.dtype), [-1, *ones])
    return positions * real_images + (1.0 - positions) * fake_images


class Penalty(NamedTuple):
    """A function of slopes, and of which images they are taken; with several, terms are added."""

    function: PenaltyFunction
    images: tuple[ImageChoice, ...]


PENALTIES = {
    "none": Penalty(zero_centered, ()),
    "r1": Penalty(zero_centered, (of_real,)),
    "r2": Penalty(zero_centered, (of_fake,)),
    "r1_r2": Penalty(zero_centered, (of_real, of_fake)),
    "wgan_gp": Penalty(one_centered, (interpolate,)),
}
