"""The exceptions that the command line reports in one line, without a traceback."""

import contextlib
import pathlib
from collections.abc import Iterator


class UserError(ValueError):
    """A user's mistake.

    The message is one line which names the flag or the file, the value received and what is
    allowed. In a notebook it is an ordinary `ValueError`.
    """


class RunError(RuntimeError):
    """A run cannot go on although its settings are right.

    The message is one line which says why and what to do. What was saved is kept.
    """


class LostPictureError(RunError):
    """A picture that could be read when the data were opened cannot be read any more."""


@contextlib.contextmanager
def refused_path(flag: str, path: pathlib.Path) -> Iterator[None]:
    """Wraps work on the path that a flag gave.

    Raises:
        UserError: the system refuses the path, such as a name that is too long, or a full disk.
    """
    try:
        yield
    except OSError as error:
        raise UserError(f"--{flag}={path}: {error.strerror or error}") from error
