"""What every command shares: one line for a user's mistake, and a quiet TensorFlow."""

import contextlib
import errno
import io
import logging
import os
import pathlib
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import NoReturn

from absl import app, flags
from absl import logging as absl_logging

from kerasgan.cli.presets import apply_preset
from kerasgan.errors import RunError, UserError
from kerasgan.runs.folder import check_writable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk, a quota, what a file may have
# Runs and results remember these as they were given, and may move to where home is elsewhere:
# whoever opens them finds the home folder.
_AS_GIVEN = ("dataset", "real", "extractor")


def run(command: Callable[[], int]) -> None:
    """Parses the flags, calls `command` and exits with the status that it returns.

    A mistake in the flags, or a UserError, becomes one line on standard error and status 2, a
    RunError or a full disk one line and status 1, Ctrl-C one line and the status that a shell
    expects of it.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files need not be text
    app.run(lambda _: _guarded(command), flags_parser=_parse)


def _parse(argv: list[str]) -> list[str]:
    try:
        rest = flags.FLAGS(argv)
        if len(rest) > 1:
            raise flags.Error(f"{rest[1]}: flags begin with --")
        apply_preset(argv)
    except flags.Error as error:
        fail(" ".join(str(error).split()))
    _find_home()
    return rest


def _find_home() -> None:
    """~ at the beginning of a path becomes the home folder, as no shell does after --flag=."""
    for name in flags.FLAGS:
        flag = flags.FLAGS[name]
        if name in _AS_GIVEN:
            continue
        if isinstance(flag.value, str) and flag.value.startswith("~"):
            flag.value = os.path.expanduser(flag.value)
        elif isinstance(flag.value, list):
            flag.value = [
                os.path.expanduser(item) if isinstance(item, str) else item for item in flag.value
            ]


def _guarded(command: Callable[[], int]) -> int:
    _log_plainly()
    try:
        return command()
    except UserError as error:
        fail(str(error))
    except RunError as error:
        fail(str(error), status=1)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        fail(f"{error.filename or 'the output'} cannot be written: {error.strerror}", status=1)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 128 + signal.SIGINT


def fail(message: str, *, status: int = 2) -> NoReturn:
    """Ends the command with one line on standard error."""
    print(f"error: {message}", file=sys.stderr)
    sys.exit(status)


def _log_plainly() -> None:
    absl_logging.set_verbosity(absl_logging.WARNING)
    absl_logging.get_absl_handler().setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger("kerasgan").setLevel(logging.INFO)


def check_output_file(flag: str, ending: str) -> None:
    """Makes sure, before any work, that the file which a flag names can be written.

    Its folder is made where it is missing.

    Raises:
        UserError: another ending, a folder, or no permission.
    """
    value = flags.FLAGS[flag].value
    if not value:
        return
    path = pathlib.Path(value)
    if path.suffix != ending:
        raise UserError(f"--{flag}={value}: must end in {ending}")
    if path.is_dir():
        raise UserError(f"--{flag}={value}: is a folder; must be a file")
    check_writable(flag, path.parent)
    if path.exists() and not os.access(path, os.W_OK):
        raise UserError(f"--{flag}={value}: no permission to write it")
    path.parent.mkdir(parents=True, exist_ok=True)


def start_tensorflow() -> None:
    """Imports TensorFlow, for a command to call once it knows that its flags are right.

    TensorFlow's start-up messages are kept back, unless TF_CPP_MIN_LOG_LEVEL asks for them.

    Raises:
        UserError: KERAS_BACKEND names another backend.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        raise UserError(f"KERAS_BACKEND={backend}: must be tensorflow, or not set")
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"  # errors only, once TensorFlow obeys it
    with _stderr_kept_back():
        import tensorflow as tf

        tf.config.list_physical_devices()
        tf.get_logger().setLevel(logging.WARNING)  # a notebook would show where assets went


@contextlib.contextmanager
def _stderr_kept_back() -> Iterator[None]:
    """Some of the messages are written by C++ before any setting is read: only this stops them.

    They are shown after all if the block raises.
    """
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as messages:
        os.dup2(messages.fileno(), 2)
        try:
            yield
        except BaseException:
            messages.seek(0)
            os.write(stderr, messages.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
