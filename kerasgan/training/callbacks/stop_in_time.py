"""Ends training in good order before a scheduler kills it."""

import time
from typing import Any

import keras


class StopInTime(keras.callbacks.Callback):
    """Ends training after the step in which `deadline` passes.

    Args:
        deadline: of `time.monotonic()`, in seconds; None for never.
    """

    def __init__(self, deadline: float | None):
        super().__init__()
        self._deadline = deadline

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Checks the clock."""
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self.model.stop_training = True
