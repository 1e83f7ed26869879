"""Ends training after the current step when the user or the system asks for it."""

import signal
from types import FrameType
from typing import Any

import keras


class StopOnSignal(keras.callbacks.Callback):
    """Lets Ctrl-C (SIGINT) and SIGTERM finish the step and leave `fit` in good order.

    A second signal acts as it would have without this callback. `received` holds the signal's
    number, or None.
    """

    def __init__(self) -> None:
        super().__init__()
        self.received: int | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Takes over both signals."""
        self._previous = {
            number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)
        }

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Only here, so that all that follows at the end of this step sees the same."""
        if self.received is not None:
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        """Gives both signals back."""
        self._give_back()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.received = number
        self._give_back()

    def _give_back(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
