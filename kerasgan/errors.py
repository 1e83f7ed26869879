"""The exceptions that are told in one line."""

import contextlib
import pathlib
from collections.abc import Iterator


class UserError(ValueError):
    """A user's mistake, told in one line.

    The message names the flag or the file, the value received and what is allowed. The command
    line prints it without a traceback; in a notebook it is an ordinary `ValueError`.
    """


class RunError(RuntimeError):
    """Why a run cannot go on, through no mistake in its settings, and what to do: in one line.

    What was saved is there. The command line prints it without a traceback.
    """


@contextlib.contextmanager
def refused_path(flag: str, path: pathlib.Path) -> Iterator[None]:
    """Around work on the path that a flag gave.

    Raises:
        UserError: the system will not have it, as a name too long, or on a full disk.
    """
    try:
        yield
    except OSError as error:
        raise UserError(f"--{flag}={path}: {error.strerror or error}") from error
