"""The adversarial game as a Keras model.

Two networks, two optimizers, one step:

1. Train the discriminator D as a binary classifier of real against generated images. Only D is
   updated.
2. Train the generator G so that D calls its images real. The gradient flows through D to G, and
   only G is updated.

G and D chained are one big network; what keeps them apart is which variables each tape's
gradient is asked for. Nothing here knows that the data are images.
"""

from typing import Any

import keras
import tensorflow as tf

from kerasgan.model.adversarial_model import AdversarialModel, gradients_of, mean_over_replicas
from kerasgan.model.checks import real_images_of
from kerasgan.model.layers import iterate_spectral_norms
from kerasgan.model.losses import AdversarialLoss, find_loss, read_loss, serialize_loss
from kerasgan.model.random_streams import StepStream, Stream, normal, replica_slice, step_seed

UPDATE_ORDERS = ("alternating", "simultaneous")


@keras.saving.register_keras_serializable("kerasgan")
class GAN(AdversarialModel):
    """A generator and a discriminator that learn from each other.

    ::

        gan = GAN(generator=build_generator((64, 64, 3)),
                  discriminator=build_discriminator((64, 64, 3)))
        gan.compile(g_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
                    d_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5))
        gan.fit(dataset, epochs=5)    # batches [B, ...] of what the generator should imitate
        images = gan(latents)         # from the averaged generator

    The latents of a step are a pure function of (seed, step) and belong to the global batch:
    each replica takes its slice of them, so that a run depends neither on its past nor on the
    number of devices.

    A step that is not finite changes nothing except the counters (see `AdversarialModel`).

    Args:
        generator: a built model from latents [B, latent_dim] to samples.
        discriminator: a built model from samples to logits [B, 1].
        update_order: "alternating" updates D and then G against the new D, on the same fake
            batch; "simultaneous" takes both gradients from one shared forward pass.
        ema_decay: decay per step of the exponential moving average of the generator's weights,
            in [0, 1). Early in training it is lower: (1 + step) / (10 + step).
        seed: of the latents.
        name: of the model.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(
        self,
        *,
        generator: keras.Model,
        discriminator: keras.Model,
        update_order: str = "alternating",
        ema_decay: float = 0.999,
        seed: int = 0,
        name: str = "gan",
    ):
        super().__init__(
            generator=generator, discriminator=discriminator, ema_decay=ema_decay, name=name
        )
        if update_order not in UPDATE_ORDERS:
            raise ValueError(f"update_order={update_order!r}: must be one of {UPDATE_ORDERS}")
        self.update_order = update_order
        self.seed = seed

    def get_config(self) -> dict[str, Any]:
        """The arguments, networks included, ready for JSON."""
        own = ("update_order", "ema_decay", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    def compile(
        self,
        *,
        g_optimizer: str | keras.optimizers.Optimizer,
        d_optimizer: str | keras.optimizers.Optimizer,
        loss: str | AdversarialLoss = "non_saturating",
        **options,
    ) -> None:
        """Sets the two optimizers and the adversarial loss.

        Args:
            g_optimizer: updates the generator; an optimizer, or its name in Keras.
            d_optimizer: updates the discriminator; not the same object.
            loss: a name in `kerasgan.LOSSES`, or an `AdversarialLoss`.
            **options: what `keras.Model.compile` takes (`jit_compile`, `run_eagerly`,
                `steps_per_execution`, `auto_scale_loss`).

        Raises:
            ValueError: an unknown loss, or one optimizer for both networks.
        """
        super().compile(g_optimizer=g_optimizer, d_optimizer=d_optimizer, **options)
        self.adversarial_loss = find_loss(loss)

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, ready for JSON."""
        config = super().get_compile_config()
        return {**config, "loss": serialize_loss(self.adversarial_loss)} if config else {}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles with the arguments that `get_compile_config` returned."""
        self.compile(**{**self.read_compile_config(config), "loss": read_loss(config["loss"])})

    def train_step(self, batch: Any) -> dict[str, tf.Tensor]:
        """One update of D and one of G; the batch is this replica's share of the global one."""
        real_images = real_images_of(batch, self.image_shape)
        before = self._read_state()
        latents = self._latents_of_this_step(tf.shape(real_images)[0])
        iterate_spectral_norms(self.discriminator)
        if self.update_order == "alternating":
            results = self._alternating_updates(real_images, latents)
        else:
            results = self._simultaneous_updates(real_images, latents)
        self._update_ema()
        return self._complete_step(results, before)

    def test_step(self, batch: Any) -> dict[str, tf.Tensor]:
        """Both losses and scores on held-out samples, whose partners are the same in each batch."""
        real_images = real_images_of(batch, self.image_shape)
        latents = normal([tf.shape(real_images)[0], self.latent_dim], [self.seed, Stream.HELD_OUT])
        real_logits = self.run_discriminator(real_images, training=False)
        fake_logits = self.run_discriminator(
            self.run_generator(latents, averaged=True, training=False), training=False
        )
        results = _results(
            self.adversarial_loss.discriminator(real_logits, fake_logits),
            self.adversarial_loss.generator(real_logits, fake_logits),
            real_logits,
            fake_logits,
        )
        for name, value in mean_over_replicas(results).items():
            self._trackers[name].update_state(value, 1.0)
        return {name: self._trackers[name].result() for name in results}

    def _alternating_updates(self, real_images, latents):
        with tf.GradientTape() as g_tape:
            fake_images = self.run_generator(latents, training=True)

            # (1) Train D: real = 1, generated = 0. The gradient must not reach G.
            with tf.GradientTape() as d_tape:
                real_logits = self.run_discriminator(real_images, training=True)
                fake_logits = self.run_discriminator(tf.stop_gradient(fake_images), training=True)
                d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            d_gradients, d_norm = gradients_of(d_loss, d_tape, self.discriminator, self.d_optimizer)
            self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)

            # (2) Train G against the new D: the same images, now to be called real. The gradient
            # flows through D all the way to G, and D's weights stay put.
            g_fake_logits = self.run_discriminator(fake_images, training=True)
            g_real_logits = real_logits
            if self.adversarial_loss.generator_sees_real:
                g_real_logits = self.run_discriminator(real_images, training=True)
            g_loss = self.adversarial_loss.generator(g_real_logits, g_fake_logits)
        g_gradients, g_norm = gradients_of(g_loss, g_tape, self.generator, self.g_optimizer)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

        norms = {"g_gradient_norm": g_norm, "d_gradient_norm": d_norm}
        return _results(d_loss, g_loss, real_logits, fake_logits) | norms

    def _simultaneous_updates(self, real_images, latents):
        # One forward pass for both. What keeps D's loss from moving G, and G's from moving D, is
        # the variables that each tape's gradient is asked for.
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            fake_images = self.run_generator(latents, training=True)
            real_logits = self.run_discriminator(real_images, training=True)
            fake_logits = self.run_discriminator(fake_images, training=True)
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
        d_gradients, d_norm = gradients_of(d_loss, d_tape, self.discriminator, self.d_optimizer)
        g_gradients, g_norm = gradients_of(g_loss, g_tape, self.generator, self.g_optimizer)
        self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

        norms = {"g_gradient_norm": g_norm, "d_gradient_norm": d_norm}
        return _results(d_loss, g_loss, real_logits, fake_logits) | norms

    def _latents_of_this_step(self, batch_size: tf.Tensor) -> tf.Tensor:
        """This replica's slice, [batch_size, latent_dim], of the global batch's latents."""
        seed = step_seed(self._run_seed(), self.step.value, StepStream.LATENTS)
        dtype = tf.as_dtype(self.compute_dtype)
        return replica_slice(lambda rows: normal([rows, self.latent_dim], seed, dtype), batch_size)

    def _run_seed(self) -> tf.Tensor:
        # Each rollback draws other numbers, far from any seed that a user would choose next.
        return self.seed + self.rollbacks.value * 2**40


def _results(d_loss, g_loss, real_logits, fake_logits):
    return {
        "g_loss": g_loss,
        "d_loss": d_loss,
        "real_score": tf.reduce_mean(tf.sigmoid(real_logits)),
        "fake_score": tf.reduce_mean(tf.sigmoid(fake_logits)),
    }
