"""Writing so that a full disk or a kill at any moment leaves what was there before."""

import contextlib
import logging
import os
import pathlib
from collections.abc import Iterator

import tensorflow as tf

_LOG = logging.getLogger(__name__)

# A full disk, a quota, a limit on a file's size, a vanished folder: from Python or TensorFlow.
WriteError = (OSError, tf.errors.OpError)


UNFINISHED = ".tmp"  # at the end of a file's name until it is whole


def replace_file(path: pathlib.Path, content: bytes, *, flush: bool = True) -> None:
    """Puts `content` where `path` is, all of it or nothing.

    Args:
        path: of the file.
        content: of the file from now on.
        flush: wait until that would survive a power cut too: too slow for thousands of files.

    Raises:
        OSError: it cannot be written. `path` is as it was.
    """
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        unfinished.write_bytes(content)
        if flush:
            flush_to_disk(unfinished)
        os.replace(unfinished, path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def flush_to_disk(path: pathlib.Path) -> None:
    """Returns once a file's content, or a folder's list of files, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Tolerance:
    """Lets training go on where something cannot be written, and says so once until it can again.

    Args:
        what: the subject of the warning, as "metrics.jsonl".
        consequence: what that means for the run, a whole sentence.
    """

    def __init__(self, what: str, consequence: str):
        self._what = what
        self._consequence = consequence
        self._failing = False

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """Around the writing."""
        try:
            yield
        except WriteError as error:
            if not self._failing:
                _LOG.warning(
                    "%s cannot be written (%s). %s", self._what, reason(error), self._consequence
                )
            self._failing = True
        else:
            self._failing = False


def reason(error: Exception) -> str:
    """Why a file could not be written or read, in a few words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    message = error.message if isinstance(error, tf.errors.OpError) else str(error)
    return (
        message.strip().splitlines()[0].split(" [Op:")[0] if message.strip() else str(type(error))
    )
