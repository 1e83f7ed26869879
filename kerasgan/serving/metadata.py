"""The metadata stored in an exported model."""

import pathlib
from typing import Any

import keras
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.runs.folder import METRICS_FILE
from kerasgan.runs.public import data_set_name, public_settings
from kerasgan.runs.rows import read_rows
from kerasgan.version import VERSION

FILE = "metadata.json"  # among the SavedModel's assets


def describe_run(
    config: Config, *, step: int, run_dir: pathlib.Path | None = None, licence: str | None = None
) -> dict[str, Any]:
    """Where a model comes from, without anything about the machine that trained it.

    Args:
        config: the run's settings; of paths in them only the last part is kept.
        step: how many steps the model was trained for.
        run_dir: the run's folder, to add its latest metrics up to that step.
        licence: the licence of the model as an SPDX identifier; None if not given.

    Returns:
        The content of metadata.json.
    """
    settings = public_settings(config)
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


def _last_metrics(path: pathlib.Path, step: int) -> dict[str, Any]:
    """The latest value of every metric up to that step."""
    known: dict[str, Any] = {}
    for row in read_rows(path):
        if row["step"] <= step and "warning" not in row:
            known |= row
    if "fingerprint" in known:  # the latest measurement's; its data set may be a path too
        known["fingerprint"]["data"] = data_set_name(known["fingerprint"]["data"])
    return known
