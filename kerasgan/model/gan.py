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

from kerasgan.model.layers import iterate_spectral_norms
from kerasgan.model.losses import LOSSES, AdversarialLoss
from kerasgan.model.trackers import MeanTracker

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

    A step in which a loss, a score or a gradient of either network is not finite changes nothing
    but the counters: `step` counts the batches that were seen, `nonfinite_steps` those of them
    that were not applied, `nonfinite_in_a_row` those since the last one that was.

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
        self.step = self._add_counter("step")
        self.nonfinite_steps = self._add_counter("nonfinite_steps")
        self.nonfinite_in_a_row = self._add_counter("nonfinite_in_a_row")
        self.rollbacks = self._add_counter("rollbacks")  # each one brings new latents
        self._trackers = {
            name: MeanTracker(name)
            for name in (
                "g_loss",
                "d_loss",
                "real_score",  # D(x), the mean probability that D gives real images
                "fake_score",  # D(G(z)), the same for generated ones
                "g_gradient_norm",
                "d_gradient_norm",
            )
        }
        for tracker in self.metrics:  # checkpoints do not look into them
            setattr(self, f"{tracker.name}_total", tracker.total)
            setattr(self, f"{tracker.name}_count", tracker.count)
        self.built = True  # both networks are; Keras would try to build on a batch of images

    def _add_counter(self, name: str) -> keras.Variable:
        return self.add_weight(
            name=name,
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

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
            loss: a name in `kerasgan.model.losses.LOSSES`, or an `AdversarialLoss`.
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
        before = [tf.identity(variable) for variable in self._learnt_variables()]
        latents = self._latents_of_this_step(tf.shape(real_images)[0])
        iterate_spectral_norms(self.discriminator)
        if self.update_order == "alternating":
            results = self._alternating_updates(real_images, latents)
        else:
            results = self._simultaneous_updates(real_images, latents)
        self._update_ema()
        results = _mean_over_replicas(results)
        finite = tf.reduce_all(tf.math.is_finite(list(results.values())))
        self._undo_unless(finite, before)
        self._count(finite, results)
        return self._logs()

    def _alternating_updates(self, real_images, latents):
        with tf.GradientTape() as g_tape:
            fake_images = self.generator(latents, training=True)

            # (1) Train D: real = 1, generated = 0. The gradient must not reach G.
            with tf.GradientTape() as d_tape:
                real_logits = self.discriminator(real_images, training=True)
                fake_logits = self.discriminator(tf.stop_gradient(fake_images), training=True)
                d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            d_gradients, d_norm = _gradients(d_tape, d_loss, self.discriminator, self.d_optimizer)
            self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)

            # (2) Train G against the new D: the same images, now to be called real. The gradient
            # flows through D all the way to G, and D's weights stay put.
            g_fake_logits = self.discriminator(fake_images, training=True)
            g_real_logits = real_logits
            if self.adversarial_loss.generator_sees_real:
                g_real_logits = self.discriminator(real_images, training=True)
            g_loss = self.adversarial_loss.generator(g_real_logits, g_fake_logits)
        g_gradients, g_norm = _gradients(g_tape, g_loss, self.generator, self.g_optimizer)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

        return _results(d_loss, g_loss, real_logits, fake_logits, d_norm, g_norm)

    def _simultaneous_updates(self, real_images, latents):
        # One forward pass for both. What keeps D's loss from moving G, and G's from moving D, is
        # the variables that each tape's gradient is asked for.
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            fake_images = self.generator(latents, training=True)
            real_logits = self.discriminator(real_images, training=True)
            fake_logits = self.discriminator(fake_images, training=True)
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
        d_gradients, d_norm = _gradients(d_tape, d_loss, self.discriminator, self.d_optimizer)
        g_gradients, g_norm = _gradients(g_tape, g_loss, self.generator, self.g_optimizer)
        self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

        return _results(d_loss, g_loss, real_logits, fake_logits, d_norm, g_norm)

    def _learnt_variables(self) -> list[keras.Variable]:
        """All that a step may change, but for counters, trackers and float16's loss scales.

        These must learn from a step that overflowed, or the next one would overflow too.
        """
        optimizers = [
            getattr(optimizer, "inner_optimizer", optimizer)
            for optimizer in (self.g_optimizer, self.d_optimizer)
        ]
        parts = [self.generator, self.discriminator, self.ema_generator, *optimizers]
        return [variable for part in parts for variable in part.variables]

    def _undo_unless(self, finite: tf.Tensor, before: list[tf.Tensor]) -> None:
        """Gives every variable its value of `before` where the step was not finite.

        A forward pass alone leaves its mark, on batch-norm statistics for one; so nothing less
        than everything is put back. It costs nothing while all is well: values that were read
        share their memory with the variables until those change.
        """
        pairs = list(zip(self._learnt_variables(), before, strict=True))
        # Replicas may not consult each other within a condition, as they do about counters.
        local = [pair for pair in pairs if pair[0].aggregation == "none"]

        def undo():
            for variable, value in local:
                variable.assign(value)
            return tf.constant(0)

        tf.cond(finite, lambda: tf.constant(0), undo)
        for variable, value in pairs:
            if variable.aggregation != "none":
                variable.assign(tf.where(finite, variable.value, value))

    def _count(self, finite: tf.Tensor, results: dict[str, tf.Tensor]) -> None:
        skipped = tf.cast(tf.logical_not(finite), tf.int64)
        self.step.assign_add(1)
        self.nonfinite_steps.assign_add(skipped)
        self.nonfinite_in_a_row.assign((self.nonfinite_in_a_row.value + 1) * skipped)
        for name, value in results.items():
            value = tf.where(finite, value, tf.zeros_like(value))
            self._trackers[name].update_state(value, tf.cast(finite, value.dtype))

    def _logs(self) -> dict[str, tf.Tensor]:
        """The trackers' means; between workers of shape [1]: `fit` wants an axis to reduce."""
        logs = self.get_metrics_result()
        if isinstance(self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
            logs = {name: tf.reshape(value, [1]) for name, value in logs.items()}
        return logs

    def _latents_of_this_step(self, batch_size: tf.Tensor) -> tf.Tensor:
        """This replica's slice, [batch_size, latent_dim], of the global batch's latents."""
        context = tf.distribute.get_replica_context()
        latents = tf.random.stateless_normal(
            [context.num_replicas_in_sync * batch_size, self.latent_dim],
            seed=[self._latents_seed(), tf.convert_to_tensor(self.step)],
            dtype=tf.as_dtype(self.compute_dtype),
        )
        start = context.replica_id_in_sync_group * batch_size
        return latents[start : start + batch_size]

    def _latents_seed(self) -> tf.Tensor:
        # Far from any seed that a user would choose for the next run.
        return self.seed + self.rollbacks.value * 2**40

    def _update_ema(self) -> None:
        step = tf.cast(self.step, self.variable_dtype)
        # The warm-up forgets the random start faster than the decay alone would.
        decay = tf.minimum((1.0 + step) / (10.0 + step), self.ema_decay)
        for average, weight in zip(self.ema_generator.weights, self.generator.weights, strict=True):
            average.assign(decay * average + (1.0 - decay) * weight)


def _gradients(
    tape: tf.GradientTape,
    loss: tf.Tensor,
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
) -> tuple[list[tf.Tensor], tf.Tensor]:
    """The loss's gradient with respect to this network's variables alone, and its norm."""
    # Each replica's loss is the mean over its share of the batch, and optimizers add up the
    # replicas' gradients: together that is the mean over the global batch.
    replicas = tf.distribute.get_replica_context().num_replicas_in_sync
    # For float16 the optimizer scales the loss, so that small gradients do not vanish, and takes
    # the scale out again. For any other precision it is 1.
    loss_scale = optimizer.scale_loss(tf.constant(1.0, loss.dtype))
    gradients = tape.gradient(
        loss, network.trainable_variables, output_gradients=loss_scale / replicas
    )
    return gradients, tf.linalg.global_norm(gradients) / loss_scale


def _results(d_loss, g_loss, real_logits, fake_logits, d_norm, g_norm):
    return {
        "g_loss": g_loss,
        "d_loss": d_loss,
        "real_score": tf.reduce_mean(tf.sigmoid(real_logits)),
        "fake_score": tf.reduce_mean(tf.sigmoid(fake_logits)),
        "g_gradient_norm": g_norm,
        "d_gradient_norm": d_norm,
    }


def _mean_over_replicas(results: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Equal on all replicas afterwards, and not finite where one of them was not."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return results
    means = context.all_reduce(tf.distribute.ReduceOp.MEAN, tf.stack(list(results.values())))
    return dict(zip(results, tf.unstack(means), strict=True))
