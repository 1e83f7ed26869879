"""Random numbers of one kind of augmentation, and matrices made of them."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf


class Draw(NamedTuple):
    """One kind's random numbers, float [B] each, uniform in [0, 1)."""

    coin: tf.Tensor  # below `probability`: the image is changed
    uniforms: list[tf.Tensor]
    probability: tf.Tensor
    height: int  # of the images, in pixels
    width: int

    def choose(self, amounts: tf.Tensor) -> tf.Tensor:
        """The amounts [B] by which images are changed, 0 for those that are not."""
        return tf.where(self.coin < self.probability, amounts, tf.zeros_like(amounts))


def normal(uniform: tf.Tensor) -> tf.Tensor:
    """Standard normal numbers from numbers that are uniform in [0, 1)."""
    return tf.math.ndtri(tf.maximum(uniform, 2.0**-24))  # 0 would become minus infinity


def factor(uniform: tf.Tensor, deviation: float) -> tf.Tensor:
    """Factors 2^x, where x is normal with this standard deviation."""
    return tf.exp(math.log(2.0) * deviation * normal(uniform))


def angle(uniform: tf.Tensor) -> tf.Tensor:
    """Angles in [-pi, pi)."""
    return (2.0 * uniform - 1.0) * math.pi


def identity_plus(*terms: tuple[tf.Tensor, np.ndarray]) -> tf.Tensor:
    """Matrices I + a A + b B ..., [B, n, n], of amounts a, b [B] and constants A, B [n, n]."""
    return sum(
        (amounts[:, None, None] * matrix for amounts, matrix in terms),
        start=tf.eye(len(terms[0][1]), dtype=terms[0][0].dtype),
    )


def product(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """The matrix product of [B, n, n] and [B, n, n].

    It is a plain sum of products, because a GPU's matrix product may round to ten bits.
    """
    return tf.reduce_sum(left[:, :, :, None] * right[:, None, :, :], axis=2)


def matrices_of(
    table: list[tuple[str, Callable[[Draw], tf.Tensor]]], draws: dict[str, Draw]
) -> list[tf.Tensor]:
    """The matrices [B, n, n] of the table's kinds that were drawn, in the table's order."""
    return [function(draws[kind]) for kind, function in table if kind in draws]
