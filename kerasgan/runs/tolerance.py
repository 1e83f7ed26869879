"""Training goes on where something cannot be written."""

import contextlib
import logging
from collections.abc import Iterator

import tensorflow as tf

_LOG = logging.getLogger(__name__)

# A full disk, a quota, a limit on a file's size, a vanished folder: from Python or TensorFlow.
WriteError = (OSError, tf.errors.OpError)


class Tolerance:
    """Lets training go on where something cannot be written.

    It warns when writing first fails, and again only if writing has worked in between.

    Args:
        what: the subject of the warning, such as "metrics.jsonl".
        consequence: what that means for the run, a whole sentence.
    """

    def __init__(self, what: str, consequence: str):
        self._what = what
        self._consequence = consequence
        self._failing = False

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """Wraps the writing."""
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
