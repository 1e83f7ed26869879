"""One process at a time in a run's folder."""

import contextlib
import logging
import os
import pathlib
import socket
from types import TracebackType

from kerasgan.errors import UserError
from kerasgan.files import lock_file

LOCK_FILE = "run.lock"

_LOG = logging.getLogger(__name__)


class RunLock:
    """Held while a process trains in a run's folder.

    The lock is on the open file (`flock`), and the system releases it when the process ends,
    however it ends: a file that is left over locks nothing. On network file systems the lock holds
    between hosts if the file system supports `flock`, as NFS does on Linux. Where there is no
    `flock`, a warning says so and training goes on.

    Raises:
        UserError: another process holds the lock, or the file cannot be written.
    """

    def __init__(self, run_dir: pathlib.Path):
        try:
            self._file = (run_dir / LOCK_FILE).open("a+")
        except OSError as error:
            raise UserError(
                f"--run_dir={run_dir}: cannot write {LOCK_FILE} there: {error.strerror}"
            ) from error
        try:
            lock_file(self._file, wait=False)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "another process"
            self._file.close()
            raise UserError(
                f"--run_dir={run_dir}: {holder} is training there; wait until it ends, or choose "
                "another folder"
            ) from error
        except OSError as error:  # no flock: Windows, Lustre without -o flock, some network systems
            _LOG.warning(
                "%s cannot be locked (%s): make sure that no other process trains there.",
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
