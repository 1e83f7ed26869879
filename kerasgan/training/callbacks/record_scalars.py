"""Turns the model's trackers into rows of figures."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import keras

Row = dict[str, float]


class RecordScalars(keras.callbacks.Callback):
    """Hands a row of figures to every sink, each `every_steps` steps and at the end of an epoch.

    Losses, scores and gradient norms are means over the steps since the row before. Their sums
    are in the model's trackers, which checkpoints include: a row that spans a stop is the same as
    in the uninterrupted run.

    Args:
        every_steps: steps between rows.
        steps_per_epoch: steps in an epoch.
        batch_size: images per step, over all devices together.
        sinks: functions of the row. Its keys are `step`, `epoch` (counted from 1), the
            trackers' names, both learning rates, `nonfinite_steps` (how many steps so far were not
            applied), `rollbacks` and `images_per_second`.
    """

    def __init__(
        self,
        *,
        every_steps: int,
        steps_per_epoch: int,
        batch_size: int,
        sinks: Sequence[Callable[[Row], None]],
    ):
        super().__init__()
        self._every_steps = every_steps
        self._steps_per_epoch = steps_per_epoch
        self._batch_size = batch_size
        self._sinks = sinks

    def on_train_begin(self, logs: Any = None) -> None:
        """Keeps the restored sums, which `fit` is about to reset."""
        self._restored = [variable.numpy() for variable in self._sums()]
        self._seconds: float | None = None  # in the counted steps since the row before
        self._counted = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Puts the restored sums back."""
        for variable, value in zip(self._sums(), self._restored, strict=True):
            variable.assign(value)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Starts the clock: the time of other callbacks between steps does not count."""
        self._begin = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Makes a row if one is due."""
        self._stop_clock()
        step = int(self.model.step.numpy())
        if step % self._every_steps and step % self._steps_per_epoch:
            return
        row = {
            "step": step,
            "epoch": -(-step // self._steps_per_epoch),
            **(logs or {}),
            "nonfinite_steps": int(self.model.nonfinite_steps.numpy()),
            "rollbacks": int(self.model.rollbacks.numpy()),
            "g_learning_rate": _rate(self.model.g_optimizer),
            "d_learning_rate": _rate(self.model.d_optimizer),
        }
        if self._seconds:
            row["images_per_second"] = self._counted * self._batch_size / self._seconds
        self._seconds, self._counted = 0.0, 0
        for sink in self._sinks:
            sink(row)
        self.model.reset_metrics()

    def _stop_clock(self) -> None:
        if self._seconds is None:  # the first execution includes compilation: not counted
            self._seconds = 0.0
            return
        self._seconds += time.monotonic() - self._begin
        self._counted += self.model.steps_per_execution

    def _sums(self) -> list[keras.Variable]:
        return [variable for metric in self.model.metrics for variable in metric.variables]


def _rate(optimizer: keras.optimizers.Optimizer) -> float:
    return keras.ops.convert_to_numpy(optimizer.learning_rate).item()
