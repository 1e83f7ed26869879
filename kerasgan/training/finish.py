"""The end-of-training work: makes sure that everything is saved, and exports the model."""

import logging
import pathlib
import signal
from typing import NamedTuple

from kerasgan.model.gan import GAN
from kerasgan.reporting.document import REPORT_FILE, write_report
from kerasgan.runs.checkpoints import DamagedError, checkpoint_steps
from kerasgan.runs.folder import BEST_FOLDER, CHECKPOINT_FOLDER, FINISHED_FILE, mark_finished
from kerasgan.runs.restore import RestoredRun, restore_run
from kerasgan.runs.tolerance import Tolerance, WriteError, reason
from kerasgan.serving.metadata import describe_run
from kerasgan.serving.saved_model import export_saved_model
from kerasgan.training.faults import unexported_error, unsaved_error
from kerasgan.training.open_run import OpenRun

_LOG = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What `train` returns."""

    gan: GAN
    run_dir: pathlib.Path
    saved_model: pathlib.Path | None  # None after SIGTERM, when there is no time to export
    exported_step: int | None  # the step whose generator the saved model holds
    signal: int | None  # the signal that ended training early, if one did
    complete: bool  # whether all epochs are done and the model is exported

    @property
    def status(self) -> int:
        """The exit status of a command that trained, as shells and schedulers expect it."""
        return 128 + self.signal if self.signal else 0


def finish(run: OpenRun, received: int | None) -> Outcome:
    """Exports the model, unless SIGTERM says that the process is about to be killed.

    Args:
        run: as training left it.
        received: the signal that ended training early, if one did.

    Raises:
        RunError: the disk is full.
    """
    step, in_haste = run.step, received == signal.SIGTERM
    all_done = step == run.last_step
    saved_model = exported = None
    if run.is_chief:
        saved = checkpoint_steps(run.run_dir / CHECKPOINT_FOLDER)
        if saved[-1:] != [step]:
            raise unsaved_error(step, saved[-1] if saved else None, run.run_dir)
        if not in_haste:
            exported, saved_model = _export(run)
            if all_done:
                finished = f"{run.run_dir}/{FINISHED_FILE}"
                with Tolerance(finished, "If the run is continued, it exports again.")():
                    mark_finished(run.run_dir, step)
            _write_report(run.run_dir)
    return Outcome(
        gan=run.gan,
        run_dir=run.run_dir,
        saved_model=saved_model,
        exported_step=exported,
        signal=received,
        complete=all_done and not in_haste,
    )


def _export(run: OpenRun) -> tuple[int, pathlib.Path]:
    """Exports the best state that was measured, or else the last: its step, and where it is.

    Raises:
        RunError: the model cannot be written.
    """
    folder = pathlib.Path(run.config.saved_models_dir) / run.config.model_name
    try:
        config, gan, step = _best_or_last(run.run_dir)
        version = export_saved_model(
            gan.ema_generator,
            folder,
            discriminator=gan.discriminator,
            labels=config.label_space,
            metadata=describe_run(config, step=step, run_dir=run.run_dir),
        )
    except WriteError as error:
        best = bool(checkpoint_steps(run.run_dir / BEST_FOLDER))
        raise unexported_error(folder, reason(error), run.run_dir, best=best) from error
    return step, version


def _write_report(run_dir: pathlib.Path) -> None:
    """Writes report.html, after everything that matters: no fault in it makes a run fail."""
    report = run_dir / REPORT_FILE
    again = f"Write it later: python -m kerasgan.report --run_dir={run_dir}"
    with Tolerance(str(report), again)():
        try:
            write_report(run_dir, report)
        except WriteError:
            raise
        except Exception:
            _LOG.warning("%s cannot be written. %s", report, again, exc_info=True)


def _best_or_last(run_dir: pathlib.Path) -> RestoredRun:
    if checkpoint_steps(run_dir / BEST_FOLDER):
        try:
            return restore_run(run_dir, "best")
        except DamagedError as error:
            _LOG.warning("%s. The last state is exported instead.", error)
    return restore_run(run_dir)
