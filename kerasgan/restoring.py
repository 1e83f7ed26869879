"""A run's folder -> the GAN that it holds."""

import pathlib
from typing import NamedTuple

import tensorflow as tf

from kerasgan.building import build_gan
from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.gan import GAN
from kerasgan.runs import BEST_FOLDER, CHECKPOINT_FOLDER, CONFIG_FILE


class RestoredRun(NamedTuple):
    """A GAN as it was at one step of its run."""

    config: Config
    gan: GAN
    step: int


def restore_run(run_dir: pathlib.Path, checkpoint: str = "last") -> RestoredRun:
    """Reads one checkpoint of a run.

    Args:
        run_dir: the run's folder.
        checkpoint: "last", "best" (by the run's best_metric), or the number of a step that has one.

    Raises:
        UserError: no such run or checkpoint, or one that cannot be read.
    """
    if not (run_dir / CONFIG_FILE).is_file():
        raise UserError(f"--run_dir={run_dir}: no run is there; must be a folder with config.json")
    config = Config.load(run_dir / CONFIG_FILE)
    path = find_checkpoint(run_dir, checkpoint)
    gan = build_gan(config)
    read_checkpoint(tf.train.Checkpoint(gan=gan), path)
    return RestoredRun(config, gan, int(gan.step.numpy()))


def read_checkpoint(checkpoint: tf.train.Checkpoint, path: pathlib.Path) -> None:
    """Gives every variable of `checkpoint` its value from the files at `path`.

    Raises:
        UserError: they cannot be read, or lack a variable.
    """
    try:
        checkpoint.restore(str(path)).assert_existing_objects_matched()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise UserError(
            f"--run_dir={path.parent.parent}: {path.name} cannot be read, or is not of the model "
            f"in config.json: {str(error).splitlines()[0]}"
        ) from error


def find_checkpoint(run_dir: pathlib.Path, checkpoint: str) -> pathlib.Path:
    """The path of a checkpoint without its endings, as <run_dir>/checkpoints/ckpt-<step>.

    Raises:
        UserError: there is none, or not this one.
    """
    folder = run_dir / (BEST_FOLDER if checkpoint == "best" else CHECKPOINT_FOLDER)
    steps = sorted(int(path.stem.removeprefix("ckpt-")) for path in folder.glob("ckpt-*.index"))
    if not steps:
        kind = "best checkpoint" if checkpoint == "best" else "checkpoint"
        raise UserError(f"--run_dir={run_dir}: the run has no {kind} yet; let it train longer")
    if checkpoint in ("last", "best"):
        return folder / f"ckpt-{steps[-1]}"
    if not checkpoint.isdecimal() or int(checkpoint) not in steps:
        known = ", ".join(map(str, steps))
        raise UserError(f"--checkpoint={checkpoint}: must be last, best, or a step of {known}")
    return folder / f"ckpt-{int(checkpoint)}"
