"""Keeps workers together when one of them is to stop."""

from typing import Any

import keras
import tensorflow as tf


class StopTogether(keras.callbacks.Callback):
    """Between workers: all end training after the same step, or none does.

    A worker that stopped alone would leave the others waiting for its gradients. Stands behind
    all that may ask to stop.
    """

    def on_train_begin(self, logs: Any = None) -> None:
        """Compiles the question."""
        strategy = self.model.distribute_strategy

        def ask(wish: tf.Tensor) -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            # The copy is on the replica's device, where the sum belongs.
            return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(wish))

        @tf.function
        def total(wish: tf.Tensor) -> tf.Tensor:
            return strategy.experimental_local_results(strategy.run(ask, args=(wish,)))[0]

        self._total = total

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Asks all of them."""
        wish = tf.constant(float(self.model.stop_training))
        self.model.stop_training = bool(self._total(wish) > 0)
