"""A run's folder -> the GAN that it holds."""

import dataclasses
import logging
import pathlib
from typing import Any, NamedTuple

import tensorflow as tf

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.model.build import build_gan
from kerasgan.model.gan import GAN
from kerasgan.runs.checkpoints import (
    DamagedError,
    checkpoint_steps,
    read_record,
    remove_checkpoint,
    versions,
)
from kerasgan.runs.folder import BEST_FOLDER, CHECKPOINT_FOLDER, CONFIG_FILE, first_change
from kerasgan.runs.tolerance import reason

_LOG = logging.getLogger(__name__)


class RestoredRun(NamedTuple):
    """A GAN as it was at one step of its run."""

    config: Config
    gan: GAN
    step: int


def restore_run(run_dir: pathlib.Path, checkpoint: str = "last") -> RestoredRun:
    """Reads one checkpoint of a run.

    Args:
        run_dir: the run's folder.
        checkpoint: "last" (that can be read), "best" (by the run's best_metric), or the number of
            a step that has one.

    Raises:
        UserError: no such run or checkpoint, or one that cannot be read.
    """
    if not (run_dir / CONFIG_FILE).is_file():
        raise UserError(f"--run_dir={run_dir}: no run is there; must be a folder with config.json")
    config = Config.load(run_dir / CONFIG_FILE)
    gan = build_gan(config)
    holder = tf.train.Checkpoint(gan=gan)
    if checkpoint == "last":
        find_checkpoint(run_dir, checkpoint)
        read_newest(holder, run_dir, config)
    else:
        read_checkpoint(holder, find_checkpoint(run_dir, checkpoint), config)
    return RestoredRun(config, gan, int(gan.step.numpy()))


def read_newest(checkpoint: tf.train.Checkpoint, run_dir: pathlib.Path, config: Config) -> None:
    """Reads the last checkpoint of a run that is not damaged, and warns of those that are.

    Raises:
        UserError: all are damaged, or the newest is of another model or run.
    """
    steps = checkpoint_steps(run_dir / CHECKPOINT_FOLDER)
    for step in reversed(steps):
        try:
            read_checkpoint(checkpoint, run_dir / CHECKPOINT_FOLDER / f"ckpt-{step}", config)
        except DamagedError as error:
            if step == steps[0]:
                raise
            _LOG.warning("%s. Going back to the checkpoint before it.", error)
        else:
            return


def go_back(checkpoint: tf.train.Checkpoint, run_dir: pathlib.Path, config: Config) -> None:
    """Returns to the last checkpoint that stands before the steps that were not finite.

    From there on the latents are others, or the same would happen again.

    Raises:
        UserError: there is no such checkpoint.
    """
    rollbacks = int(checkpoint.gan.rollbacks.numpy())
    while True:
        read_newest(checkpoint, run_dir, config)
        step = int(checkpoint.gan.step.numpy())
        if int(checkpoint.gan.nonfinite_in_a_row.numpy()) == 0:
            break
        remove_checkpoint(run_dir / CHECKPOINT_FOLDER, step)  # saved by a stop among them
        find_checkpoint(run_dir, "last")
    checkpoint.gan.rollbacks.assign(rollbacks + 1)


def read_checkpoint(
    checkpoint: tf.train.Checkpoint, path: pathlib.Path, config: Config | None = None
) -> None:
    """Gives every variable of `checkpoint` its value from the files at `path`.

    Args:
        checkpoint: what to fill.
        path: without endings, as <run_dir>/checkpoints/ckpt-<step>.
        config: what the checkpoint's own settings must agree with.

    Raises:
        DamagedError: the files are not what was written.
        UserError: they lack a variable, or are of other settings or another model.
    """
    where = f"--run_dir={path.parent.parent}: {path.parent.name}/{path.name}"
    try:
        record = read_record(path)
        if record and config is not None:
            _refuse_other_settings(where, record, config)
        status = checkpoint.read(str(path)).assert_existing_objects_matched()
        status.expect_partial()
    except DamagedError as error:
        raise DamagedError(f"{where} is damaged and cannot be read: {error}") from error
    except UserError:
        raise
    except (AssertionError, ValueError) as error:
        message = " ".join(str(error).split())
        raise UserError(
            f"{where} cannot be read, or is not of the model in config.json: {message}"
        ) from error
    except (tf.errors.OpError, IndexError) as error:
        raise DamagedError(f"{where} is damaged and cannot be read: {reason(error)}") from error


def warn_of_other_versions(run_dir: pathlib.Path, step: int) -> None:
    """Says so where the checkpoint of `step` was written by other versions than those at work."""
    record = read_record(run_dir / CHECKPOINT_FOLDER / f"ckpt-{step}")
    if not record:
        return
    changed = [name for name, version in versions().items() if version != record["versions"][name]]
    if changed:
        _LOG.warning(
            "The run was saved with another version of %s: it continues, but perhaps not bit for "
            "bit as it would have.",
            ", ".join(changed),
        )


def find_checkpoint(run_dir: pathlib.Path, checkpoint: str) -> pathlib.Path:
    """The path of a checkpoint without its endings, as <run_dir>/checkpoints/ckpt-<step>.

    Raises:
        UserError: there is none, or not this one.
    """
    folder = run_dir / (BEST_FOLDER if checkpoint == "best" else CHECKPOINT_FOLDER)
    steps = checkpoint_steps(folder)
    if not steps:
        kind = "best checkpoint" if checkpoint == "best" else "checkpoint"
        raise UserError(f"--run_dir={run_dir}: the run has no {kind} yet; let it train longer")
    if checkpoint in ("last", "best"):
        return folder / f"ckpt-{steps[-1]}"
    if not checkpoint.isdecimal() or int(checkpoint) not in steps:
        known = ", ".join(map(str, steps))
        raise UserError(f"--checkpoint={checkpoint}: must be last, best, or a step of {known}")
    return folder / f"ckpt-{int(checkpoint)}"


def _refuse_other_settings(where: str, record: dict[str, Any], config: Config) -> None:
    fields = {field.name for field in dataclasses.fields(Config)}
    saved = Config(**{name: value for name, value in record["config"].items() if name in fields})
    change = first_change(saved, config)
    if change is not None:
        old, new = getattr(saved, change), getattr(config, change)
        raise UserError(f"{where} is of a run with --{change}={old}, but config.json has {new}")
