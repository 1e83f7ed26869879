"""What `GAN` asks of its networks and batches, so that a mistake is reported where it is made."""

import warnings
from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf


def latent_dim_of(generator: keras.Model) -> int:
    """The length of the latents that a generator takes."""
    return generator.inputs[0].shape[-1]


def condition_width_of(generator: keras.Model) -> int:
    """The length of the conditions that a generator takes; 0 if it takes none."""
    return generator.inputs[1].shape[-1] if len(generator.inputs) > 1 else 0


def check_networks(generator: keras.Model, discriminator: keras.Model) -> None:
    """Checks that two networks can be trained against each other.

    Raises:
        ValueError: they cannot; the message says why.
    """
    if generator is discriminator:
        raise ValueError("generator and discriminator must be two networks; both are the same one")
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        if not network.built:
            raise ValueError(
                f"{role}={network.name!r}: must be built; give it a keras.Input, or call it once"
            )
    if not hasattr(generator, "inputs"):
        raise ValueError(
            f"generator={generator.name!r}: must be a Sequential or functional model, which can be "
            "copied for the average; is a subclass of keras.Model"
        )
    shapes = [tuple(tensor.shape) for tensor in generator.inputs]
    if len(shapes) > 2 or any(len(shape) != 2 for shape in shapes):
        raise ValueError(
            f"generator={generator.name!r}: must have one input of latents [B, latent_dim], and "
            f"may have one of conditions [B, width]; has {shapes}"
        )
    if len(generator.outputs) != 1:
        raise ValueError(
            f"generator={generator.name!r}: must have one output; has {len(generator.outputs)}"
        )
    if not hasattr(discriminator, "inputs"):
        return  # nothing more is known of a subclass
    _warn_of_sigmoid(discriminator)
    if len(discriminator.outputs) != 1:
        raise ValueError(
            f"discriminator={discriminator.name!r}: must have one output; has "
            f"{len(discriminator.outputs)}"
        )
    widths = [_widths_of_conditions(network) for network in (generator, discriminator)]
    if widths[0] != widths[1]:
        taken = [f"[B, {', '.join(map(str, each))}]" if each else "none" for each in widths]
        raise ValueError(
            f"generator and discriminator must take the same conditions: one takes {taken[0]}, "
            f"the other {taken[1]}"
        )
    painted, seen = tuple(generator.output_shape[1:]), tuple(discriminator.inputs[0].shape[1:])
    if len(painted) != len(seen) or any(
        None not in pair and pair[0] != pair[1] for pair in zip(painted, seen, strict=True)
    ):
        raise ValueError(
            f"generator and discriminator must fit together: one makes samples of shape {painted}, "
            f"the other takes {seen}"
        )


def warn_of_idle_networks(networks: Iterable[keras.Model]) -> None:
    """Warns of networks that training will not change, as those of old recipes.

    They set `discriminator.trainable = False` so that the generator's step leaves it alone. Here
    each optimizer changes its own network, and this would only keep D from learning.
    """
    for network in networks:
        if not network.trainable_variables:
            warnings.warn(
                f"{network.name} has no trainable weights: training will not change it. "
                "A GAN needs no trainable = False.",
                stacklevel=6,  # of `GAN.compile`
            )


def _warn_of_sigmoid(discriminator: keras.Model) -> None:
    """The losses apply it themselves; a second one keeps D from being sure of anything."""
    last = discriminator.layers[-1] if discriminator.layers else None
    if getattr(last, "activation", None) is keras.activations.sigmoid:
        warnings.warn(
            f"discriminator={discriminator.name!r}: ends with a sigmoid; must return logits, to "
            "which the losses apply it",
            stacklevel=6,  # of `GAN`
        )


def _widths_of_conditions(network: keras.Model) -> list[int]:
    """The sides of all inputs after the first, without the batch."""
    return [side for tensor in network.inputs[1:] for side in tensor.shape[1:]]


def real_batch_of(
    batch: Any, sample_shape: tuple[int | None, ...], condition_width: int
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """The samples and conditions in what `fit` hands to a step: x alone, (x,), or (x, y).

    Args:
        batch: of the data. Without conditions y is not used.
        sample_shape: of one sample.
        condition_width: of the networks; 0 if they take no conditions.

    Returns:
        Samples [B, ...], and their conditions [B, condition_width] or None.

    Raises:
        ValueError: the samples are a dictionary or several tensors, have weights or another
            shape, or lack labels that the networks need.
    """
    samples, labels, weights = keras.utils.unpack_x_y_sample_weight(batch)
    if isinstance(samples, list | tuple) and len(samples) == 1:
        (samples,) = samples
    if isinstance(samples, dict | list | tuple):
        kind = f"{type(samples).__name__} of {len(samples)}"
        if isinstance(samples, dict):
            kind = f"dictionary of {', '.join(map(str, samples))}"
        raise ValueError(
            f"a batch must be samples alone or (samples, labels); got a {kind}: choose with "
            "dataset.map"
        )
    refuse_weights(weights)
    samples = tf.convert_to_tensor(samples)  # eager `train_on_batch` hands over NumPy's array
    if not samples.shape[1:].is_compatible_with(sample_shape):
        unbatched = samples.shape.is_compatible_with(sample_shape)
        raise ValueError(
            f"a batch of samples must have shape [B, {', '.join(map(str, sample_shape))}]; got "
            f"{samples.shape}{': call dataset.batch' if unbatched else ''}"
        )
    if not samples.dtype.is_floating:
        raise ValueError(
            f"samples must be floating-point numbers, images in [-1, 1]; got {samples.dtype.name}: "
            "kerasgan.batches makes such batches from uint8 images"
        )
    return samples, conditions_of(labels, condition_width) if condition_width else None


def refuse_weights(weights: Any) -> None:
    """Raises a ValueError unless the weights of samples or classes are None."""
    if weights is not None:
        raise ValueError("sample_weight, class_weight: a GAN's step does not weigh its samples")


def conditions_of(labels: Any, width: int) -> tf.Tensor:
    """Labels as batches and callers give them -> conditions [n, width], in Keras's float type.

    Args:
        labels: indices of classes, integers [n] or [n, 1], which become one-hot vectors; or
            numbers [n, width], one-hot vectors or attributes, which stay as they are.
        width: of a condition.

    Raises:
        ValueError: there are none, or they have another shape.
        tf.errors.InvalidArgumentError: an index of no class.
    """
    if labels is None:
        raise ValueError(
            f"labels=None: the networks take conditions; give (samples, labels), whose labels are "
            f"indices of {width} classes, or numbers [n, {width}]"
        )
    labels = tf.convert_to_tensor(labels)
    if labels.shape.rank == 2 and labels.shape[1] == width:
        return tf.cast(labels, keras.config.floatx())
    if labels.shape.rank == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape.rank != 1 or not labels.dtype.is_integer:
        raise ValueError(
            f"labels must be indices of {width} classes, integers [n], or numbers [n, {width}]; "
            f"got {labels.dtype.name} {labels.shape}"
        )
    message = f"labels must be 0 to {width - 1}, indices of classes"
    tf.debugging.assert_non_negative(labels, message)
    tf.debugging.assert_less(labels, tf.cast(width, labels.dtype), message)
    return tf.one_hot(labels, width, dtype=keras.config.floatx())
