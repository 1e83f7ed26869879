"""Writes the checkpoints of a run, each of which holds the complete state of the run.

A checkpoint is TensorFlow's pair of files and a JSON file, which describes the run and holds the
digests of all three. TensorFlow has checksums of its own, but reports damage by errors of many
kinds, a plain IndexError among them.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import platform
from collections.abc import Callable
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.files import flush_to_disk, tensorflow_path, unfinished_folder
from kerasgan.version import VERSION

_DATA = ".data-00000-of-00001"
_RECORD = ".json"
_INDEX = ".index"  # gets its name last: a checkpoint exists when its index does
_ENDINGS = (_DATA, _RECORD, _INDEX)


class DamagedError(UserError):
    """A checkpoint's files are not what was written."""


class Record(Protocol):
    """What a checkpoint says in addition to the variables."""

    def describe(self) -> dict[str, Any]:
        """As it is now, ready for JSON."""


class RunRecord:
    """What a checkpoint says about its run in addition to the variables.

    Args:
        config: the run's settings.
        health: returns what the run's health is judged by, ready for JSON.
    """

    def __init__(self, config: Config, *, health: Callable[[], dict[str, Any]]):
        self._config = config
        self._health = health

    def describe(self) -> dict[str, Any]:
        """As it is now."""
        return {
            "config": self._config.to_json(),
            "health": self._health(),
            "versions": versions(),
        }


def versions() -> dict[str, str]:
    """The versions of everything that a run's exact figures may depend on."""
    return {
        "kerasgan": VERSION,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def read_record(path: pathlib.Path) -> dict[str, Any]:
    """What the checkpoint at `path` says about its run, after all its bytes are verified.

    This reads all of its files, which takes a while for large models.

    Returns:
        What `RunRecord.describe` returned when it was written; nothing for a checkpoint that
        kerasgan did not write.

    Raises:
        DamagedError: a file is missing or not what was written.
    """
    file = _file(path, _RECORD)
    if not file.is_file():
        return {}
    try:
        saved = json.loads(file.read_text())
        record: dict[str, Any] = saved["record"]
        digests = saved["sha256"]
        changed = [] if digests[_RECORD] == _digest_of(record) else [file.name]
        for ending in (_DATA, _INDEX):
            with _file(path, ending).open("rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() != digests[ending]:
                    changed.append(_file(path, ending).name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{path}: {error}") from error
    if changed:
        raise DamagedError(f"{', '.join(changed)} is not what was written")
    return record


class CheckpointWriter:
    """Writes the checkpoints of one model.

    TensorFlow looks for the variables only once, as doing so at each save would take longer than
    the writing itself: every checkpoint has the variables that the model had at the first save.

    Args:
        saveable: holds what to save, as `tf.train.Checkpoint(gan=gan)`.
        record: what to say about the run.
    """

    def __init__(self, saveable: tf.train.Checkpoint, record: Record | None = None):
        self._record = record
        here = tf.DeviceSpec.from_string(tf.constant(0).device)
        processor = here.replace(device_type="CPU", device_index=0).to_string()

        @tf.function(input_signature=[tf.TensorSpec([], tf.string)], autograph=False)
        def write(path: tf.Tensor) -> None:
            with tf.device(processor):  # where the variables are, or TensorFlow writes two files
                saveable.write(path)

        self._write = write

    def write(self, folder: pathlib.Path, step: int, *, keep: int) -> pathlib.Path:
        """Writes <folder>/ckpt-<step>, then removes all but the last `keep` checkpoints.

        Checkpoints of later steps are removed too: the run has gone back, and those steps will be
        taken again.

        The files are complete and on the disk before they get their names, the index last. Until
        then the older checkpoints are untouched.

        Raises:
            OSError, tensorflow.errors.OpError: it cannot be written. The older checkpoints stay.
        """
        path = folder / f"ckpt-{step}"
        with unfinished_folder(folder / "checkpoint") as workshop:  # any step: nothing is left over
            unfinished = workshop / path.name
            self._write(tf.constant(tensorflow_path(unfinished)))
            _write_record(unfinished, self._record.describe() if self._record else {})
            for ending in _ENDINGS:
                flush_to_disk(_file(unfinished, ending))
            for ending in _ENDINGS:
                os.replace(_file(unfinished, ending), _file(path, ending))
            flush_to_disk(folder)
        steps = checkpoint_steps(folder)
        kept = [other for other in steps if other <= step][-keep:]
        for other in set(steps) - set(kept):
            remove_checkpoint(folder, other)
        return path


def _write_record(path: pathlib.Path, record: dict[str, Any]) -> None:
    digests = {_RECORD: _digest_of(record)}
    for ending in (_DATA, _INDEX):
        with _file(path, ending).open("rb") as content:
            digests[ending] = hashlib.file_digest(content, "sha256").hexdigest()
    saved = {"record": record, "sha256": digests}
    _file(path, _RECORD).write_text(json.dumps(saved, indent=2) + "\n")


def _digest_of(record: dict[str, Any]) -> str:
    # As JSON: tuples become lists when the record is read again.
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def remove_checkpoint(folder: pathlib.Path, step: int) -> None:
    """Removes the checkpoint of a step, the index first."""
    for ending in reversed(_ENDINGS):
        with contextlib.suppress(OSError):  # a file that cannot be removed does no harm
            _file(folder / f"ckpt-{step}", ending).unlink()


def checkpoint_steps(folder: pathlib.Path) -> list[int]:
    """The steps that have a checkpoint in `folder`, in order."""
    names = [path.name.removesuffix(_INDEX) for path in folder.glob("ckpt-*" + _INDEX)]
    return sorted(int(name.removeprefix("ckpt-")) for name in names if name[5:].isdecimal())


def _file(path: pathlib.Path, ending: str) -> pathlib.Path:
    return path.with_name(path.name + ending)
