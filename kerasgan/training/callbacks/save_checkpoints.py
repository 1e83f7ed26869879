"""Saves the run at intervals."""

import logging
import pathlib
from collections.abc import Callable
from typing import Any

import keras

from kerasgan.runs.checkpoints import CheckpointWriter
from kerasgan.runs.tolerance import WriteError, reason

_LOG = logging.getLogger(__name__)


class SaveCheckpoints(keras.callbacks.Callback):
    """Saves each `every_steps` steps, at the ends of epochs, at the start and when training ends.

    If the disk is full it warns, and training goes on; the older checkpoints stay. During a series
    of steps that are not finite, only the end of training is saved, so that the last checkpoints
    do not all come from that series; after `nonfinite_limit` of them not even that is saved,
    because the run is about to go back.

    Args:
        writer: of the model.
        folder: of the checkpoints.
        flush: writes rows that are still waiting for room: a run that is continued from a
            checkpoint does not record again what came before it.
        every_steps: steps between checkpoints.
        steps_per_epoch: steps in an epoch.
        keep: how many of the last ones to keep.
        nonfinite_limit: steps in a row, after which the run goes back.
    """

    def __init__(
        self,
        writer: CheckpointWriter,
        folder: pathlib.Path,
        *,
        flush: Callable[[], None],
        every_steps: int,
        steps_per_epoch: int,
        keep: int,
        nonfinite_limit: int,
    ):
        super().__init__()
        self._writer = writer
        self._folder = folder
        self._flush = flush
        self._every_steps = every_steps
        self._steps_per_epoch = steps_per_epoch
        self._keep = keep
        self._nonfinite_limit = nonfinite_limit

    def on_train_begin(self, logs: Any = None) -> None:
        """Saves a new run, so that it can go back to its start; a restored one is saved already."""
        self._last_step = self._seen = self._step()
        if self._last_step == 0:
            self._save()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves if a checkpoint is due."""
        step, before, self._seen = self._step(), self._seen, self._step()
        due = any(step // n != before // n for n in (self._every_steps, self._steps_per_epoch))
        if due and self._nonfinite() == 0:
            self._save()

    def on_train_end(self, logs: Any = None) -> None:
        """Saves what came after the last checkpoint."""
        self._flush()
        if self._step() != self._last_step and self._nonfinite() < self._nonfinite_limit:
            self._save()

    def _save(self) -> None:
        self._flush()
        try:
            self._writer.write(self._folder, self._step(), keep=self._keep)
        except WriteError as error:
            _LOG.warning(
                "step %d: the checkpoint cannot be written (%s). Training goes on; the last "
                "checkpoint is that of step %d.",
                self._step(),
                reason(error),
                self._last_step,
            )
        else:
            self._last_step = self._step()

    def _nonfinite(self) -> int:
        return int(self.model.nonfinite_in_a_row.numpy())

    def _step(self) -> int:
        return int(self.model.step.numpy())
