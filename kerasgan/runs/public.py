"""What a run says about itself to others: nothing about the machine that trained it."""

import dataclasses
import pathlib
from typing import Any

from kerasgan.config import Config
from kerasgan.files import WINDOWS_PATH

_BUILT_IN = ("synthetic_faces", "celeba")  # names of data sets, and never of paths


def public_settings(config: Config) -> dict[str, Any]:
    """The settings without those of the machine.

    If the data set, the labels, the extractor or what the run began with are a path, only its last
    part is kept.
    """
    machine = [f.name for f in dataclasses.fields(config) if f.metadata.get("of_machine", False)]
    settings = {name: value for name, value in config.as_dict().items() if name not in machine}
    settings["dataset"] = data_set_name(config.dataset)
    settings["extractor"] = _last_part(config.extractor)
    if config.init_from is not None:
        settings["init_from"] = _last_part(config.init_from)
    if config.labels is not None and config.labels.lower().endswith((".csv", ".json")):
        settings["labels"] = _last_part(config.labels)
    return settings


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
