"""What `GAN` asks of its networks and batches, so that a mistake is reported where it is made."""

from typing import Any

import keras
import tensorflow as tf


def latent_dim_of(generator: keras.Model) -> int:
    """The length of the latents that a generator takes."""
    return generator.input_shape[-1]


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
    if len(generator.inputs) != 1 or len(generator.inputs[0].shape) != 2:
        shapes = [tuple(tensor.shape) for tensor in generator.inputs]
        raise ValueError(
            f"generator={generator.name!r}: must have one input of latents [B, latent_dim]; has "
            f"{shapes}"
        )
    if len(generator.outputs) != 1:
        raise ValueError(
            f"generator={generator.name!r}: must have one output; has {len(generator.outputs)}"
        )
    if not hasattr(discriminator, "inputs"):
        return  # nothing more is known of a subclass
    if len(discriminator.inputs) != 1 or len(discriminator.outputs) != 1:
        raise ValueError(
            f"discriminator={discriminator.name!r}: must have one input and one output; has "
            f"{len(discriminator.inputs)} and {len(discriminator.outputs)}"
        )
    painted, seen = tuple(generator.output_shape[1:]), tuple(discriminator.input_shape[1:])
    if len(painted) != len(seen) or any(
        None not in pair and pair[0] != pair[1] for pair in zip(painted, seen, strict=True)
    ):
        raise ValueError(
            f"generator and discriminator must fit together: one makes samples of shape {painted}, "
            f"the other takes {seen}"
        )


def real_images_of(batch: Any, sample_shape: tuple[int | None, ...]) -> tf.Tensor:
    """The samples in what `fit` hands to a step: x alone, (x,), or (x, y), whose y is not used.

    Args:
        batch: of the data.
        sample_shape: of one sample.

    Raises:
        ValueError: the batch is a dictionary, has weights, or holds samples of another rank.
    """
    if isinstance(batch, dict):
        raise ValueError(
            f"a batch must be samples alone or (samples, labels); got a dictionary of "
            f"{', '.join(map(str, batch))}: choose one with dataset.map"
        )
    samples, _, weights = keras.utils.unpack_x_y_sample_weight(batch)
    if weights is not None:
        raise ValueError("sample_weight: a GAN's step does not weigh its samples")
    samples = tf.convert_to_tensor(samples)  # eager `train_on_batch` hands over NumPy's array
    if samples.shape.rank != len(sample_shape) + 1:
        raise ValueError(
            f"a batch of samples must have shape [B, {', '.join(map(str, sample_shape))}]; got "
            f"{samples.shape}: call dataset.batch"
        )
    if not samples.dtype.is_floating:
        raise ValueError(
            f"samples must be floating-point numbers, images in [-1, 1]; got {samples.dtype.name}: "
            "kerasgan.batches makes such batches from uint8 images"
        )
    return samples
