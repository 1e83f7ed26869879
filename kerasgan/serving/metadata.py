"""The metadata stored in an exported model."""

import dataclasses
import pathlib
from typing import Any

import keras
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.runs.rows import read_rows
from kerasgan.version import VERSION

FILE = "metadata.json"  # among the SavedModel's assets

_MACHINE_SETTINGS = ("data_dir", "cache", "cache_dir", "saved_models_dir", "strategy", "profile")


def describe_run(
    config: Config, *, step: int, run_dir: pathlib.Path | None = None, licence: str | None = None
) -> dict[str, Any]:
    """Where a model comes from, without anything about the machine that trained it.

    Args:
        config: the run's settings. If the data set or the extractor is a path, only its last part
            is kept.
        step: how many steps the model was trained for.
        run_dir: the run's folder, to add its latest metrics up to that step.
        licence: the licence of the model as an SPDX identifier; None if not given.

    Returns:
        The content of metadata.json.
    """
    settings = dataclasses.asdict(config)
    for name in _MACHINE_SETTINGS:
        settings.pop(name, None)
    settings["dataset"] = data_set_name(config.dataset)
    settings["extractor"] = _last_part(config.extractor)
    return {
        "config": settings,
        "dataset": settings["dataset"],
        "step": step,
        "metrics": _last_metrics(run_dir / "metrics.jsonl", step) if run_dir else {},
        "license": licence,
        "versions": {
            "kerasgan": VERSION,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
    }


def data_set_name(dataset: str) -> str:
    """The name of a data set, or the last part of its path."""
    return _last_part(dataset)


def _last_part(name_or_path: str) -> str:
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
