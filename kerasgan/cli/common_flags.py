"""Flags that the picture-making commands share, and the checks that need no TensorFlow."""

import math
import pathlib
from typing import TYPE_CHECKING

from absl import flags

from kerasgan.cli import app
from kerasgan.errors import UserError, refused_path
from kerasgan.runs.folder import check_writable

if TYPE_CHECKING:
    from kerasgan.sampling.painter import Painter

flags.disclaim_key_flags()  # --help shows these flags as the command's own


def define_source_flags() -> None:
    """--run_dir, --checkpoint and --model: where the generator comes from."""
    flags.DEFINE_string("run_dir", None, "the run's folder; or give --model")
    flags.DEFINE_string("checkpoint", "last", "of --run_dir: last, best, or a step's number")
    flags.DEFINE_string("model", None, "an exported model, as saved_models/<name>; or --run_dir")


def define_output_flags(default: str | None, meaning: str) -> None:
    """--output and --overwrite."""
    flags.DEFINE_string("output", default, meaning)
    flags.DEFINE_bool("overwrite", False, "replace an output that exists")


def check_source() -> None:
    """Refuses flags that do not name one generator, before anything slow begins.

    Raises:
        UserError: both or neither of --run_dir and --model.
    """
    if (flags.FLAGS.run_dir is None) == (flags.FLAGS.model is None):
        raise UserError("--run_dir or --model: must give exactly one of them")
    if flags.FLAGS.model is not None and flags.FLAGS["checkpoint"].present:
        raise UserError("--checkpoint: must come with --run_dir; a model holds one state only")


def open_painter() -> "Painter":
    """The generator that the flags name.

    Raises:
        UserError: it cannot be found or read.
    """
    app.start_tensorflow()
    from kerasgan.sampling.painter import painter_of_model, painter_of_run

    if flags.FLAGS.model is not None:
        model = pathlib.Path(flags.FLAGS.model)
        with refused_path("model", model):
            return painter_of_model(model)
    run_dir = pathlib.Path(flags.FLAGS.run_dir)
    with refused_path("run_dir", run_dir):
        return painter_of_run(run_dir, flags.FLAGS.checkpoint)


def check_output(endings: tuple[str, ...], default: str = "") -> pathlib.Path:
    """The file that --output names, or the command's default.

    Raises:
        UserError: another ending, a folder that is missing or may not be written, or a file that
            exists, without --overwrite.
    """
    output = pathlib.Path(flags.FLAGS.output or default)
    if output.suffix.lower() not in endings:
        raise UserError(f"--output={output}: must end in {' or '.join(endings)}")
    with refused_path("output", output):
        if not output.parent.is_dir():
            raise UserError(f"--output={output}: there is no folder {output.parent}")
        if output.is_dir():
            raise UserError(f"--output={output}: is a folder; must be a file")
        if output.exists() and not flags.FLAGS.overwrite:
            raise UserError(f"--output={output}: exists; give --overwrite to replace it")
    check_writable("output", output.parent)
    return output


def check_truncation() -> float:
    """The value of --truncation.

    Raises:
        UserError: it is negative or not finite.
    """
    truncation = float(flags.FLAGS.truncation)
    if not (math.isfinite(truncation) and truncation >= 0):
        raise UserError(f"--truncation={truncation}: must be a finite number of at least 0")
    return truncation


def check_at_least(name: str, minimum: int) -> int:
    """The value of a whole-number flag.

    Raises:
        UserError: it is below the minimum.
    """
    value: int = getattr(flags.FLAGS, name)
    if value < minimum:
        raise UserError(f"--{name}={value}: must be at least {minimum}")
    return value
