"""Penalties on the discriminator's slopes: pure functions, the twins of the losses.

A slope is the gradient of an image's logit with respect to the image's pixels: float [B, ...], one
for each image. A discriminator with small slopes around the data cannot push the generator far past
them. Every function takes slopes and returns the mean over the batch as a scalar to be minimised,
which is added to D's loss alone. They are computed in full precision whatever D computes in.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

PenaltyFunction = Callable[[tf.Tensor], tf.Tensor]


def squared_norms(slopes: tf.Tensor) -> tf.Tensor:
    """Each image's squared slope, summed over its pixels: [B], float32 or float64."""
    if slopes.dtype != tf.float64:
        slopes = tf.cast(slopes, tf.float32)
    return tf.reduce_sum(tf.square(slopes), axis=list(range(1, slopes.shape.rank)))


def zero_centered(slopes: tf.Tensor) -> tf.Tensor:
    """Half the mean squared slope (Mescheder et al. 2018, equation 9).

    R1 on real images, R2 on generated ones, and both in R3GAN (Huang et al. 2024).
    """
    return 0.5 * tf.reduce_mean(squared_norms(slopes))


def one_centered(slopes: tf.Tensor) -> tf.Tensor:
    """How far the lengths of the slopes are from 1, squared (Gulrajani et al. 2017, equation 3)."""
    squares = squared_norms(slopes)
    # The square root has no finite gradient at 0: there the length counts as constant.
    positive = squares > 0
    lengths = tf.where(positive, tf.sqrt(tf.where(positive, squares, 1.0)), 0.0)
    return tf.reduce_mean(tf.square(lengths - 1.0))


def between(real: tf.Tensor, fake: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """Images on the straight lines from real (position 0) to generated ones (1); positions [B]."""
    positions = tf.reshape(positions, [-1] + [1] * (real.shape.rank - 1))
    return real + tf.cast(positions, real.dtype) * (fake - real)


class Penalty(NamedTuple):
    """Which slopes are penalised, and how; None: not those."""

    of_real: PenaltyFunction | None = None
    of_fake: PenaltyFunction | None = None
    of_between: PenaltyFunction | None = None


PENALTIES = {
    "none": Penalty(),
    "r1": Penalty(of_real=zero_centered),
    "r2": Penalty(of_fake=zero_centered),
    "r1_r2": Penalty(of_real=zero_centered, of_fake=zero_centered),
    "wgan_gp": Penalty(of_between=one_centered),
}


def slopes_of(discriminate: Callable[[tf.Tensor], tf.Tensor], images: tf.Tensor) -> tf.Tensor:
    """The slope of each image's logit: of the shape of the images, and differentiable itself."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        logits = discriminate(images)
    return tape.gradient(logits, images)
