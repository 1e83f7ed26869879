"""How every command runs: flags, a user's mistakes in one line, a quiet TensorFlow."""

import contextlib
import errno
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

from kerasgan.cli.keras_settings import check_keras_json, use_default_settings
from kerasgan.cli.presets import apply_preset
from kerasgan.cli.streams import forgive_streams
from kerasgan.errors import RunError, UserError
from kerasgan.files import local_path

# The disk is full, a quota is used up, or a file would be larger than is allowed.
_NO_ROOM_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Runs and results remember these as they were given, since they may move to a machine with
# another home folder. What opens them expands the ~.
_KEPT_AS_GIVEN = ("dataset", "real", "extractor")


def run(command: Callable[[], int]) -> None:
    """Parses the flags, calls `command` and exits with the status that it returns.

    A mistake in the flags or a UserError becomes one line on standard error and status 2, a
    RunError or a full disk one line and status 1, Ctrl-C one line and the status that shells
    expect.
    """
    forgive_streams()
    app.run(lambda _: _guarded(command), flags_parser=_parse)


def _parse(argv: list[str]) -> list[str]:
    try:
        rest = flags.FLAGS(argv)
        if len(rest) > 1:
            raise flags.Error(f"{rest[1]}: flags begin with --")
        apply_preset(argv)
        _local_paths()
    except UnicodeDecodeError:
        fail(f"--flagfile={_not_utf8(argv)}: is not UTF-8 text; save it as UTF-8")
    except (flags.Error, UserError) as error:
        fail(" ".join(str(error).split()))
    return rest


def _not_utf8(argv: list[str]) -> str:
    """The given flag file that is not UTF-8; all of them if it is a file that one includes."""
    names = [
        value or following
        for (flag, _, value), following in zip(
            (argument.partition("=") for argument in argv), [*argv[1:], ""], strict=True
        )
        if flag.lstrip("-") == "flagfile"
    ]
    for name in names:
        with contextlib.suppress(OSError):
            try:
                pathlib.Path(name).expanduser().read_text("utf-8")
            except UnicodeDecodeError:
                return name
    return ",".join(names)


def _local_paths() -> None:
    """Replaces a leading ~ by the home folder, which no shell does after --flag=.

    A default that begins with ~ stays as it is where there is no home folder: it may not be needed.

    Raises:
        UserError: there is no home folder for what the user gave.
    """
    for name in flags.FLAGS:
        flag = flags.FLAGS[name]
        if name in _KEPT_AS_GIVEN:
            continue
        with contextlib.nullcontext() if flag.present else contextlib.suppress(UserError):
            flag.value = _expanded(name, flag.value)


def _expanded(name: str, value: object) -> object:
    if isinstance(value, str) and value.startswith("~"):
        return str(local_path(name, value))
    if isinstance(value, list):
        return [_expanded(name, item) for item in value]
    return value


def _guarded(command: Callable[[], int]) -> int:
    _log_plainly()
    try:
        return command()
    except UserError as error:
        fail(str(error))
    except RunError as error:
        fail(str(error), status=1)
    except OSError as error:
        if error.errno not in _NO_ROOM_ERRORS:
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
    handler = absl_logging.get_absl_handler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.python_handler.setStream(sys.stderr)  # it keeps the earlier stream
    logging.getLogger("kerasgan").setLevel(logging.INFO)


def start_tensorflow() -> None:
    """Imports TensorFlow, for a command to call once it knows that its flags are right.

    TensorFlow's start-up messages are held back, unless TF_CPP_MIN_LOG_LEVEL asks for them.

    Raises:
        UserError: KERAS_BACKEND names another backend, or keras.json cannot be used.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        raise UserError(f"KERAS_BACKEND={backend}: must be tensorflow, or not set")
    check_keras_json()
    if "TF_CPP_MIN_LOG_LEVEL" not in os.environ:
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"  # errors only, once TensorFlow obeys it
        with _stderr_held_back():
            import tensorflow as tf

            tf.config.list_physical_devices()
            tf.get_logger().setLevel(logging.WARNING)  # or it reports where assets are written
    use_default_settings()


@contextlib.contextmanager
def _stderr_held_back() -> Iterator[None]:
    """Holds back messages that C++ writes before it reads any setting; shows them on an error."""
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as messages:
        os.dup2(messages.fileno(), 2)
        try:
            yield
        except BaseException:
            messages.seek(0)
            with contextlib.suppress(OSError):  # standard error is full or closed
                os.write(stderr, messages.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
