"""One line in the terminal that shows how far the run is."""

from typing import Any

import keras
from tqdm import tqdm


class ProgressBar(keras.callbacks.Callback):
    """Shows the epoch, losses, images/s and the time left on standard error.

    Args:
        total_steps: of the whole run, including those before it was continued.
        steps_per_epoch: steps in an epoch.
        batch_size: images per step, over all devices together.
    """

    def __init__(self, *, total_steps: int, steps_per_epoch: int, batch_size: int):
        super().__init__()
        self._total_steps = total_steps
        self._steps_per_epoch = steps_per_epoch
        self._batch_size = batch_size

    def on_train_begin(self, logs: Any = None) -> None:
        """Opens the bar at the run's current step."""
        self._step = int(self.model.step.numpy())
        self._bar = tqdm(
            total=self._total_steps * self._batch_size,
            initial=self._step * self._batch_size,
            unit=" images",
            unit_scale=True,
            dynamic_ncols=True,
            mininterval=0.5,
        )

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Moves the bar."""
        step = int(self.model.step.numpy())
        logs = logs or {}
        epoch = -(-step // self._steps_per_epoch)
        self._bar.set_description(
            f"epoch {epoch}/{self._total_steps // self._steps_per_epoch}", refresh=False
        )
        self._bar.set_postfix_str(
            f"g_loss {logs['g_loss']:.3f}, d_loss {logs['d_loss']:.3f}", refresh=False
        )
        self._bar.update((step - self._step) * self._batch_size)
        self._step = step

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the bar; its last line stays in the terminal."""
        self._bar.close()
