"""A run's folder: numbered, and continued only with the settings that the run began with."""

import dataclasses
import json
import pathlib
import re
from typing import Any

from kerasgan.config import Config
from kerasgan.errors import UserError, refused_path
from kerasgan.files import UNFINISHED
from kerasgan.label_space import Labels
from kerasgan.runs.lock import LOCK_FILE

CONFIG_FILE = "config.json"
METRICS_FILE = "metrics.jsonl"
CHECKPOINT_FOLDER = "checkpoints"
BEST_FOLDER = "best"  # holds the checkpoint with the best metric so far
FINISHED_FILE = "finished.json"  # the last step with a final result and an exported model


def resolve_config(run_dir: pathlib.Path | None, given: dict[str, Any]) -> Config:
    """The settings of a new run, or of the one that `run_dir` holds.

    Args:
        run_dir: where the user wants the run; None for a new numbered one.
        given: the settings that the user named; the others stay as they are in a run that exists.

    Raises:
        UserError: a setting is not allowed, or the run's config cannot be read.
    """
    if run_dir is not None and holds_run(run_dir):
        saved = Config.load(run_dir / CONFIG_FILE)
        return dataclasses.replace(saved, **given)
    return Config(**given)


def holds_run(run_dir: pathlib.Path) -> bool:
    """Whether `run_dir` holds a run to continue, rather than being empty or missing.

    Raises:
        UserError: it is a file, a folder of other things, or one without permission to read it.
    """
    with refused_path("run_dir", run_dir):
        if not run_dir.exists():
            return False
        if not run_dir.is_dir():
            raise UserError(f"--run_dir={run_dir}: is a file; must be a run's folder or a new one")
        if (run_dir / CONFIG_FILE).exists():
            return True
        # A run that was killed as it began leaves these.
        if {path.name for path in run_dir.iterdir()} - {LOCK_FILE, CONFIG_FILE + UNFINISHED}:
            raise UserError(
                f"--run_dir={run_dir}: holds files but no {CONFIG_FILE}; must be a run's folder, "
                "an empty one or a new one"
            )
        return False


def refuse_changes(config: Config, run_dir: pathlib.Path) -> None:
    """Compares with the settings that the run in `run_dir` began with.

    Where the images are found may change, because `refuse_other_data` compares the images
    themselves, except for a run from before fingerprints were kept. What is read off the data and
    off the origin of the run is left out: they are not loaded yet.

    Raises:
        UserError: a setting has changed that would make it another run; the message names it.
    """
    saved = Config.load(run_dir / CONFIG_FILE)
    of_data = [field.name for field in dataclasses.fields(Config) if field.metadata.get("of_data")]
    config = dataclasses.replace(config, **{name: getattr(saved, name) for name in of_data})
    change = first_change(saved, config, same_images=_saved_data(run_dir) is not None)
    if change is not None:
        old, new = getattr(saved, change), getattr(config, change)
        raise UserError(
            f"--{change}={new}: the run in {run_dir} has {old}; only {_fields('may_change')} may "
            f"change when a run is continued, and, with the same images, {_fields('finds_images')}"
        )


def first_change(old: Config, new: Config, *, same_images: bool = True) -> str | None:
    """The first setting that differs and makes the two different runs; None if there is none.

    Args:
        old: the settings of one run.
        new: the settings of the other.
        same_images: whether it is known, or will be found out, that both train on the same images.
    """
    for field in dataclasses.fields(Config):
        may_change = field.metadata.get("may_change") or (
            same_images and field.metadata.get("finds_images")
        )
        if not may_change and getattr(old, field.name) != getattr(new, field.name):
            return field.name
    return None


def _fields(kind: str) -> str:
    """The settings whose metadata have this entry."""
    return ", ".join(field.name for field in dataclasses.fields(Config) if kind in field.metadata)


def _saved_data(run_dir: pathlib.Path) -> dict[str, Any] | None:
    """The fingerprint of the images that a run began with; None where none was kept."""
    data: dict[str, Any] | None = json.loads((run_dir / CONFIG_FILE).read_text()).get("data")
    return data


def refuse_other_data(data: dict[str, Any], run_dir: pathlib.Path) -> None:
    """Compares the images with those that the run in `run_dir` began with.

    Args:
        data: the fingerprint of the images.
        run_dir: holds a run, perhaps one from before fingerprints were kept.

    Raises:
        UserError: they differ; the message names the first difference.
    """
    saved = _saved_data(run_dir)
    if saved is None or saved["pixels"] == data["pixels"]:
        return
    what = "some of their pixels have changed, or their order, which is that of the files' names"
    for name in ("split", "count"):
        if saved[name] != data[name]:
            what = f"their {name} was {saved[name]} and is {data[name]}"
    raise UserError(
        f"--run_dir={run_dir}: the run began with other images: {what}; put them back, name the "
        "place where they are now with --dataset, or begin another run"
    )


def refuse_other_labels(config: Config, labels: Labels | None, run_dir: pathlib.Path) -> None:
    """Compares labels and their meaning with those that the run in `run_dir` began with.

    Args:
        config: the settings, with what the labels mean.
        labels: of the images.
        run_dir: holds a run.

    Raises:
        UserError: they differ; the message names the first difference.
    """
    saved = Config.load(run_dir / CONFIG_FILE)
    change = change_of_labels(saved, config)
    if change is None and labels is not None:
        known = json.loads((run_dir / CONFIG_FILE).read_text()).get("data", {}).get("labels")
        if known not in (None, labels.digest()):
            change = "they were given to other images"
    if change is not None:
        raise UserError(
            f"--run_dir={run_dir}: the run began with other labels: {change}; put them back, or "
            "begin another run"
        )


def change_of_labels(old: Config, new: Config) -> str | None:
    """The first difference in what labels mean, in words; None if there is none."""
    kinds = [
        f"{len(config.label_names)} {config.label_kind}" if config.label_space else "none"
        for config in (old, new)
    ]
    if kinds[0] != kinds[1]:
        return f"there were {kinds[0]} and are {kinds[1]}"
    for index, names in enumerate(zip(old.label_names, new.label_names, strict=True)):
        if names[0] != names[1]:
            return f"number {index} was {names[0]} and is {names[1]}"
    return None


def mark_finished(run_dir: pathlib.Path, step: int) -> None:
    """Records that the run is done with `step`, including its final result and its model.

    Raises:
        OSError: it cannot be written.
    """
    (run_dir / FINISHED_FILE).write_text(json.dumps({"step": step}) + "\n")


def is_finished(run_dir: pathlib.Path, step: int) -> bool:
    """Whether nothing was left to do when the run stood at `step`."""
    try:
        return json.loads((run_dir / FINISHED_FILE).read_text())["step"] == step
    except (OSError, ValueError, KeyError, TypeError):
        return False


def create_run_dir(run_dir: pathlib.Path | None, label: str) -> pathlib.Path:
    """Makes the run's folder: `run_dir`, or runs/<next number>-<label> if that is None.

    Raises:
        UserError: the folder cannot be made.
    """
    if run_dir is not None:
        with refused_path("run_dir", run_dir):
            run_dir.mkdir(parents=True, exist_ok=True)
        return run_dir
    runs = pathlib.Path("runs")
    with refused_path("run_dir", runs):
        runs.mkdir(exist_ok=True)
        while True:
            candidate = runs / f"{_last_number(runs) + 1:04d}-{label}"
            try:
                candidate.mkdir()
            except FileExistsError:  # another run took the number at the same moment
                continue
            return candidate


def _last_number(runs: pathlib.Path) -> int:
    """The largest number of a run, of four digits or more, or 0; dates are no such numbers."""
    numbered = re.compile(r"(\d{4,})-(?!\d\d-\d\d)", re.ASCII)
    matches = [numbered.match(path.name) for path in runs.iterdir()]
    return max((int(match[1]) for match in matches if match), default=0)
