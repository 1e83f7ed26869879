"""Makes all workers stop together."""

import signal
from typing import Any

import keras
import tensorflow as tf

from kerasgan.training.callbacks.stop_on_signal import StopOnSignal

_SIGNALS = (signal.SIGTERM, signal.SIGINT)  # the more urgent one first


class StopTogether(keras.callbacks.Callback):
    """Between workers: all end training after the same step, or none does.

    A worker that stopped alone would leave the others waiting for its gradients. A signal to one
    is a signal to all: each knows why it stops, and none takes the run for complete. In the list
    of callbacks it comes after all that may stop training, and after what only the chief does at
    the end of training.

    Args:
        stop: holds the signal that this worker received, and gets the one that another received.
    """

    def __init__(self, stop: StopOnSignal):
        super().__init__()
        self._stop = stop

    def on_train_begin(self, logs: Any = None) -> None:
        """Compiles the exchange between workers."""
        strategy = self.model.distribute_strategy

        def add_up(wishes: tf.Tensor) -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            # The copy is on the replica's device, where the sum belongs.
            return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(wishes))

        @tf.function
        def total(wishes: tf.Tensor) -> tf.Tensor:
            return strategy.experimental_local_results(strategy.run(add_up, args=(wishes,)))[0]

        self._total = total

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stops all workers if one of them is to stop."""
        self.ask()

    def on_train_end(self, logs: Any = None) -> None:
        """The chief may have received a signal while the others waited for it."""
        self.ask()

    def ask(self) -> None:
        """Returns once all workers have called it, with the same result in each."""
        received = [self._stop.received == number for number in _SIGNALS]
        wishes = tf.constant([self.model.stop_training, *received], tf.float32)
        stopping, *signalled = self._total(wishes).numpy() > 0
        for number, was_sent in zip(_SIGNALS, signalled, strict=True):
            if was_sent:
                self._stop.received = number
                break
        self.model.stop_training = bool(stopping or any(signalled))
