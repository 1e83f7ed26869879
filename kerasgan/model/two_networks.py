"""Two networks and their optimizers as one Keras model: what Keras asks of it except training."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgan.model.latents import latents_from_seeds
from kerasgan.model.optimizers import BothOptimizers, with_loss_scale
from kerasgan.model.validation import check_networks, latent_dim_of
from kerasgan.pixels import to_uint8

_GENERATED_AT_ONCE = 64  # images in memory as float32


class TwoNetworkModel(keras.Model):
    """A generator, its average, a discriminator, and the two doors through which all calls go.

    Args:
        generator: a built model from latents [B, latent_dim] to samples.
        discriminator: a built model from samples to logits [B, 1].
        name: of the model.

    Raises:
        ValueError: networks that do not fit together.
    """

    def __init__(self, *, generator: keras.Model, discriminator: keras.Model, name: str):
        super().__init__(name=name)
        check_networks(generator, discriminator)
        self.generator = generator
        self.discriminator = discriminator
        # Its batch-norm statistics are averaged like every other weight.
        self.ema_generator = keras.models.clone_model(generator)
        self.ema_generator.name = "ema_generator"
        self.ema_generator.set_weights(generator.get_weights())
        self.ema_generator.trainable = False
        self.latent_dim = latent_dim_of(generator)
        self.image_shape = generator.output_shape[1:]
        self.built = True  # both networks are; Keras would try to build on a batch of images

    def build(self, input_shape=None) -> None:
        """Does nothing: both networks are built."""

    def call(self, latents, training=False):
        """Samples from the averaged generator; latents [B, latent_dim], standard normal."""
        return self.run_generator(latents, averaged=True, training=training)

    def run_generator(self, latents, *, training: bool, averaged: bool = False):
        """Every call of G: latents [B, latent_dim] -> samples [B, ...].

        Args:
            latents: standard normal.
            training: whether batch norm uses the batch's statistics and updates the moving ones.
            averaged: from the averaged weights, which sample and are exported.
        """
        network = self.ema_generator if averaged else self.generator
        return network(latents, training=training)

    def run_discriminator(
        self,
        samples,
        *,
        training: bool,
        augment: Callable[[tf.Tensor], tf.Tensor] | None = None,
    ):
        """Every call of D: samples [B, ...] -> logits [B, 1], above 0 for "real".

        Args:
            samples: real or generated.
            training: whether batch norm uses the batch's statistics and updates the moving ones.
            augment: changes the samples before D sees them, so that gradients flow through it.
        """
        if augment is not None:
            samples = augment(samples)
        return self.discriminator(samples, training=training)

    def generate(self, count: int, *, seed: int = 0) -> np.ndarray:
        """Images uint8 [count, H, W, C] of the seeds from `seed` on, from the averaged generator.

        One seed is one image, here and in every command and exported model.
        """
        parts = [np.zeros([0, *self.image_shape], np.uint8)]
        for first in range(seed, seed + count, _GENERATED_AT_ONCE):
            seeds = tf.range(first, min(first + _GENERATED_AT_ONCE, seed + count), dtype=tf.int64)
            latents = latents_from_seeds(seeds, self.latent_dim)
            images = self.run_generator(latents, averaged=True, training=False)
            parts.append(to_uint8(images.numpy()))
        return np.concatenate(parts)

    def compile(
        self,
        *,
        g_optimizer: str | keras.optimizers.Optimizer,
        d_optimizer: str | keras.optimizers.Optimizer,
        auto_scale_loss: bool = True,
        **options,
    ) -> None:
        """Sets the two optimizers.

        Args:
            g_optimizer: updates the generator; an optimizer, or its name in Keras.
            d_optimizer: updates the discriminator; not the same object.
            auto_scale_loss: under the policy mixed_float16, give both a loss scale.
            **options: what `keras.Model.compile` takes.

        Raises:
            ValueError: one optimizer for both networks.
        """
        super().compile(optimizer=None, **options)
        self._compile_options = options
        optimizers = [keras.optimizers.get(given) for given in (g_optimizer, d_optimizer)]
        if optimizers[0] is optimizers[1]:
            raise ValueError("g_optimizer and d_optimizer must be two objects: each has a state")
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16":
            optimizers = [with_loss_scale(optimizer) for optimizer in optimizers]
        self.g_optimizer, self.d_optimizer = optimizers
        # Optimizers that are not built would be left out when a checkpoint is restored.
        self.g_optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        # For Keras's callbacks; nothing else here uses it.
        self.optimizer = BothOptimizers(generator=self.g_optimizer, discriminator=self.d_optimizer)

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, ready for JSON."""
        if not self.compiled:
            return {}
        optimizers = {"g_optimizer": self.g_optimizer, "d_optimizer": self.d_optimizer}
        return self._compile_options | {
            name: keras.saving.serialize_keras_object(optimizer)
            for name, optimizer in optimizers.items()
        }

    @staticmethod
    def read_compile_config(config: dict[str, Any]) -> dict[str, Any]:
        """The arguments of `compile` that `get_compile_config` wrote down."""
        optimizers = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in ("g_optimizer", "d_optimizer")
        }
        return config | optimizers

    def export(self, filepath, format="tf_saved_model", input_signature=None, **options) -> None:
        """Exports `gan(latents)`: the averaged generator, for any number of latents.

        `python -m kerasgan.export` writes a model with more signatures.
        """
        if input_signature is None:
            input_signature = [keras.InputSpec(shape=(None, self.latent_dim), dtype="float32")]
        super().export(filepath, format=format, input_signature=input_signature, **options)

    def get_config(self) -> dict[str, Any]:
        """The arguments, networks included, ready for JSON."""
        return {
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects=None):
        """A model with the arguments that `get_config` returned."""
        networks = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in ("generator", "discriminator")
        }
        return cls(**{**config, **networks})
