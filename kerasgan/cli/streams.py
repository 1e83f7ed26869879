"""Standard output and error that never end a command: what they cannot take is dropped.

The log of a batch job often lies on the disk that its results fill up, and a pipe's reader may
leave early. Neither is a reason to lose the work.
"""

import contextlib
import io
import os
import sys
from typing import Any, TextIO


class ForgivingStream:
    """A text stream whose writes may fail without an error.

    Args:
        stream: what is written to; all else is its own.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Writes the text, or drops it."""
        with contextlib.suppress(OSError, ValueError):  # a full disk, a closed pipe, a closed file
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Writes what is buffered, or leaves it."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def forgive_streams() -> None:
    """Makes standard output and error forgiving, and opens them where the caller closed them."""
    _open_closed_descriptors()
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is None:  # it was closed when Python started
            stream = open(descriptor, "w", closefd=False)  # noqa: SIM115 - until the process ends
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files need not be text
        if not isinstance(stream, ForgivingStream):
            setattr(sys, name, ForgivingStream(stream))


def _open_closed_descriptors() -> None:
    """Takes the descriptors 0 to 2 before a file of ours gets one of them.

    TensorFlow's C++ writes its messages to descriptor 2, whatever that is.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != descriptor:
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
