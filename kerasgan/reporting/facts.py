"""What a run's folder says about the run."""

import dataclasses
import json
import math
import pathlib
import re
import shlex
from typing import Any

from kerasgan.channels import background_for
from kerasgan.config import Config
from kerasgan.errors import UserError, refused_path
from kerasgan.runs.dashboard import tag_of
from kerasgan.runs.folder import (
    BEST_FOLDER,
    CHECKPOINT_FOLDER,
    CONFIG_FILE,
    FINISHED_FILE,
    METRICS_FILE,
)
from kerasgan.runs.public import public_settings
from kerasgan.runs.rows import Row, read_rows

_IN_COMMAND = re.compile(r"\s+")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """A run, as far as it has come.

    Attributes:
        run_dir: its folder.
        settings: those that are not of the machine; paths only by their last part.
        data: the fingerprint of its images; empty for a run from before there was one.
        rows: of metrics.jsonl.
        step: of the last row or checkpoint; 0 at the beginning.
        chosen_step: of the best state, or else of the last. A finished run exports it.
        best_metric: the name of the metric by which that one is the best; None if it is the last.
        finished: whether its final result is there.
        versions: of kerasgan and what it computes with; empty before the first checkpoint.
    """

    run_dir: pathlib.Path
    settings: dict[str, Any]
    data: dict[str, Any]
    rows: list[Row]
    step: int
    chosen_step: int
    best_metric: str | None
    finished: bool
    versions: dict[str, str]

    @property
    def name(self) -> str:
        """What the run is called: the name of its folder."""
        return self.run_dir.absolute().name

    @property
    def exported(self) -> bool:
        """Whether the chosen state was exported at the run's end; with labels it cannot be yet."""
        return self.finished and self.settings.get("label_kind", "none") == "none"

    @property
    def warnings(self) -> list[Row]:
        """What the run warned of."""
        return [row for row in self.rows if "warning" in row]

    @property
    def metrics(self) -> dict[str, dict[int, float]]:
        """Each measured value by step, in the order in which they first appear."""
        found: dict[str, dict[int, float]] = {}
        for row in self.rows:
            for name, value in row.items():
                if tag_of(name).startswith("metrics/") and (number := as_number(value)) is not None:
                    found.setdefault(name, {})[row["step"]] = number
        return found

    @property
    def changed_settings(self) -> dict[str, tuple[Any, Any]]:
        """The settings that differ from the defaults: (value, default)."""
        defaults = {field.name: field.default for field in dataclasses.fields(Config)}
        channels = self.settings.get("channels", defaults["channels"])
        defaults["background"] = background_for(None, channels)
        return {
            name: (value, defaults[name])
            for name, value in self.settings.items()
            if value != defaults[name]
        }

    @property
    def command(self) -> str:
        """What trains such a run again, in a shell."""
        of_data = {f.name for f in dataclasses.fields(Config) if f.metadata.get("of_data")}
        given = [
            shlex.quote(f"--{name}={shown(value)}")
            for name, (value, _) in self.changed_settings.items()
            if name not in of_data
        ]
        return " ".join(["python -m kerasgan.main", *given])


def read_facts(run_dir: pathlib.Path, *, flag: str = "run_dir") -> Facts:
    """Reads a run's folder, while it trains or afterwards.

    Args:
        run_dir: the folder.
        flag: what named it, for messages.

    Raises:
        UserError: no run is there, or it cannot be read.
    """
    with refused_path(flag, run_dir):
        if not (run_dir / CONFIG_FILE).is_file():
            raise UserError(
                f"--{flag}={run_dir}: no run is there; must be a folder with config.json"
            )
        rows = read_rows(run_dir / METRICS_FILE)
    settings = public_settings(Config.load(run_dir / CONFIG_FILE))
    best = _read(run_dir / BEST_FOLDER / "best.json")
    record, saved = _newest_record(run_dir / CHECKPOINT_FOLDER)
    step = max([row["step"] for row in rows] + [saved])
    best_step = best.get("step")
    if not isinstance(best_step, int):
        best_step = None
    return Facts(
        run_dir=run_dir,
        settings=settings,
        data=_as_object(_read(run_dir / CONFIG_FILE).get("data")),
        rows=rows,
        step=step,
        chosen_step=step if best_step is None else best_step,
        best_metric=None if best_step is None else str(best.get("name")),
        finished=_read(run_dir / FINISHED_FILE).get("step") == step,
        versions={k: str(v) for k, v in _as_object(record.get("versions")).items()},
    )


def as_number(value: Any) -> float | None:
    """A finite number; None for anything else that a row may hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def shown(value: Any) -> str:
    """A setting as its flag takes it; one of several lines becomes one line."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        sizes = all(isinstance(item, int) for item in value)
        return ("x" if sizes else ", ").join(map(str, value))
    return _IN_COMMAND.sub(" ", str(value))


def _newest_record(folder: pathlib.Path) -> tuple[dict[str, Any], int]:
    """What the newest checkpoint says, and its step; nothing and 0 where there is none."""
    steps = [
        int(match[1])
        for path in folder.glob("ckpt-*.index")
        if (match := re.fullmatch(r"ckpt-(\d+)", path.stem, re.ASCII))
    ]
    if not steps:
        return {}, 0
    newest = max(steps)
    return _as_object(_read(folder / f"ckpt-{newest}.json").get("record")), newest


def _read(path: pathlib.Path) -> dict[str, Any]:
    """A JSON object; an empty one where there is none that can be read."""
    try:
        return _as_object(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


def _as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
