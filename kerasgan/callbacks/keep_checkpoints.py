"""Saves what is trained in a notebook, and continues it exactly where it was."""

import os
from typing import Any

import keras
import tensorflow as tf

from kerasgan.errors import UserError, refused_path
from kerasgan.files import local_path
from kerasgan.model.gan import GAN
from kerasgan.runs.checkpoints import CheckpointWriter, checkpoint_steps, versions
from kerasgan.runs.folder import CHECKPOINT_FOLDER, CONFIG_FILE
from kerasgan.runs.restore import read_newest, warn_of_other_versions
from kerasgan.runs.tolerance import Tolerance


class Checkpoint(keras.callbacks.Callback):
    """Saves the whole state after each epoch, and continues from the last one saved.

    A new GAN that is given to `fit` with the folder of an earlier one takes over its weights,
    average, optimizers and counters, and `fit` begins with the epoch after the last complete one:
    to continue after a kernel has died, run the notebook again. The result is bit for bit that of
    an uninterrupted run on the same device, if the data of an epoch do not depend on those before
    (`shuffle=False`). Shuffled data that can be continued at any step come from `kerasgan.batches`:

    ::

        checkpoint = kerasgan.callbacks.Checkpoint("runs/notebook", every_steps=500)
        step = checkpoint.restore(gan)  # 0 at first
        gan.fit(
            kerasgan.batches(images, batch_size=64, first_step=step, last_step=20_000, seed=0),
            shuffle=False,
            callbacks=[checkpoint],
        )

    Args:
        run_dir: the folder of what is trained; made if it does not exist. Not that of a run of
            `kerasgan.main`.
        every_steps: steps between checkpoints within an epoch; None for none.
        keep: how many of the last ones to keep.

    Raises:
        UserError: the folder cannot be used; in `fit`: it holds a GAN that this one does not
            continue.
    """

    def __init__(
        self, run_dir: str | os.PathLike[str], *, every_steps: int | None = None, keep: int = 2
    ):
        super().__init__()
        for name, value in (("every_steps", every_steps), ("keep", keep)):
            if value is not None and value < 1:
                raise ValueError(f"{name}={value}: must be at least 1")
        self._run_dir = local_path("run_dir", run_dir)
        with refused_path("run_dir", self._run_dir):
            self._run_dir.mkdir(parents=True, exist_ok=True)
        if (self._run_dir / CONFIG_FILE).exists():
            raise UserError(
                f"--run_dir={run_dir}: holds a run of kerasgan.main; must be another folder"
            )
        self._folder = self._run_dir / CHECKPOINT_FOLDER
        self._every_steps = every_steps
        self._keep = keep
        self._tolerate = Tolerance(str(self._folder), "Training goes on without new checkpoints.")
        self._epochs = self._in_epoch = 0  # complete ones, and steps in the one after them

    def restore(self, gan: GAN) -> int:
        """Puts a GAN where the last checkpoint left it, if there is one; returns its step.

        Raises:
            UserError: all checkpoints are damaged, or belong to other networks or optimizers.
        """
        record = read_newest(gan, self._run_dir)
        if record:
            warn_of_other_versions(record)
            self._epochs, self._in_epoch = record["epochs"], record["steps_in_epoch"]
        return _step(gan)

    def describe(self) -> dict[str, Any]:
        """What a checkpoint says in addition to the variables."""
        return {
            "epochs": self._epochs,
            "steps_in_epoch": self._in_epoch,
            "versions": versions(),
        }

    def set_model(self, model: GAN) -> None:
        """Saves this model from now on."""
        super().set_model(model)
        self._writer = CheckpointWriter(tf.train.Checkpoint(gan=model), self)

    def on_train_begin(self, logs: Any = None) -> None:
        """Continues what the folder holds, unless the GAN is there already."""
        self._begin_with(None)
        newest = max(checkpoint_steps(self._folder), default=0)
        if newest > _step(self.model):
            self._refuse_another(newest)
            self.restore(self.model)
            if self._in_epoch:
                raise UserError(
                    f"--run_dir={self._run_dir}: the last checkpoint, of step {newest}, is from "
                    "within an epoch; call checkpoint.restore(gan) and give fit the data from that "
                    "step on, as kerasgan.batches(..., first_step=step) does"
                )
            self._begin_with(self._epochs)
        self._seen = _step(self.model)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Counts from here."""
        self._begin_with(None)  # `fit` has read it, and the next one counts for itself
        self._epochs, self._first_step = epoch, _step(self.model)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves if a checkpoint is due."""
        before, self._seen = self._seen, _step(self.model)
        self._in_epoch = self._seen - self._first_step
        n = self._every_steps
        if n is not None and self._seen // n != before // n:
            self._save()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Saves. An epoch that a callback ended early is not complete."""
        expected = self.params.get("steps")
        if expected is None or self._in_epoch >= expected:
            self._epochs, self._in_epoch = epoch + 1, 0
        self._save()

    def on_train_end(self, logs: Any = None) -> None:
        """Leaves nothing behind, even if no epoch was left to do."""
        self._begin_with(None)

    def _save(self) -> None:
        with self._tolerate():
            self._writer.write(self._folder, _step(self.model), keep=self._keep)

    def _begin_with(self, epoch: int | None) -> None:
        """Lets `fit` begin with this epoch; with None it does as it was told."""
        self.model._initial_epoch = epoch  # as keras.callbacks.BackupAndRestore does

    def _refuse_another(self, newest: int) -> None:
        if _step(self.model):
            raise UserError(
                f"--run_dir={self._run_dir}: holds a GAN at step {newest}, and this one is at step "
                f"{_step(self.model)}; make a new GAN to continue that one, or name another folder"
            )


def _step(gan: GAN) -> int:
    return int(gan.step.numpy())
