"""Adversarial losses: pure functions of logits.

A logit is the discriminator's raw output: `sigmoid(logit)` is its probability that the image is
real. Every function takes `real_logits` and `fake_logits`, float tensors of one shape (usually
[B, 1]), and returns the mean over the batch as a scalar to be minimised. Two identities keep them
finite for any logit:

    -log sigmoid(x) = softplus(-x)        -log(1 - sigmoid(x)) = softplus(x)
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

LossFunction = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def non_saturating_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Binary cross entropy, real = 1 and generated = 0 (Goodfellow et al. 2014, equation 1)."""
    real_loss = tf.nn.softplus(-real_logits)  # -log D(x)
    fake_loss = tf.nn.softplus(fake_logits)  # -log(1 - D(G(z)))
    return tf.reduce_mean(real_loss) + tf.reduce_mean(fake_loss)


def non_saturating_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """The discriminator's loss with the label flipped to real (Goodfellow et al. 2014, section 3).

    Its slope is steepest where the discriminator is sure that the image is generated, which is
    where a young generator needs it.
    """
    del real_logits
    return tf.reduce_mean(tf.nn.softplus(-fake_logits))  # -log D(G(z))


def minimax_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """What the discriminator maximises (Goodfellow et al. 2014, equation 1).

    It saturates: where the discriminator wins, the slope goes to zero. Included for comparison.
    """
    del real_logits
    return -tf.reduce_mean(tf.nn.softplus(fake_logits))  # log(1 - D(G(z)))


def least_squares_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """LSGAN with targets a = 0 and b = 1 (Mao et al. 2017, equation 9)."""
    real_loss = tf.square(real_logits - 1.0)
    fake_loss = tf.square(fake_logits)
    return 0.5 * (tf.reduce_mean(real_loss) + tf.reduce_mean(fake_loss))


def least_squares_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """LSGAN with the target c = 1 (Mao et al. 2017, equation 9)."""
    del real_logits
    return 0.5 * tf.reduce_mean(tf.square(fake_logits - 1.0))


def hinge_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Only logits inside the margin of 1 count (Lim & Ye 2017; Miyato et al. 2018, equation 16)."""
    real_loss = tf.nn.relu(1.0 - real_logits)
    fake_loss = tf.nn.relu(1.0 + fake_logits)
    return tf.reduce_mean(real_loss) + tf.reduce_mean(fake_loss)


def hinge_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """The mean fake logit, to be raised (Miyato et al. 2018, equation 17)."""
    del real_logits
    return -tf.reduce_mean(fake_logits)


def relativistic_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Each real image should beat its generated partner (Jolicoeur-Martineau 2019, RpGAN)."""
    return tf.reduce_mean(tf.nn.softplus(fake_logits - real_logits))  # -log sigmoid(real - fake)


def relativistic_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Each generated image should beat its real partner (Jolicoeur-Martineau 2019, RpGAN)."""
    return tf.reduce_mean(tf.nn.softplus(real_logits - fake_logits))  # -log sigmoid(fake - real)


def wasserstein_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """The mean logits' distance, to be widened (Arjovsky et al. 2017, equation 2).

    It estimates the Wasserstein distance where the discriminator's slope is limited, by a penalty
    or by spectral normalisation; without a limit it has no minimum.
    """
    return tf.reduce_mean(fake_logits) - tf.reduce_mean(real_logits)


def wasserstein_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """The mean fake logit, to be raised (Arjovsky et al. 2017, algorithm 1)."""
    del real_logits
    return -tf.reduce_mean(fake_logits)


class AdversarialLoss(NamedTuple):
    """The losses of both networks."""

    discriminator: LossFunction
    generator: LossFunction
    generator_sees_real: bool = False  # whether the generator's side depends on real_logits


LOSSES = {
    "non_saturating": AdversarialLoss(
        non_saturating_discriminator_loss, non_saturating_generator_loss
    ),
    "minimax": AdversarialLoss(non_saturating_discriminator_loss, minimax_generator_loss),
    "least_squares": AdversarialLoss(
        least_squares_discriminator_loss, least_squares_generator_loss
    ),
    "hinge": AdversarialLoss(hinge_discriminator_loss, hinge_generator_loss),
    "relativistic": AdversarialLoss(
        relativistic_discriminator_loss, relativistic_generator_loss, generator_sees_real=True
    ),
    "wasserstein": AdversarialLoss(wasserstein_discriminator_loss, wasserstein_generator_loss),
}
