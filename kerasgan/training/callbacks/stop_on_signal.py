"""Ends training after the current step when the user or the system asks for it."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

import keras


class StopOnSignal(keras.callbacks.Callback):
    """Lets Ctrl-C (SIGINT) and SIGTERM finish the step and leave `fit` in good order.

    It handles both signals while its context lasts, which includes the end-of-training work of
    other callbacks. A second signal acts as it would have without this callback. `received` holds
    the signal's number, or None. Python delivers signals to the main thread only: in any other
    thread this does nothing.

    ::

        with StopOnSignal() as stop:
            gan.fit(dataset, callbacks=[stop])
    """

    def __init__(self) -> None:
        super().__init__()
        self.received: int | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> "StopOnSignal":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore_handlers()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stops only here, so that every callback at the end of this step sees the same."""
        if self.received is not None:
            self.model.stop_training = True

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.received = number
        self._restore_handlers()

    def _restore_handlers(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
