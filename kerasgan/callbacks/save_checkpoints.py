"""Saves the run as it goes."""

from typing import Any

import keras
import tensorflow as tf


class SaveCheckpoints(keras.callbacks.Callback):
    """Saves through `manager` each `every_steps` steps and where training ends.

    Args:
        manager: of a checkpoint that holds the model.
        every_steps: steps between checkpoints.
    """

    def __init__(self, manager: tf.train.CheckpointManager, *, every_steps: int):
        super().__init__()
        self._manager = manager
        self._every_steps = every_steps
        self._last_step = -1

    def on_train_begin(self, logs: Any = None) -> None:
        """What was just restored need not be saved again."""
        self._last_step = int(self.model.step.numpy())

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves where a checkpoint is due."""
        if int(self.model.step.numpy()) % self._every_steps == 0:
            self._save()

    def on_train_end(self, logs: Any = None) -> None:
        """Saves what came after the last checkpoint."""
        self._save()

    def _save(self) -> None:
        step = int(self.model.step.numpy())
        if step != self._last_step:
            self._manager.save(checkpoint_number=step)
            self._last_step = step
