"""The metadata stored in an exported model."""

import dataclasses
import pathlib
from typing import Any

import keras
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.files import WINDOWS_PATH
from kerasgan.runs.folder import METRICS_FILE
from kerasgan.runs.rows import read_rows
from kerasgan.version import VERSION

FILE = "metadata.json"  # among the SavedModel's assets

_BUILT_IN = ("synthetic_faces", "celeba")  # names of data sets, and never of paths


def describe_run(
    config: Config, *, step: int, run_dir: pathlib.Path | None = None, licence: str | None = None
) -> dict[str, Any]:
    """Where a model comes from, without anything about the machine that trained it.

    Args:
        config: the run's settings. If the data set, the labels or the extractor are a path, only
            its last part is kept.
        step: how many steps the model was trained for.
        run_dir: the run's folder, to add its latest metrics up to that step.
        licence: the licence of the model as an SPDX identifier; None if not given.

    Returns:
        The content of metadata.json.
    """
    machine = [f.name for f in dataclasses.fields(config) if f.metadata.get("of_machine", False)]
    settings = {name: value for name, value in config.as_dict().items() if name not in machine}
    settings["dataset"] = data_set_name(config.dataset)
    settings["extractor"] = _last_part(config.extractor)
    if config.labels is not None and config.labels.lower().endswith((".csv", ".json")):
        settings["labels"] = _last_part(config.labels)
    return {
        "config": settings,
        "dataset": settings["dataset"],
        "step": step,
        "metrics": _last_metrics(run_dir / METRICS_FILE, step) if run_dir else {},
        "license": licence,
        "versions": {
            "kerasgan": VERSION,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
    }


def data_set_name(dataset: str) -> str:
    """What a data set is called in public: no path shows where it was on this machine.

    Args:
        dataset: the value of --dataset.

    Returns:
        The whole name of a built-in or TensorFlow data set; the last part of a path, as
        "./synthetic_faces" if that would pass for a built-in one.
    """
    if dataset in _BUILT_IN or dataset.startswith("tfds:"):
        return dataset
    name = _last_part(dataset)
    return f"./{name}" if name in _BUILT_IN else name


def _last_part(name_or_path: str) -> str:
    if WINDOWS_PATH.match(name_or_path):  # of a run that has moved here
        return pathlib.PureWindowsPath(name_or_path).name
    return pathlib.PurePath(name_or_path).name


def _last_metrics(path: pathlib.Path, step: int) -> dict[str, Any]:
    """The latest value of every metric up to that step."""
    known: dict[str, Any] = {}
    for row in read_rows(path):
        if row["step"] <= step and "warning" not in row:
            known |= row
    if "fingerprint" in known:  # the latest measurement's; its data set may be a path too
        known["fingerprint"]["data"] = data_set_name(known["fingerprint"]["data"])
    return known
