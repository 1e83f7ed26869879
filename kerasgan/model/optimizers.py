"""Keras's optimizers, changed to suit two networks in one training step."""

from typing import Any

import keras
import tensorflow as tf

from kerasgan.model.schedules import HoldThenDecay, value_at


@keras.saving.register_keras_serializable("kerasgan")
class Adam(keras.optimizers.Adam):
    """Keras's `Adam` with one operation per variable instead of a dozen: same state, same results.

    Keras's own reads or writes every array some fifteen times, the fused operation once. It rounds
    1 - beta_2 differently: by 1e-5 of the velocity, and by half of that of an update.

    `beta_2` may be a schedule, as the learning rate may.
    """

    def update_step(self, gradient, variable, learning_rate) -> None:
        """Kingma & Ba 2015, section 2, with both bias corrections in the learning rate."""
        if self.amsgrad:
            super().update_step(gradient, variable, learning_rate)
            return
        dtype = variable.dtype
        index = self._get_variable_index(variable)
        # With gradient accumulation `iterations` is a tensor.
        step = tf.cast(tf.convert_to_tensor(self.iterations) + 1, dtype)
        beta_1 = tf.constant(self.beta_1, dtype)
        beta_2 = value_at(self.beta_2, step - 1, dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(beta_1, step),
            beta2_power=tf.pow(beta_2, step),
            lr=tf.cast(learning_rate, dtype),
            beta1=beta_1,
            beta2=beta_2,
            epsilon=tf.constant(self.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
        )

    def get_config(self) -> dict:
        """The arguments."""
        config: dict = super().get_config()
        if isinstance(self.beta_2, HoldThenDecay):
            config["beta_2"] = keras.saving.serialize_keras_object(self.beta_2)
        return config

    @classmethod
    def from_config(cls, config: dict, custom_objects=None) -> "Adam":
        """An optimizer with the arguments that `get_config` returned."""
        if isinstance(config["beta_2"], dict):
            config = {**config, "beta_2": keras.saving.deserialize_keras_object(config["beta_2"])}
        return super().from_config(config, custom_objects)


@keras.saving.register_keras_serializable("kerasgan")
class LossScaleOptimizer(keras.optimizers.LossScaleOptimizer):
    """Keras's `LossScaleOptimizer`, which checks one replica only, made to check all of them.

    Otherwise, if float16 overflowed on one replica, the others would apply what it sends them.
    """

    def check_finite(self, grads) -> tf.Tensor:
        """Whether every gradient of every replica is finite."""
        finite = tf.cast(super().check_finite(grads), tf.float32)
        context = tf.distribute.get_replica_context()
        mean = context.all_reduce(tf.distribute.ReduceOp.MEAN, finite)
        return tf.equal(mean, 1.0)


def with_loss_scale(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The optimizer with a loss scale, which float16 needs; as it is if it has one already."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer
    return LossScaleOptimizer(optimizer)


class BothOptimizers:
    """What Keras's callbacks find as `model.optimizer`: the two, each by the name of its network.

    They know optimizers with several in `optimizers`, such as `keras.optimizers.MultiOptimizer`:
    `LearningRateScheduler` and `ReduceLROnPlateau` change the rate of each, `TensorBoard` logs
    both, `SwapEMAWeights` swaps the weights of those with `use_ema=True`. This holds no state of
    its own, so nothing is saved twice.

    Args:
        generator: the optimizer that updates the generator.
        discriminator: the one that updates the discriminator.
    """

    built = True  # both are when `compile` has returned

    def __init__(
        self,
        *,
        generator: keras.optimizers.Optimizer,
        discriminator: keras.optimizers.Optimizer,
    ):
        self.optimizers = [
            _NamedOptimizer("generator", generator),
            _NamedOptimizer("discriminator", discriminator),
        ]

    @property
    def iterations(self) -> Any:
        """How many updates of the generator were applied, an integer scalar."""
        return self.optimizers[0].iterations

    @property
    def variables(self) -> list[keras.Variable]:
        """Of both."""
        return [variable for optimizer in self.optimizers for variable in optimizer.variables]

    @property
    def learning_rate(self) -> Any:
        """There are two: this raises an AttributeError that says so."""
        raise AttributeError(
            "a GAN has two learning rates: g_optimizer.learning_rate and d_optimizer.learning_rate"
        )

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        _ = self.learning_rate


class _NamedOptimizer:
    """An optimizer under another name, as two of the same kind have the same one."""

    def __init__(self, name: str, optimizer: keras.optimizers.Optimizer):
        self.name = name
        self._optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # without a loss scale

    def __getattr__(self, name: str) -> Any:
        return getattr(self._optimizer, name)

    @property
    def learning_rate(self) -> Any:
        """Read from the optimizer, and written to it."""
        return self._optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self._optimizer.learning_rate = value
