"""Gradient descent in latent space, from several starts at once."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from kerasgan.projecting.distance import squared_distance

_RATE = 0.1  # the largest of Adam's, in standard deviations of the latents
_WARM_UP, _FALL = 0.05, 0.5  # shares of the steps in which the rate rises, and falls to 0
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.99, 1e-8


class Descent:
    """Moves latents until what is painted from them is like a target.

    Each start goes its own way: Adam's steps for one latent do not depend on the others.

    Args:
        describe: from latents [k, latent_dim] to what is compared of their images, see
            `ImageDistance.pieces`.
        prior_weight: of `length_penalty`.

    Reference: Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN",
    appendix D, whose rates rise and fall like these.
    """

    def __init__(self, describe: Callable[[tf.Tensor], list[tf.Tensor]], prior_weight: float):
        self._describe = describe
        self._prior_weight = prior_weight
        self._update = tf.function(self._one_step, autograph=False)

    def run(
        self,
        target: Sequence[tf.Tensor],
        starts: np.ndarray,
        steps: int,
        after_step: Callable[[], object] = lambda: None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Follows the gradient.

        Args:
            target: what is compared of the target, [1, length] each.
            starts: float32 [k, latent_dim].
            steps: of Adam, at least 1.
            after_step: called after each of them.

        Returns:
            The latents before each step and after the last, float32 [steps + 1, k, latent_dim], and
            the objective at the end, float32 [k].
        """
        latents = tf.constant(starts, tf.float32)
        slope = square = tf.zeros_like(latents)
        way = [starts]
        for step in range(steps):
            rate = tf.constant(learning_rate(step, steps), tf.float32)
            number = tf.constant(step + 1, tf.float32)
            latents, slope, square = self._update(latents, slope, square, number, rate, target)
            way.append(latents.numpy())
            after_step()
        objective: np.ndarray = self._objective(latents, target).numpy()
        return np.stack(way), objective

    def _objective(self, latents: tf.Tensor, target: Sequence[tf.Tensor]) -> tf.Tensor:
        """[k, latent_dim] -> [k]."""
        distance = squared_distance(self._describe(latents), target)
        return distance + self._prior_weight * length_penalty(latents)

    def _one_step(
        self,
        latents: tf.Tensor,
        slope: tf.Tensor,
        square: tf.Tensor,
        number: tf.Tensor,
        rate: tf.Tensor,
        target: Sequence[tf.Tensor],
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """One step of Adam; all are [k, latent_dim] except the scalars `number` and `rate`."""
        with tf.GradientTape() as tape:
            tape.watch(latents)
            objective = self._objective(latents, target)
        gradient = tape.gradient(objective, latents)  # of the sum, so of each start alone
        slope = _BETA_1 * slope + (1.0 - _BETA_1) * gradient
        square = _BETA_2 * square + (1.0 - _BETA_2) * gradient**2
        unbiased_slope = slope / (1.0 - _BETA_1**number)
        unbiased_square = square / (1.0 - _BETA_2**number)
        step = rate * unbiased_slope / (tf.sqrt(unbiased_square) + _EPSILON)
        return latents - step, slope, square


def learning_rate(step: int, steps: int) -> float:
    """Rises linearly in the first steps and falls along a cosine in the last ones."""
    rise = min(1.0, (step + 1) / (_WARM_UP * steps))
    left = min(1.0, (steps - step) / (_FALL * steps))
    return _RATE * rise * 0.5 * (1.0 - math.cos(math.pi * left))


def length_penalty(latents: tf.Tensor) -> tf.Tensor:
    """How unlikely a latent's length is: [k, latent_dim] -> [k], 0 at the most likely one.

    The length r of a standard normal vector of d numbers has the density of the chi distribution,
    log p(r) = (d - 1) log r - r^2 / 2 + constant, which is highest at r = sqrt(d - 1). The penalty
    is -log p(r) / d, minus its least value.
    """
    dim = latents.shape[1]
    square = tf.reduce_sum(latents**2, axis=1)
    most_likely = float(dim - 1)  # of r^2
    excess = square - most_likely
    if dim > 1:
        excess -= most_likely * tf.math.log((square + 1e-12) / most_likely)
    return excess / (2.0 * dim)
