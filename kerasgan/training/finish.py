"""What comes after the last step of a run: everything is saved, the model is exported."""

import logging
import pathlib
import signal
from typing import NamedTuple

from kerasgan.config import Config
from kerasgan.model.gan import GAN
from kerasgan.runs.checkpoints import DamagedError, checkpoint_steps
from kerasgan.runs.folder import BEST_FOLDER, CHECKPOINT_FOLDER, FINISHED_FILE, mark_finished
from kerasgan.runs.restore import RestoredRun, restore_run
from kerasgan.runs.tolerance import Tolerance, WriteError, reason
from kerasgan.serving.metadata import describe_run
from kerasgan.serving.saved_model import export_saved_model
from kerasgan.training.faults import unexported_error, unsaved_error

_LOG = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What `train` leaves behind."""

    gan: GAN
    run_dir: pathlib.Path
    saved_model: pathlib.Path | None  # None: the system wants the process to end
    exported_step: int | None  # whose generator the saved model holds
    signal: int | None  # the signal that ended training early, if one did
    complete: bool  # whether all epochs are done and the model is exported

    @property
    def status(self) -> int:
        """What a command that trained ends with, as shells and schedulers expect it."""
        return 128 + self.signal if self.signal else 0


def finish(
    config: Config,
    run_dir: pathlib.Path,
    gan: GAN,
    received: int | None,
    *,
    chief: bool,
    all_done: bool,
) -> Outcome:
    """Exports, unless the system wants the process to be gone soon.

    Args:
        config: every setting.
        run_dir: the run's folder.
        gan: as training left it.
        received: the signal that ended training early, if one did.
        chief: whether this process writes the run's files.
        all_done: whether no step is left.

    Raises:
        RunError: the disk is full.
    """
    step, in_haste = int(gan.step.numpy()), received == signal.SIGTERM
    saved_model = exported = None
    if chief:
        saved = checkpoint_steps(run_dir / CHECKPOINT_FOLDER)
        if saved[-1:] != [step]:
            raise unsaved_error(step, saved[-1] if saved else None, run_dir)
        if not in_haste:
            folder = pathlib.Path(config.saved_models_dir) / config.model_name
            try:
                exported, saved_model = _export(run_dir, folder)
            except WriteError as error:
                best = bool(checkpoint_steps(run_dir / BEST_FOLDER))
                raise unexported_error(folder, reason(error), run_dir, best=best) from error
            if all_done:
                with Tolerance(f"{run_dir}/{FINISHED_FILE}", "Continued, it would export again.")():
                    mark_finished(run_dir, step)
    return Outcome(gan, run_dir, saved_model, exported, received, all_done and not in_haste)


def _export(run_dir: pathlib.Path, folder: pathlib.Path) -> tuple[int, pathlib.Path]:
    """Exports the best state that was measured, or else the last: its step, and where it is."""
    config, gan, step = _best_or_last(run_dir)
    version = export_saved_model(
        gan.ema_generator,
        folder,
        discriminator=gan.discriminator,
        metadata=describe_run(config, step=step, run_dir=run_dir),
    )
    return step, version


def _best_or_last(run_dir: pathlib.Path) -> RestoredRun:
    if checkpoint_steps(run_dir / BEST_FOLDER):
        try:
            return restore_run(run_dir, "best")
        except DamagedError as error:
            _LOG.warning("%s. The last state is exported in its place.", error)
    return restore_run(run_dir)
