"""Flags that the topics share: where a figure goes, and its theme."""

import pathlib

from absl import flags

from kerasgan.cli import common_flags
from kerasgan.errors import UserError

_THEMES = ("light", "dark")

flags.disclaim_key_flags()  # --help shows these flags as the topic's own


def define_flags(default: str, *, moving: bool) -> None:
    """--output, --overwrite and --theme.

    Args:
        default: of --output.
        moving: whether a GIF is painted too.
    """
    more = "; a GIF of the same name is put beside it" if moving else ""
    common_flags.define_output_flags(default, f"the picture, a .png file{more}")
    flags.DEFINE_string("theme", "light", f"colours: {' or '.join(_THEMES)}")


def check(*, moving: bool) -> list[pathlib.Path]:
    """The files to be painted: the PNG, and where it moves the GIF.

    Raises:
        UserError: a file exists or cannot be made, or there is no such theme.
    """
    if flags.FLAGS.theme not in _THEMES:
        raise UserError(f"--theme={flags.FLAGS.theme}: must be one of {', '.join(_THEMES)}")
    output = common_flags.check_output((".png",))
    animation = output.with_suffix(".gif")
    if moving and animation.exists() and not flags.FLAGS.overwrite:
        raise UserError(f"--output={output}: {animation} exists; give --overwrite to replace it")
    return [output, animation] if moving else [output]
