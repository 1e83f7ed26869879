"""Two networks and their optimizers as one Keras model: what Keras asks of it except training."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgan.model.latents import latents_from_seeds
from kerasgan.model.optimizers import BothOptimizers, with_loss_scale
from kerasgan.model.validation import (
    check_networks,
    condition_width_of,
    conditions_of,
    latent_dim_of,
    refuse_weights,
    warn_of_idle_networks,
)
from kerasgan.pixels import to_uint8

_GENERATED_AT_ONCE = 64  # images in memory as float32


class TwoNetworkModel(keras.Model):
    """A generator, its average, a discriminator, and the two doors through which all calls go.

    Args:
        generator: a built model from latents [B, latent_dim] to samples; a conditional one takes
            [latents, conditions], where conditions are [B, condition_width].
        discriminator: a built model from samples, or [samples, conditions], to logits [B, 1].
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
        self.condition_width = condition_width_of(generator)
        self.image_shape = generator.output_shape[1:]
        self.built = True  # both networks are; Keras would try to build on a batch of images

    def build(self, input_shape=None) -> None:
        """Does nothing: both networks are built."""

    @property
    def input_shape(self):
        """(None, latent_dim); of conditional networks, a list with that of the conditions too."""
        return self.generator.input_shape

    @property
    def output_shape(self):
        """(None, ...): of the samples."""
        return self.generator.output_shape

    def call(self, inputs, training=False):
        """Samples from the averaged generator.

        Args:
            inputs: latents [B, latent_dim], standard normal; if the networks are conditional,
                [latents, conditions].
            training: as in `run_generator`.
        """
        latents, conditions = inputs, None
        if isinstance(inputs, list | tuple):
            latents, conditions = inputs
        return self.run_generator(latents, conditions, averaged=True, training=training)

    def run_generator(self, latents, conditions, *, training: bool, averaged: bool = False):
        """Every call of G: latents [B, latent_dim] -> samples [B, ...].

        Args:
            latents: standard normal.
            conditions: [B, condition_width], what the samples are asked to be; None if the
                networks are not conditional.
            training: whether batch norm uses the batch's statistics and updates the moving ones.
            averaged: from the averaged weights, which sample and are exported.
        """
        network = self.ema_generator if averaged else self.generator
        return network(self._with(latents, conditions), training=training)

    def run_discriminator(
        self,
        samples,
        conditions,
        *,
        training: bool,
        augment: Callable[[tf.Tensor], tf.Tensor] | None = None,
    ):
        """Every call of D: samples [B, ...] -> logits [B, 1], above 0 for "real".

        Args:
            samples: real or generated.
            conditions: [B, condition_width], what the samples are said to be; None if the
                networks are not conditional.
            training: whether batch norm uses the batch's statistics and updates the moving ones.
            augment: changes the samples before D sees them, so that gradients flow through it.
        """
        if augment is not None:
            samples = augment(samples)
        logits = self.discriminator(self._with(samples, conditions), training=training)
        # Half precision has too few digits for a loss.
        return tf.cast(logits, self.variable_dtype)

    def _with(self, inputs, conditions):
        """What a network is called with."""
        if (conditions is None) != (self.condition_width == 0):
            raise ValueError(
                f"conditions={'None' if conditions is None else 'given'}: the networks take "
                + (f"[B, {self.condition_width}]" if self.condition_width else "none")
            )
        if conditions is None:
            return inputs
        # Keras takes no mixture of tensors and arrays.
        return [tf.constant(x) if isinstance(x, np.ndarray) else x for x in (inputs, conditions)]

    def generate(self, count: int, *, labels: Any = None, seed: int = 0) -> np.ndarray:
        """Images uint8 [count, H, W, C] of the seeds from `seed` on, from the averaged generator.

        One seed is one image, here and in every command and exported model; if the networks are
        conditional, one seed and label.

        Args:
            count: of images.
            labels: what they are asked to be: the index of a class, indices [count], or numbers
                [count, condition_width]; None if the networks are not conditional.
            seed: of the first image.

        Raises:
            ValueError: labels are missing, not wanted, or of another shape or number.
        """
        conditions = self._conditions_for(count, labels)
        parts = [np.zeros([0, *self.image_shape], np.uint8)]
        for first in range(0, count, _GENERATED_AT_ONCE):
            here = slice(first, min(first + _GENERATED_AT_ONCE, count))
            seeds = tf.range(seed + here.start, seed + here.stop, dtype=tf.int64)
            latents = latents_from_seeds(seeds, self.latent_dim)
            asked = None if conditions is None else conditions[here]
            images = self.run_generator(latents, asked, averaged=True, training=False)
            parts.append(to_uint8(images.numpy()))
        return np.concatenate(parts)

    def _conditions_for(self, count: int, labels: Any) -> tf.Tensor | None:
        if self.condition_width == 0:
            if labels is not None:
                raise ValueError("labels: the networks are not conditional")
            return None
        if isinstance(labels, int | np.integer):
            labels = np.full(count, labels)
        conditions = conditions_of(labels, self.condition_width)
        if len(conditions) != count:
            raise ValueError(f"labels: must be {count}, one for each image; got {len(conditions)}")
        return conditions

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
            ValueError: one optimizer for both networks, or options that a GAN has no use for.
        """
        unused = {"optimizer", "metrics", "weighted_metrics", "loss_weights"} & options.keys()
        if unused:
            raise ValueError(
                f"{', '.join(sorted(unused))}: a GAN has two optimizers and two losses of its own; "
                "kerasgan.callbacks.Evaluate measures its images"
            )
        super().compile(optimizer=None, **options)
        self._compile_options = options
        optimizers = [keras.optimizers.get(given) for given in (g_optimizer, d_optimizer)]
        if optimizers[0] is optimizers[1]:
            raise ValueError("g_optimizer and d_optimizer must be two objects: each has a state")
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16":
            optimizers = [with_loss_scale(optimizer) for optimizer in optimizers]
        self.g_optimizer, self.d_optimizer = optimizers
        # Optimizers that are not built would be left out when a checkpoint is restored.
        warn_of_idle_networks([self.generator, self.discriminator])
        self.g_optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        # For Keras's callbacks; nothing else here uses it.
        self.optimizer = BothOptimizers(generator=self.g_optimizer, discriminator=self.d_optimizer)

    def fit(
        self, *args, sample_weight=None, class_weight=None, **options
    ) -> keras.callbacks.History:
        """Trains, as `keras.Model.fit` does, except that samples have no weights."""
        refuse_weights(sample_weight)
        refuse_weights(class_weight)
        return super().fit(*args, **options)

    def evaluate(self, *args, sample_weight=None, **options) -> Any:
        """Measures, as `keras.Model.evaluate` does, except that samples have no weights."""
        refuse_weights(sample_weight)
        return super().evaluate(*args, **options)

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

        If the networks are conditional it is `gan([latents, conditions])`. `python -m
        kerasgan.export` writes a model with more signatures.
        """
        if input_signature is None:
            latents, *conditions = (
                keras.InputSpec(shape=(None, width), dtype="float32")
                for width in (self.latent_dim, self.condition_width)
                if width
            )
            input_signature = [[latents, *conditions] if conditions else latents]
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
