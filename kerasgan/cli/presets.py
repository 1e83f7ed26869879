"""Presets: the flag files that come with the package."""

import pathlib
from collections.abc import Sequence

from absl import flags

# In a checkout a link to the folder `flags`; an installed package has the files themselves.
_FOLDER = pathlib.Path(__file__).parents[1] / "presets"


def known_presets() -> list[str]:
    """What --preset may name."""
    return sorted(path.stem for path in _FOLDER.glob("*.flags"))


def apply_preset(arguments: Sequence[str]) -> None:
    """Sets what --preset asks for, except for flags that the user gave as well.

    Args:
        arguments: the command's name and its flags, already parsed.
    """
    if "preset" in flags.FLAGS and flags.FLAGS.preset:
        path = _FOLDER / f"{flags.FLAGS.preset}.flags"
        # If a flag is given twice, the last one counts.
        flags.FLAGS([arguments[0], f"--flagfile={path}", *arguments[1:]])
