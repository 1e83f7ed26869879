"""Writes the values and sample grids of a run: metrics.jsonl, PNG files and TensorBoard's logs."""

import dataclasses
import json
import math
import os
import pathlib
import socket
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams.api import hparams_pb

from kerasgan.data.image_set import SkippedFile
from kerasgan.files import replace_file, tensorflow_path
from kerasgan.marks import mark_png
from kerasgan.runs.dashboard import layout_of, recipe_of, tag_of
from kerasgan.runs.rows import Row, read_rows
from kerasgan.runs.tolerance import Tolerance


class MetricsFile:
    """Writes metrics.jsonl: one JSON object per line, in the order in which rows are made.

    This is the order of steps, except for the full result at the end of a run, which belongs to the
    step of the best state, often an earlier one.

    Args:
        path: the file; it does not have to exist.
        step: the step from which training continues. Rows of later steps are removed: they were
            written after the last checkpoint and will be written again. Lines that are not rows are
            removed too.
    """

    def __init__(self, path: pathlib.Path, *, step: int):
        self._path = path
        if path.exists():
            kept = "".join(_as_line(row) for row in read_rows(path) if row["step"] <= step)
            if kept.encode() != path.read_bytes():
                replace_file(path, kept.encode())
        self._waiting = ""  # rows that did not fit on the disk yet
        self._tolerate = Tolerance(str(path), "Training goes on, and its rows wait for room.")

    def rows(self) -> list[Row]:
        """The rows in the file."""
        return read_rows(self._path)

    def append(self, row: Row) -> None:
        """Writes one row after those that wait; values that are not finite become null."""
        finite = {name: value if _is_json(value) else None for name, value in row.items()}
        self._waiting += _as_line(finite)
        self.flush()

    def flush(self) -> None:
        """Writes the rows that wait, if the disk has room again."""
        if not self._waiting:
            return
        with self._tolerate():
            size = self._path.stat().st_size if self._path.exists() else 0
            try:
                with self._path.open("a") as file:
                    file.write(self._waiting)
            except OSError:
                if self._path.exists():  # leave no half row
                    os.truncate(self._path, size)
                raise
            self._waiting = ""


def write_skipped(run_dir: pathlib.Path, skipped: Sequence[SkippedFile]) -> None:
    """Writes skipped_files.jsonl, the files that could not be read and why, if there are any."""
    if skipped:
        lines = "".join(_as_line(dataclasses.asdict(file)) for file in skipped)
        replace_file(run_dir / "skipped_files.jsonl", lines.encode())


class SampleFolder:
    """Writes sample grids as PNG files, named after content and step: ema_00001600.png."""

    def __init__(self, folder: pathlib.Path):
        self._folder = folder
        self._tolerate = Tolerance(str(folder), "Training goes on without these pictures.")
        folder.mkdir(exist_ok=True)

    def write(self, name: str, grid: np.ndarray, step: int) -> None:
        """Writes one grid, uint8 [H, W, C]."""
        path = self._folder / f"{name}_{step:08d}.png"
        with self._tolerate():
            replace_file(path, mark_png(tf.io.encode_png(grid).numpy()))

    def write_rows(self, names: Sequence[str]) -> None:
        """Writes rows.txt: what each row of the grids asks for, a line each, from the top."""
        with self._tolerate():
            replace_file(self._folder / "rows.txt", ("\n".join(names) + "\n").encode())


class TensorBoardLogs:
    """Writes logs/, which TensorBoard reads.

    Tags are in groups, such as losses/g_loss. A run that began before there were groups keeps its
    earlier points under the old tags (g_loss) and gets new points under the new tags: each of its
    curves is in two parts.

    Args:
        folder: the folder of the event files; each writer adds one.
        step: the step from which training continues. TensorBoard drops what it read of later steps.
    """

    def __init__(self, folder: pathlib.Path, *, step: int):
        self._tolerate = Tolerance(str(folder), "Training goes on without TensorBoard's curves.")
        self._writer = tf.summary.create_noop_writer()
        with self._tolerate():
            folder.mkdir(exist_ok=True)
            _mark_start(folder, step + 1)
            self._writer = tf.summary.create_file_writer(tensorflow_path(folder))

    def write_scalars(self, row: Row) -> None:
        """Adds one point for each value of the row, under the tag of its group."""
        with self._tolerate(), self._writer.as_default(step=int(row["step"])):
            for name, value in row.items():
                if name != "step":
                    tf.summary.scalar(tag_of(name), value)
            self._writer.flush()

    def write_text(self, name: str, text: str, step: int) -> None:
        """Adds a text under the tag `name`."""
        with self._tolerate(), self._writer.as_default(step=step):
            tf.summary.text(name, text)
            self._writer.flush()

    def write_grid(self, name: str, grid: np.ndarray, step: int) -> None:
        """Adds an image, uint8 [H, W, C], under samples/<name>."""
        with self._tolerate(), self._writer.as_default(step=step):
            tf.summary.image(f"samples/{name}", grid[None])
            self._writer.flush()

    def write_settings(self, settings: dict[str, object]) -> None:
        """Adds all settings as a table, the recipe for HParams, and the layout of Custom Scalars.

        HParams lists a run under the path of its folder. The default is a hash of the settings,
        under which runs with equal settings would be averaged.
        """
        # Protocol buffers hold UTF-8 only, which paths need not be.
        settings = {
            name: value.encode(errors="backslashreplace").decode()
            if isinstance(value, str)
            else value
            for name, value in settings.items()
        }
        rows = [f"| {name} | {value} |" for name, value in settings.items()]
        self.write_text("config", "\n".join(["| setting | value |", "|---|---|", *rows]), step=0)
        metrics = str(settings.get("metrics", "")).split(",")
        layout = layout_of([name.strip() for name in metrics])
        with self._tolerate(), self._writer.as_default(step=0):
            for summary in (
                hparams_pb(recipe_of(settings), trial_id=""),  # empty: the path
                custom_scalar.pb(layout),
            ):
                tf.summary.experimental.write_raw_pb(summary.SerializeToString())
            self._writer.flush()


def _mark_start(folder: pathlib.Path, step: int) -> None:
    """Writes an event file that says that the run starts, or starts again, at `step`.

    TensorBoard reads the files of a folder in the order of their names, which contain the second,
    the host and the process. At each mark except the first, it drops all points from `step` on,
    such as those of a killed run. So the name must sort after those of all existing files and
    before that of the next writer.
    """
    times = [path.name.split(".")[3] for path in folder.glob("events.out.tfevents.*")]
    if str(int(time.time())) in times:
        time.sleep(1)
    name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.0.start.{step}"
    start = SessionLog(status=SessionLog.START)
    with tf.io.TFRecordWriter(tensorflow_path(folder / name)) as file:
        for event in (
            Event(wall_time=time.time(), file_version="brain.Event:2"),
            Event(wall_time=time.time(), step=step, session_log=start),
        ):
            file.write(event.SerializeToString())


def _as_line(content: dict[str, Any]) -> str:
    return json.dumps(content, allow_nan=False) + "\n"


def _is_json(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)
