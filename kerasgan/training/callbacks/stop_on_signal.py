"""Ends training after the current step when the user or the system asks for it."""

import signal
from types import FrameType, TracebackType
from typing import Any

import keras


class StopOnSignal(keras.callbacks.Callback):
    """Lets Ctrl-C (SIGINT) and SIGTERM finish the step and leave `fit` in good order.

    It has both signals while its context lasts, however that ends: so also while other callbacks
    do what is due at the end of training. A second signal acts as it would have without this
    callback. `received` holds the signal's number, or None.

    ::

        with StopOnSignal() as stop:
            gan.fit(dataset, callbacks=[stop])
    """

    def __init__(self) -> None:
        super().__init__()
        self.received: int | None = None

    def __enter__(self) -> "StopOnSignal":
        self._previous = {
            number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_back()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Only here, so that all that follows at the end of this step sees the same."""
        if self.received is not None:
            self.model.stop_training = True

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.received = number
        self._give_back()

    def _give_back(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
