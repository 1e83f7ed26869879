"""What surrounds the training step of a GAN: counters, the average, and undoing a bad step."""

import keras
import tensorflow as tf

from kerasgan.model.trackers import MeanTracker
from kerasgan.model.two_networks import TwoNetworkModel

TRACKED = (
    "g_loss",
    "d_loss",
    "real_score",  # D(x), the mean probability that D gives real images
    "fake_score",  # D(G(z)), the same for generated ones
    "g_gradient_norm",
    "d_gradient_norm",
)


class AdversarialModel(TwoNetworkModel):
    """Two networks, the average of one of them, and the counters and trackers of their training.

    A step in which a loss, a score or a gradient of either network is not finite changes nothing
    except the counters: `step` counts the batches that were seen, `nonfinite_steps` those of them
    that were not applied, `nonfinite_in_a_row` those since the last one that was.

    Args:
        generator: a built model from latents [B, latent_dim] to samples.
        discriminator: a built model from samples to logits [B, 1].
        ema_decay: decay per step of the exponential moving average of the generator's weights.
        name: of the model.

    Raises:
        ValueError: an argument out of its range, or networks that do not fit together.
    """

    def __init__(
        self,
        *,
        generator: keras.Model,
        discriminator: keras.Model,
        ema_decay: float,
        name: str,
    ):
        super().__init__(generator=generator, discriminator=discriminator, name=name)
        if not 0 <= ema_decay < 1:
            raise ValueError(f"ema_decay={ema_decay}: must be at least 0 and below 1")
        self.ema_decay = ema_decay
        self.step = self._add_scalar("step")
        self.nonfinite_steps = self._add_scalar("nonfinite_steps")
        self.nonfinite_in_a_row = self._add_scalar("nonfinite_in_a_row")
        self.rollbacks = self._add_scalar("rollbacks")  # each one brings new latents
        self._trackers: dict[str, MeanTracker] = {}
        for name in TRACKED:
            self._add_tracker(name)

    def _add_scalar(self, name: str, dtype: str = "int64") -> keras.Variable:
        return self.add_weight(
            name=name,
            shape=(),
            dtype=dtype,
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def _add_tracker(self, name: str) -> None:
        if name in self._trackers:  # compiled again
            return
        tracker = self._trackers[name] = MeanTracker(name)
        # Checkpoints do not look into dictionaries.
        setattr(self, f"{name}_total", tracker.total)
        setattr(self, f"{name}_count", tracker.count)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The trackers that `fit` reports and resets."""
        return list(self._trackers.values())

    def _read_state(self) -> list[tuple[keras.Variable, tf.Tensor]]:
        """All that a step may change, with the values that it has now.

        Counters, trackers and float16's loss scales are left out: they must learn from a step that
        overflowed, or the next one would overflow too.
        """
        optimizers = [
            getattr(optimizer, "inner_optimizer", optimizer)
            for optimizer in (self.g_optimizer, self.d_optimizer)
        ]
        parts = [self.generator, self.discriminator, self.ema_generator, *optimizers]
        variables = [variable for part in parts for variable in part.variables]
        return [(variable, tf.identity(variable)) for variable in variables]

    def _update_ema(self) -> None:
        step = tf.cast(self.step, self.variable_dtype)
        # This forgets the first weights faster than the decay alone would.
        decay = tf.minimum((1.0 + step) / (10.0 + step), self.ema_decay)
        for average, weight in zip(self.ema_generator.weights, self.generator.weights, strict=True):
            average.assign(decay * average + (1.0 - decay) * weight)

    def _complete_step(
        self,
        results: dict[str, tf.Tensor],
        before: list[tuple[keras.Variable, tf.Tensor]],
        real_images: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Counts the step, or undoes it where a result is not finite; returns the logs.

        Args:
            results: scalars of this replica, one for each tracker.
            before: what `_read_state` returned before the step.
            real_images: this replica's share of the batch.
        """
        results = mean_over_replicas(results)
        finite = tf.reduce_all(tf.math.is_finite(list(results.values())))
        _undo_unless(finite, before)
        skipped = tf.cast(tf.logical_not(finite), tf.int64)
        self.step.assign_add(1)
        self.nonfinite_steps.assign_add(skipped)
        self.nonfinite_in_a_row.assign((self.nonfinite_in_a_row.value + 1) * skipped)
        for name, value in results.items():
            value = tf.where(finite, value, tf.zeros_like(value))
            self._trackers[name].update_state(value, tf.cast(finite, value.dtype))
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        self._after_step(results, finite, replicas * tf.shape(real_images)[0])
        return self._logs()

    def _after_step(self, results, finite, batch_size) -> None:
        """For subclasses: what depends on a step that is counted.

        Args:
            results: means over all replicas.
            finite: whether the step was applied.
            batch_size: over all replicas.
        """

    def _logs(self) -> dict[str, tf.Tensor]:
        """The trackers' means; between workers of shape [1]: `fit` wants an axis to reduce."""
        logs = self.get_metrics_result()
        if isinstance(self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
            logs = {name: tf.reshape(value, [1]) for name, value in logs.items()}
        return logs


def _undo_unless(finite: tf.Tensor, before: list[tuple[keras.Variable, tf.Tensor]]) -> None:
    """Gives every variable its value of `before` where the step was not finite.

    A forward pass alone changes batch-norm statistics, so nothing less than everything is put
    back. It costs little while all is well: values that were read share their memory with the
    variables until those change.
    """
    # Replicas may not consult each other within a condition, as they do about counters.
    local = [pair for pair in before if pair[0].aggregation == "none"]

    def undo():
        for variable, value in local:
            variable.assign(value)
        return tf.constant(0)

    tf.cond(finite, lambda: tf.constant(0), undo)
    for variable, value in before:
        if variable.aggregation != "none":
            variable.assign(tf.where(finite, variable.value, value))


def scores_of(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> dict[str, tf.Tensor]:
    """D's mean probabilities that real and generated images are real."""
    return {
        "real_score": tf.reduce_mean(tf.sigmoid(real_logits)),
        "fake_score": tf.reduce_mean(tf.sigmoid(fake_logits)),
    }


def gradients_of(
    loss: tf.Tensor,
    tape: tf.GradientTape,
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
) -> list[tf.Tensor | None]:
    """The loss's gradient with respect to this network's variables alone, as `apply` takes it."""
    # Each replica's loss is the mean over its share of the batch, and optimizers add up the
    # replicas' gradients: together that is the mean over the global batch.
    replicas = tf.distribute.get_replica_context().num_replicas_in_sync
    output_gradient = loss_scale_of(optimizer, loss.dtype) / replicas
    return tape.gradient(loss, network.trainable_variables, output_gradients=output_gradient)


def norm_of(gradients: list[tf.Tensor | None], optimizer: keras.optimizers.Optimizer) -> tf.Tensor:
    """The norm of the gradient that is applied: of the sum over all replicas, without scale."""
    context = tf.distribute.get_replica_context()
    present = [gradient for gradient in gradients if gradient is not None]
    if context.num_replicas_in_sync > 1:
        present = context.all_reduce(tf.distribute.ReduceOp.SUM, present)
    norm = tf.linalg.global_norm(present)
    return norm / loss_scale_of(optimizer, norm.dtype)


def loss_scale_of(optimizer: keras.optimizers.Optimizer, dtype: tf.DType) -> tf.Tensor:
    """What the loss is multiplied by before gradients are taken, and `apply` divides by again.

    For float16 it keeps small gradients from vanishing. For any other precision it is 1.
    """
    return optimizer.scale_loss(tf.constant(1.0, dtype))


def mean_over_replicas(results: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Equal on all replicas afterwards, and not finite where one of them was not."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return results
    means = context.all_reduce(tf.distribute.ReduceOp.MEAN, tf.stack(list(results.values())))
    return dict(zip(results, tf.unstack(means), strict=True))
