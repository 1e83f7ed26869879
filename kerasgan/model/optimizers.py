"""Keras's optimizers, made for two networks in one training step."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("kerasgan")
class Adam(keras.optimizers.Adam):
    """Keras's `Adam` with one operation a variable in place of a dozen: same state, same results.

    Keras's own passes over every array some fifteen times, the fused operation once. It rounds
    1 - beta_2 differently, by 1e-5 of the velocity and half of that of an update.
    """

    def update_step(self, gradient, variable, learning_rate) -> None:
        """Kingma & Ba 2015, section 2, with both bias corrections in the learning rate."""
        if self.amsgrad:
            super().update_step(gradient, variable, learning_rate)
            return
        dtype = variable.dtype
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations.value + 1, dtype)
        beta_1, beta_2 = tf.constant(self.beta_1, dtype), tf.constant(self.beta_2, dtype)
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


@keras.saving.register_keras_serializable("kerasgan")
class LossScaleOptimizer(keras.optimizers.LossScaleOptimizer):
    """Keras's `LossScaleOptimizer`, which believes one replica, asked about all of them.

    Where float16 overflows on one replica alone, the others would apply what it sends them.
    """

    def check_finite(self, grads) -> tf.Tensor:
        """Whether every gradient of every replica is finite."""
        finite = tf.cast(super().check_finite(grads), tf.float32)
        context = tf.distribute.get_replica_context()
        mean = context.all_reduce(tf.distribute.ReduceOp.MEAN, finite)
        return tf.equal(mean, 1.0)
