"""Where the figures and grids of a run go: metrics.jsonl, PNG files and TensorBoard."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgan.data.image_set import SkippedFile

Row = dict[str, Any]


class MetricsFile:
    """metrics.jsonl: one JSON object a line, in the order of steps.

    Args:
        path: the file; it need not exist.
        step: where the run stands. Later rows are dropped: the run that wrote them went on after
            its last checkpoint, and will write them again.
    """

    def __init__(self, path: pathlib.Path, *, step: int):
        self._path = path
        if path.exists():
            lines = path.read_text().splitlines(keepends=True)
            kept = [
                line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step
            ]
            if kept != lines:
                replacement = path.with_suffix(".tmp")
                replacement.write_text("".join(kept))
                os.replace(replacement, path)

    def rows(self) -> list[Row]:
        """What has been written."""
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text().splitlines()]

    def append(self, row: Row) -> None:
        """Writes one row."""
        with self._path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def write_skipped(run_dir: pathlib.Path, skipped: Sequence[SkippedFile]) -> None:
    """skipped_files.jsonl: what gave no picture and why, where there is such a file."""
    if skipped:
        lines = [json.dumps(dataclasses.asdict(file)) for file in skipped]
        (run_dir / "skipped_files.jsonl").write_text("\n".join(lines) + "\n")


class SampleFolder:
    """samples/: each grid as a PNG named after its kind and step, as in ema_00001600.png."""

    def __init__(self, folder: pathlib.Path):
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def write(self, name: str, grid: np.ndarray, step: int) -> None:
        """Writes one grid, uint8 [H, W, C]."""
        path = self._folder / f"{name}_{step:08d}.png"
        path.write_bytes(tf.io.encode_png(grid).numpy())


class TensorBoardLogs:
    """logs/: what TensorBoard reads."""

    def __init__(self, folder: pathlib.Path):
        self._writer = tf.summary.create_file_writer(str(folder))

    def write_scalars(self, row: Row) -> None:
        """One point for each figure of the row."""
        with self._writer.as_default(step=int(row["step"])):
            for name, value in row.items():
                if name != "step":
                    tf.summary.scalar(name, value)
        self._writer.flush()

    def write_text(self, name: str, text: str, step: int) -> None:
        """A sentence, under the tag `name`."""
        with self._writer.as_default(step=step):
            tf.summary.text(name, text)
        self._writer.flush()

    def write_grid(self, name: str, grid: np.ndarray, step: int) -> None:
        """One picture, uint8 [H, W, C], under samples/<name>."""
        with self._writer.as_default(step=step):
            tf.summary.image(f"samples/{name}", grid[None])
        self._writer.flush()

    def write_settings(self, settings: dict[str, object]) -> None:
        """The resolved config as a table."""
        rows = [f"| {name} | {value} |" for name, value in settings.items()]
        self.write_text("config", "\n".join(["| setting | value |", "|---|---|", *rows]), step=0)
