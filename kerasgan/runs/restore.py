"""A run's folder -> the GAN that it holds."""

import logging
import pathlib
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.files import tensorflow_path
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


def restore_run(
    run_dir: pathlib.Path, which: str = "last", *, flag: str = "run_dir"
) -> RestoredRun:
    """Reads one checkpoint of a run.

    Args:
        run_dir: the run's folder.
        which: "last" (the last that can be read), "best" (by the run's best_metric), or the number
            of a step that has a checkpoint.
        flag: what named the run, for messages.

    Raises:
        UserError: no such run or checkpoint, or one that cannot be read.
    """
    if not (run_dir / CONFIG_FILE).is_file():
        raise UserError(
            f"--{flag}={run_dir}: there is no run there; must be a folder with config.json"
        )
    config = Config.load(run_dir / CONFIG_FILE)
    refuse_channels_first()
    gan = build_gan(config)
    path = find_checkpoint(run_dir, which, flag=flag)
    if which == "last":
        read_newest(gan, run_dir, config, flag=flag)
    else:
        read_checkpoint(tf.train.Checkpoint(gan=gan), path, config, flag=flag)
    return RestoredRun(config, gan, int(gan.step.numpy()))


def refuse_channels_first() -> None:
    """Refuses an order of axes for which networks are not built. Commands set theirs themselves.

    Raises:
        UserError: it is Keras's default in this process.
    """
    order = keras.config.image_data_format()
    if order != "channels_last":
        raise UserError(
            f"Keras's image_data_format is {order}, perhaps from ~/.keras/keras.json; must be "
            'channels_last, which keras.config.set_image_data_format("channels_last") makes it'
        )


def read_newest(
    gan: GAN, run_dir: pathlib.Path, config: Config | None = None, *, flag: str = "run_dir"
) -> dict[str, Any]:
    """Restores a GAN from the last checkpoint that is not damaged, and warns of those that are.

    Args:
        gan: what to restore.
        run_dir: the run's folder.
        config: the settings that those in the checkpoint must agree with; None for a notebook's
            checkpoint, which has none.
        flag: what named the run, for messages.

    Returns:
        What the checkpoint says about the run, as its `Record` described it; nothing without
        checkpoints.

    Raises:
        UserError: all are damaged, or the newest belongs to another model or run.
    """
    steps = checkpoint_steps(run_dir / CHECKPOINT_FOLDER)
    for step in reversed(steps):
        path = run_dir / CHECKPOINT_FOLDER / f"ckpt-{step}"
        try:
            return read_checkpoint(tf.train.Checkpoint(gan=gan), path, config, flag=flag)
        except DamagedError as error:
            if step == steps[0]:
                raise
            _LOG.warning("%s. Going back to the checkpoint before it.", error)
    return {}


def go_back(gan: GAN, run_dir: pathlib.Path, config: Config) -> dict[str, Any]:
    """Restores a GAN from the last checkpoint before the steps that were not finite.

    From there on the latents are different, or the same would happen again.

    Returns:
        What the checkpoint says about the run.

    Raises:
        UserError: there is no such checkpoint.
    """
    rollbacks = int(gan.rollbacks.numpy())
    while True:
        record = read_newest(gan, run_dir, config)
        step = int(gan.step.numpy())
        if int(gan.nonfinite_in_a_row.numpy()) == 0:
            break
        # Training was stopped among those steps, and saved there.
        remove_checkpoint(run_dir / CHECKPOINT_FOLDER, step)
        find_checkpoint(run_dir, "last")
    gan.rollbacks.assign(rollbacks + 1)
    return record


def read_checkpoint(
    saveable: tf.train.Checkpoint,
    path: pathlib.Path,
    config: Config | None = None,
    *,
    flag: str = "run_dir",
) -> dict[str, Any]:
    """Gives every variable of `saveable` its value from the files at `path`.

    Args:
        saveable: what to fill.
        path: without endings, as <run_dir>/checkpoints/ckpt-<step>.
        config: the settings that those in the checkpoint must agree with.
        flag: what named the run, for messages.

    Returns:
        What the checkpoint says about the run, as `RunRecord.describe` wrote it; nothing if
        kerasgan did not write it.

    Raises:
        DamagedError: the files are not what was written.
        UserError: they lack a variable, or belong to other settings or another model.
    """
    where = f"--{flag}={path.parent.parent}: {path.parent.name}/{path.name}"
    try:
        record = read_record(path)
        if record and config is not None:
            _refuse_other_settings(where, record, config)
        status = saveable.read(tensorflow_path(path)).assert_existing_objects_matched()
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
    return record


def warn_of_other_versions(record: dict[str, Any]) -> None:
    """Warns if a checkpoint was written by other versions than those in use.

    Args:
        record: what the checkpoint says about its run.
    """
    written = record.get("versions", versions())
    changed = [name for name, version in versions().items() if version != written[name]]
    if changed:
        _LOG.warning(
            "The run was saved with another version of %s: it continues, but perhaps not bit for "
            "bit as it would have.",
            ", ".join(changed),
        )


def find_checkpoint(run_dir: pathlib.Path, which: str, *, flag: str = "run_dir") -> pathlib.Path:
    """The path of a checkpoint without its endings, as <run_dir>/checkpoints/ckpt-<step>.

    Args:
        run_dir: the run's folder.
        which: "last", "best" or the number of a step.
        flag: what named the run, for messages.

    Raises:
        UserError: there is none, or not this one.
    """
    folder = run_dir / (BEST_FOLDER if which == "best" else CHECKPOINT_FOLDER)
    steps = checkpoint_steps(folder)
    if not steps:
        kind = "best checkpoint" if which == "best" else "checkpoint"
        raise UserError(f"--{flag}={run_dir}: the run has no {kind} yet; let it train longer")
    if which in ("last", "best"):
        return folder / f"ckpt-{steps[-1]}"
    if not which.isdecimal() or int(which) not in steps:
        known = ", ".join(map(str, steps))
        given = f"checkpoint={which}" if flag == "run_dir" else f"{flag}={run_dir}:{which}"
        raise UserError(f"--{given}: must be last, best, or a step of {known}")
    return folder / f"ckpt-{int(which)}"


def _refuse_other_settings(where: str, record: dict[str, Any], config: Config) -> None:
    saved = Config.from_json(record["config"], where=where)
    change = first_change(saved, config)
    if change is not None:
        old, new = getattr(saved, change), getattr(config, change)
        raise UserError(f"{where} is of a run with --{change}={old}, but config.json has {new}")
