"""Ends training when step after step cannot be applied."""

import logging
from typing import Any

import keras

_LOG = logging.getLogger(__name__)


class WatchNonfinite(keras.callbacks.Callback):
    """Says when a step was not finite, and ends training after `limit` such steps in a row.

    `exceeded` says that it did. Whoever called `fit` goes back to a checkpoint then.

    Args:
        limit: steps in a row.
    """

    def __init__(self, limit: int):
        super().__init__()
        self._limit = limit
        self.exceeded = False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Reads the model's counter."""
        in_a_row = int(self.model.nonfinite_in_a_row.numpy())
        if in_a_row == 1:
            _LOG.warning(
                "step %d: a loss or a gradient is not finite; the step is not applied.",
                int(self.model.step.numpy()),
            )
        if in_a_row >= self._limit:
            self.exceeded = True
            self.model.stop_training = True
