"""The adversarial game as a Keras model.

Two networks, two optimizers, one step:

1. Train the discriminator D as a binary classifier of real against generated images. Only D is
   updated.
2. Train the generator G to have its images called real by D. The gradient flows through D to G,
   and only G is updated.

G and D chained are one big network; what keeps them apart is which variables each tape's
gradient is asked for. Nothing here knows that the data are images.
"""

import keras
import tensorflow as tf

from kerasgan.layers import iterate_spectral_norms
from kerasgan.losses import LOSSES, AdversarialLoss

UPDATE_ORDERS = ("alternating", "simultaneous")


class GAN(keras.Model):
    """A generator and a discriminator that learn from each other.

    ::

        gan = GAN(generator=build_generator((64, 64, 3)),
                  discriminator=build_discriminator((64, 64, 3)))
        gan.compile(g_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
                    d_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5))
        gan.fit(dataset, epochs=5)    # batches [B, ...] of what the generator shall imitate
        images = gan(latents)         # from the averaged generator

    The latents of a step are a pure function of (seed, step) and belong to the global batch:
    each replica takes its slice of them, so that a run depends neither on its past nor on the
    number of devices.

    Args:
        generator: a built model from latents [B, latent_dim] to samples.
        discriminator: a built model from samples to logits [B, 1].
        update_order: "alternating" updates D and then G against the new D, on the same fake
            batch; "simultaneous" takes both gradients from one shared forward pass.
        ema_decay: decay per step of the exponential moving average of the generator's weights,
            in [0, 1). Early in training it is lower: (1 + step) / (10 + step).
        seed: of the latents.

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
        super().__init__(name=name)
        if update_order not in UPDATE_ORDERS:
            raise ValueError(f"update_order={update_order!r}: must be one of {UPDATE_ORDERS}")
        if not 0 <= ema_decay < 1:
            raise ValueError(f"ema_decay={ema_decay}: must be at least 0 and below 1")
        self.generator = generator
        self.discriminator = discriminator
        # Its batch-norm statistics are averaged like every other weight.
        self.ema_generator = keras.models.clone_model(generator)
        self.ema_generator.set_weights(generator.get_weights())
        self.ema_generator.trainable = False
        self.latent_dim = generator.input_shape[-1]
        self.update_order = update_order
        self.ema_decay = ema_decay
        self.seed = seed
        self.step = self.add_weight(
            name="step",
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )
        self._trackers = {
            name: keras.metrics.Mean(name=name)
            for name in (
                "g_loss",
                "d_loss",
                "real_score",  # D(x), the mean probability that D gives real images
                "fake_score",  # D(G(z)), the same for generated ones
                "g_gradient_norm",
                "d_gradient_norm",
            )
        }
        self.built = True  # both networks are; Keras would try to build on a batch of images

    def call(self, latents, training=False):
        """Samples from the averaged generator; latents [B, latent_dim], standard normal."""
        return self.ema_generator(latents, training=training)

    def compile(
        self,
        *,
        g_optimizer: keras.optimizers.Optimizer,
        d_optimizer: keras.optimizers.Optimizer,
        loss: str | AdversarialLoss = "non_saturating",
        **options,
    ) -> None:
        """Sets the two optimizers and the game.

        Args:
            g_optimizer: updates the generator.
            d_optimizer: updates the discriminator; not the same object.
            loss: a name in `kerasgan.losses.LOSSES`, or an `AdversarialLoss`.
            **options: what `keras.Model.compile` takes (`jit_compile`, `run_eagerly`,
                `steps_per_execution`).

        Raises:
            ValueError: an unknown loss, or one optimizer for both networks.
        """
        super().compile(optimizer=None, **options)
        if g_optimizer is d_optimizer:
            raise ValueError("g_optimizer and d_optimizer must be two objects: each has a state")
        if isinstance(loss, str) and loss not in LOSSES:
            raise ValueError(f"loss={loss!r}: must be one of {', '.join(LOSSES)}")
        self.adversarial_loss = LOSSES[loss] if isinstance(loss, str) else loss
        self.g_optimizer = g_optimizer
        self.d_optimizer = d_optimizer
        # Unbuilt optimizers would be passed over when a checkpoint is restored.
        g_optimizer.build(self.generator.trainable_variables)
        d_optimizer.build(self.discriminator.trainable_variables)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The trackers that `fit` reports and resets."""
        return list(self._trackers.values())

    def train_step(self, real_images: tf.Tensor) -> dict[str, tf.Tensor]:
        """One update of D and one of G; real_images is this replica's share of the batch."""
        latents = self._latents_of_this_step(tf.shape(real_images)[0])
        iterate_spectral_norms(self.discriminator)
        if self.update_order == "alternating":
            results = self._alternating_updates(real_images, latents)
        else:
            results = self._simultaneous_updates(real_images, latents)
        self._update_ema()
        self.step.assign_add(1)
        for name, value in results.items():
            self._trackers[name].update_state(value)
        return self.get_metrics_result()

    def _alternating_updates(self, real_images, latents):
        with tf.GradientTape() as g_tape:
            fake_images = self.generator(latents, training=True)

            # (1) Train D: real = 1, generated = 0. The gradient must not reach G.
            with tf.GradientTape() as d_tape:
                real_logits = self.discriminator(real_images, training=True)
                fake_logits = self.discriminator(tf.stop_gradient(fake_images), training=True)
                d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            d_gradients = _gradients(d_tape, d_loss, self.discriminator)
            self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)

            # (2) Train G against the new D: the same images, now to be called real. The gradient
            # flows through D all the way to G, and D's weights stay put.
            g_fake_logits = self.discriminator(fake_images, training=True)
            g_real_logits = real_logits
            if self.adversarial_loss.generator_sees_real:
                g_real_logits = self.discriminator(real_images, training=True)
            g_loss = self.adversarial_loss.generator(g_real_logits, g_fake_logits)
        g_gradients = _gradients(g_tape, g_loss, self.generator)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

        return _results(d_loss, g_loss, real_logits, fake_logits, d_gradients, g_gradients)

    def _simultaneous_updates(self, real_images, latents):
        # One forward pass for both. What keeps D's loss from moving G, and G's from moving D, is
        # the variables that each tape's gradient is asked for.
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            fake_images = self.generator(latents, training=True)
            real_logits = self.discriminator(real_images, training=True)
            fake_logits = self.discriminator(fake_images, training=True)
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
        d_gradients = _gradients(d_tape, d_loss, self.discriminator)
        g_gradients = _gradients(g_tape, g_loss, self.generator)
        self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

        return _results(d_loss, g_loss, real_logits, fake_logits, d_gradients, g_gradients)

    def _latents_of_this_step(self, batch_size: tf.Tensor) -> tf.Tensor:
        """This replica's slice, [batch_size, latent_dim], of the global batch's latents."""
        context = tf.distribute.get_replica_context()
        latents = tf.random.stateless_normal(
            [context.num_replicas_in_sync * batch_size, self.latent_dim],
            seed=[self.seed, tf.convert_to_tensor(self.step)],
            dtype=tf.as_dtype(self.compute_dtype),
        )
        start = context.replica_id_in_sync_group * batch_size
        return latents[start : start + batch_size]

    def _update_ema(self) -> None:
        step = tf.cast(self.step, self.variable_dtype)
        # The warm-up forgets the random start faster than the decay alone would.
        decay = tf.minimum((1.0 + step) / (10.0 + step), self.ema_decay)
        for average, weight in zip(self.ema_generator.weights, self.generator.weights, strict=True):
            average.assign(decay * average + (1.0 - decay) * weight)


def _gradients(tape: tf.GradientTape, loss: tf.Tensor, network: keras.Model) -> list[tf.Tensor]:
    """The loss's gradient with respect to this network's variables alone."""
    # Each replica's loss is the mean over its share of the batch, and optimizers add up the
    # replicas' gradients: together that is the mean over the global batch.
    replicas = tf.distribute.get_replica_context().num_replicas_in_sync
    scale = tf.constant(1.0 / replicas, loss.dtype)
    return tape.gradient(loss, network.trainable_variables, output_gradients=scale)


def _results(d_loss, g_loss, real_logits, fake_logits, d_gradients, g_gradients):
    return {
        "g_loss": g_loss,
        "d_loss": d_loss,
        "real_score": tf.reduce_mean(tf.sigmoid(real_logits)),
        "fake_score": tf.reduce_mean(tf.sigmoid(fake_logits)),
        "g_gradient_norm": tf.linalg.global_norm(g_gradients),
        "d_gradient_norm": tf.linalg.global_norm(d_gradients),
    }
