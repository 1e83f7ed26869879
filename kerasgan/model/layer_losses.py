"""What the layers of a network add to its loss: regularizers of weights and outputs, `add_loss`.

Keras forgets the losses of a call when the network is called again, and a discriminator is called
twice in an update: they are taken after each call, those of weights once.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf


def losses_of_call(network: keras.Model) -> list[tf.Tensor]:
    """Scalars of the last call: activity regularizers, and `add_loss` in a layer's `call`."""
    losses: list[tf.Tensor] = network.losses  # those of weights come last
    return losses[: len(losses) - len(_regularized(network))]


def losses_of_weights(network: keras.Model) -> list[tf.Tensor]:
    """Scalars of the trainable weights, such as those of a `kernel_regularizer`."""
    return [weight.regularizer(weight) for weight in _regularized(network)]


def add_losses(loss: tf.Tensor, added: Sequence[tf.Tensor]) -> tf.Tensor:
    """A loss and what layers add to it, in the precision of the loss.

    Raises:
        ValueError: the loss is not a scalar, such as that of a function of one's own.
    """
    if loss.shape.rank not in (0, None):
        raise ValueError(f"an adversarial loss must be a scalar; got shape {loss.shape}")
    for one in added:
        loss += tf.cast(one, loss.dtype)
    return loss


def _regularized(network: keras.Model) -> list[keras.Variable]:
    return [weight for weight in network.trainable_weights if weight.regularizer is not None]
