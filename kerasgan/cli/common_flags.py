"""Flags that several commands share, and checks that need no TensorFlow."""

import math
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from kerasgan.cli import app, outputs
from kerasgan.errors import UserError, refused_path

if TYPE_CHECKING:
    import numpy as np

    from kerasgan.sampling.asked_labels import AskedLabels
    from kerasgan.sampling.painter import Painter

_MAX_TRUNCATION = 1000  # of a factor of latents; layers square what they get, in float32
_THEMES = ("light", "dark")

flags.disclaim_key_flags()  # --help shows these flags as the command's own


def define_source_flags() -> None:
    """Defines --run_dir, --checkpoint and --model: where the generator comes from."""
    flags.DEFINE_string("run_dir", None, "the run's folder; or give --model")
    flags.DEFINE_string("checkpoint", "last", "of --run_dir: last, best, or a step's number")
    flags.DEFINE_string(
        "model", None, "an exported model, such as saved_models/<name>; or give --run_dir"
    )


def check_source() -> None:
    """Refuses flags that do not name exactly one generator, before anything slow begins.

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
    from kerasgan.sampling.open_painter import painter_of_model, painter_of_run

    if flags.FLAGS.model is not None:
        model = pathlib.Path(flags.FLAGS.model)
        with refused_path("model", model):
            return painter_of_model(model)
    run_dir = pathlib.Path(flags.FLAGS.run_dir)
    with refused_path("run_dir", run_dir):
        return painter_of_run(run_dir, flags.FLAGS.checkpoint)


def define_labels_flag(without: str) -> None:
    """Defines --labels: what a conditional generator is asked for.

    Args:
        without: what happens where it is not given.
    """
    flags.DEFINE_multi_string(
        "labels",
        None,
        "what a generator trained with labels is asked for: names or indices of classes, such as "
        "cat,dog, or values of attributes, such as glasses=1,beard=0.5, where those not named are "
        f"0. May be given several times. None: {without}",
    )


def asked_labels(painter: "Painter") -> "AskedLabels | None":
    """What --labels asks a generator for; None where it is not given.

    Raises:
        UserError: the generator was trained without labels, or there are no such labels.
    """
    from kerasgan.sampling.asked_labels import parse_labels

    texts = flags.FLAGS.labels
    if texts is None:
        return None
    if painter.label_space is None:
        raise UserError(
            f"--labels={texts[0]}: the generator was trained without labels; leave it out"
        )
    return parse_labels(texts, painter.label_space)


def one_label(painter: "Painter", seed: int, count: int) -> "np.ndarray | None":
    """The only label that --labels asks for, `count` times; without it, the seed's own label.

    Args:
        painter: the generator; None is returned for an unconditional one.
        seed: of the first picture.
        count: of pictures.

    Raises:
        UserError: several labels are asked for, or see `asked_labels`.
    """
    asked = asked_labels(painter)
    if asked is not None and len(asked) > 1:
        raise UserError(f"--labels={','.join(asked.names)}: must be one label here")
    if asked is not None:
        return asked.of(0, count)
    if painter.label_space is None:
        return None
    return painter.label_space.evenly([seed]).repeat(count, axis=0)


def define_latents_flag(instead_of: str, meaning: str = "") -> None:
    """Defines --latents: a file of them.

    Args:
        instead_of: the flag that it stands for.
        meaning: what else to say.
    """
    flags.DEFINE_string(
        "latents",
        None,
        "a .npy file of latents, float [n, latent_dim], or a .npz file with an array latents, such "
        f"as project writes, instead of --{instead_of}{meaning}",
    )


def define_page_latents_flag() -> None:
    """Defines --latents: the pictures with which a web page begins."""
    flags.DEFINE_string(
        "latents",
        None,
        "a .npz or .npy file of latents, such as project writes: the page keeps their pictures "
        "from the start, under their names",
    )


def latents_path() -> pathlib.Path | None:
    """The file that --latents names; None if it is not given."""
    return None if flags.FLAGS.latents is None else pathlib.Path(flags.FLAGS.latents)


def check_latents(instead_of: str) -> bool:
    """Whether --latents is given.

    Raises:
        UserError: the flag that it stands for is given too.
    """
    if flags.FLAGS.latents is not None and flags.FLAGS[instead_of].present:
        raise UserError(f"--latents: must not be given together with --{instead_of}")
    return flags.FLAGS.latents is not None


def latents_of(painter: "Painter", seeds: Sequence[int] | None) -> "np.ndarray":
    """Latents, float32 [n, latent_dim].

    Args:
        painter: the generator.
        seeds: of them; None for those in the file that --latents names.

    Raises:
        UserError: the file cannot be read, or holds latents of another generator.
    """
    from kerasgan.model.latents import latents_from_seeds
    from kerasgan.sampling.latent_file import read_latents

    if seeds is None:
        return read_latents(pathlib.Path(flags.FLAGS.latents), painter.latent_dim)
    latents: np.ndarray = latents_from_seeds(list(seeds), painter.latent_dim).numpy()
    return latents


def define_figure_flags(default: str, *, moving: bool = False) -> None:
    """Defines --output, --overwrite and --theme, for the topics of `explain`.

    Args:
        default: of --output.
        moving: whether the topic makes a GIF too.
    """
    more = "; a GIF of the same name is written next to it" if moving else ""
    outputs.define_output_flags(default, f"the picture, a .png file{more}")
    flags.DEFINE_string("theme", "light", f"colours: {' or '.join(_THEMES)}")


def check_figure(*, moving: bool = False) -> list[pathlib.Path]:
    """The files to write: the PNG, and the GIF of a topic that makes one.

    Raises:
        UserError: there is no such theme, or a file may not be written.
    """
    if flags.FLAGS.theme not in _THEMES:
        raise UserError(f"--theme={flags.FLAGS.theme}: must be one of {', '.join(_THEMES)}")
    siblings = [".gif"] if moving else []
    output = outputs.output_file((".png",), siblings=siblings)
    return [output, *(output.with_suffix(ending) for ending in siblings)]


def check_truncation() -> float:
    """The value of --truncation.

    Raises:
        UserError: it is negative, not finite, or so large that pictures could not be computed.
    """
    truncation = float(flags.FLAGS.truncation)
    if not (math.isfinite(truncation) and truncation >= 0):
        raise UserError(f"--truncation={truncation}: must be a finite number of at least 0")
    if truncation > _MAX_TRUNCATION:
        raise UserError(f"--truncation={truncation}: must be at most {_MAX_TRUNCATION}")
    return truncation


def check_number(name: str, minimum: int, maximum: int | None = None) -> int:
    """The value of a whole-number flag.

    Raises:
        UserError: it is below the minimum or above the maximum.
    """
    value: int = getattr(flags.FLAGS, name)
    if value < minimum:
        raise UserError(f"--{name}={value}: must be at least {minimum}")
    if maximum is not None and value > maximum:
        raise UserError(f"--{name}={value}: must be at most {maximum}")
    return value
