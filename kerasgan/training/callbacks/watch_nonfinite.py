"""Ends training when many steps in a row cannot be applied."""

import logging
from typing import Any

import keras

_LOG = logging.getLogger(__name__)


class WatchNonfinite(keras.callbacks.Callback):
    """Warns when a step was not finite, and ends training after `limit` such steps in a row.

    Then `exceeded` is True, and the caller of `fit` should go back to a checkpoint.

    Args:
        limit: steps in a row.
    """

    def __init__(self, limit: int):
        super().__init__()
        self._limit = limit
        self.exceeded = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Warnings from before a run was stopped are not repeated."""
        self._count, self._in_a_row = self._counters()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Reads the model's counters; several steps may have passed since the last time."""
        count, in_a_row = self._counters()
        if count > self._count and self._in_a_row == 0:
            _LOG.warning(
                "step %d: a loss or a gradient is not finite; steps not applied so far: %d.",
                int(self.model.step.numpy()),
                count,
            )
        self._count, self._in_a_row = count, in_a_row
        if in_a_row >= self._limit:
            self.exceeded = True
            self.model.stop_training = True

    def _counters(self) -> tuple[int, int]:
        return int(self.model.nonfinite_steps.numpy()), int(self.model.nonfinite_in_a_row.numpy())
