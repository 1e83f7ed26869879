"""Keeps workers together when one of them is to stop."""

import signal
from typing import Any

import keras
import tensorflow as tf

from kerasgan.training.callbacks.stop_on_signal import StopOnSignal

_SIGNALS = (signal.SIGTERM, signal.SIGINT)  # the more urgent one first


class StopTogether(keras.callbacks.Callback):
    """Between workers: all end training after the same step, or none does.

    A worker that stopped alone would leave the others waiting for its gradients. A signal to one
    is a signal to all: each knows why it stops, and none takes the run for complete. Stands
    behind all that may ask to stop, and behind what the chief alone does at the end of training.

    Args:
        stop: what this worker received, and is told of the others' signals.
    """

    def __init__(self, stop: StopOnSignal):
        super().__init__()
        self._stop = stop

    def on_train_begin(self, logs: Any = None) -> None:
        """Compiles the question."""
        strategy = self.model.distribute_strategy

        def ask(wishes: tf.Tensor) -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            # The copy is on the replica's device, where the sum belongs.
            return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(wishes))

        @tf.function
        def total(wishes: tf.Tensor) -> tf.Tensor:
            return strategy.experimental_local_results(strategy.run(ask, args=(wishes,)))[0]

        self._total = total

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Asks all of them."""
        self.ask()

    def on_train_end(self, logs: Any = None) -> None:
        """The chief may have received a signal while the others waited for it."""
        self.ask()

    def ask(self) -> None:
        """Returns, the same for all, when all workers have called it."""
        received = [self._stop.received == number for number in _SIGNALS]
        wishes = tf.constant([self.model.stop_training, *received], tf.float32)
        stopping, *signalled = self._total(wishes).numpy() > 0
        for number, was_sent in zip(_SIGNALS, signalled, strict=True):
            if was_sent:
                self._stop.received = number
                break
        self.model.stop_training = bool(stopping or any(signalled))
