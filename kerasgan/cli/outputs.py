"""What all commands do about the files that they write.

A missing folder is made. A file that the user named is replaced only with --overwrite, a file with
a default name without asking. All of this is checked before any work begins.
"""

import os
import pathlib
from collections.abc import Sequence

from absl import flags

from kerasgan.errors import UserError, refused_path
from kerasgan.files import check_writable, refuse_dangling_link

flags.disclaim_key_flags()  # --help shows these flags as the command's own


def define_output_flags(default: str | None, meaning: str) -> None:
    """Defines --output and --overwrite."""
    flags.DEFINE_string("output", default, meaning)
    define_overwrite_flag()


def define_overwrite_flag() -> None:
    """Defines --overwrite, for commands whose outputs have names of their own."""
    flags.DEFINE_bool("overwrite", False, "replace a file that was named and exists")


def check_output_file(
    endings: Sequence[str],
    *,
    flag: str = "output",
    default: str | pathlib.Path | None = None,
    siblings: Sequence[str] = (),
    make_folder: bool = True,
) -> pathlib.Path | None:
    """The file that a flag names, once it is certain that it may be written. Makes its folder.

    Args:
        endings: the allowed ones, each with its dot, in lower case.
        flag: its name.
        default: the name where the flag is not given and has no default of its own.
        siblings: endings of files of the same name that are written too.
        make_folder: whether to make the folder of the file where it is missing.

    Returns:
        The path; None where neither the flag nor `default` names one.

    Raises:
        UserError: another ending, a URL, a folder, no permission, or a file that the user named
            and that exists, without --overwrite.
    """
    value = flags.FLAGS[flag].value or default
    if not value:
        return None
    path = pathlib.Path(value)
    check_writable(flag, path.parent, value=path)
    if path.suffix.lower() not in endings:
        raise UserError(f"--{flag}={path}: must end in {' or '.join(endings)}")
    with refused_path(flag, path):
        for file in (path, *(path.with_suffix(ending) for ending in siblings)):
            _check_file(flag, path, file)
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
    return path


def output_file(
    endings: Sequence[str],
    *,
    default: str | pathlib.Path = "",
    siblings: Sequence[str] = (),
    make_folder: bool = True,
) -> pathlib.Path:
    """The file that --output names; see `check_output_file`.

    Raises:
        UserError: see there, or no file is named.
    """
    path = check_output_file(endings, default=default, siblings=siblings, make_folder=make_folder)
    if path is None:
        raise UserError(f"--output: must be given, a file that ends in {' or '.join(endings)}")
    return path


def _check_file(flag: str, value: pathlib.Path, path: pathlib.Path) -> None:
    """Refuses a file that may not be written.

    Args:
        flag: its name.
        value: what it names.
        path: that, or a file that goes with it.
    """
    name = "" if path == value else f"{path} "
    refuse_dangling_link(flag, value, path)
    if path.is_dir():
        raise UserError(f"--{flag}={value}: {name}is a folder; must be a file")
    if not path.exists():
        return
    if flags.FLAGS[flag].present and not flags.FLAGS.overwrite:
        raise UserError(f"--{flag}={value}: {name}exists; give --overwrite to replace it")
    if not os.access(path, os.W_OK):
        raise UserError(f"--{flag}={value}: {name}may not be replaced: no permission to write it")


def output_folder() -> pathlib.Path:
    """The folder that --output names, once it is certain that it can be made or written to.

    Which files may be in it already is decided by what fills it.

    Raises:
        UserError: a URL, a file, or no permission.
    """
    output = pathlib.Path(flags.FLAGS.output)
    with refused_path("output", output):
        if output.is_file():
            raise UserError(f"--output={output}: is a file; must be a folder")
    check_writable("output", output)
    return output
