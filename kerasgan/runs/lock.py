"""One process at a time in a run's folder."""

import contextlib
import fcntl
import logging
import os
import pathlib
import socket
from types import TracebackType

from kerasgan.errors import UserError

LOCK_FILE = "run.lock"

_LOG = logging.getLogger(__name__)


class RunLock:
    """Held while a process trains in a run's folder; the system frees it when the process dies.

    The file stays behind, which means nothing: what counts is the lock on it (`flock`), which no
    process outlives, however it ends. On network file systems it holds between hosts where the
    file system supports `flock`, as NFS does on Linux; where it does not, there is a warning
    instead.

    Raises:
        UserError: another process holds it, or its file cannot be written, as somebody else's.
    """

    def __init__(self, run_dir: pathlib.Path):
        try:
            self._file = (run_dir / LOCK_FILE).open("a+")
        except OSError as error:
            raise UserError(
                f"--run_dir={run_dir}: cannot write {LOCK_FILE} there: {error.strerror}"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "another process"
            self._file.close()
            raise UserError(
                f"--run_dir={run_dir}: {holder} is training there; wait until it ends, or choose "
                "another folder"
            ) from error
        except OSError as error:  # Lustre without -o flock, some network file systems
            _LOG.warning(
                "%s cannot be locked (%s): see to it that no other process trains there.",
                run_dir,
                error.strerror,
            )
        with contextlib.suppress(OSError):  # a full disk: the lock holds without a name
            self._file.truncate(0)
            self._file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
            self._file.flush()

    def __enter__(self) -> "RunLock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
