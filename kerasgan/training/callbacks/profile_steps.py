"""Writes a trace of some steps: which operation ran when, on which thread or device."""

import pathlib
from typing import Any

import keras
import tensorflow as tf

from kerasgan.files import tensorflow_path


class ProfileSteps(keras.callbacks.Callback):
    """Traces the steps from `first` to `last`, counted from 1, for TensorBoard's profile plugin.

    A run that is continued after the first of them traces the rest; after the last, nothing.

    Args:
        folder: where TensorBoard looks; the trace goes into plugins/profile/.
        first: the first step in the trace.
        last: the last one.
    """

    def __init__(self, folder: pathlib.Path, *, first: int, last: int):
        super().__init__()
        self._folder = folder
        self._first = first
        self._last = last
        self._tracing = False

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Starts before the first step, or later if the run was continued later."""
        if not self._tracing and self._first - 1 <= self._steps_done() < self._last:
            tf.profiler.experimental.start(tensorflow_path(self._folder))
            self._tracing = True

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stops after the last step."""
        if self._tracing and self._steps_done() >= self._last:
            self._stop()

    def on_train_end(self, logs: Any = None) -> None:
        """Keeps the trace of a run that ends earlier."""
        if self._tracing:
            self._stop()

    def _stop(self) -> None:
        tf.profiler.experimental.stop()
        self._tracing = False

    def _steps_done(self) -> int:
        return int(self.model.step.numpy())
