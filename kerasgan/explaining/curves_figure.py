"""The curves of runs side by side, read from their metrics.jsonl."""

import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from kerasgan.errors import UserError
from kerasgan.explaining.figures import (
    BLUE,
    ORANGE,
    VERMILION,
    Drawing,
    new_figure,
    render,
    themed,
)
from kerasgan.runs import rows as metrics_rows
from kerasgan.runs.folder import METRICS_FILE

_PANELS = (
    ("loss", {"d_loss": "discriminator", "g_loss": "generator"}),
    ("D's mean probability\nof “real”", {"real_score": "real images", "fake_score": "generated"}),
    ("gradient norm (L2)", {"d_gradient_norm": "discriminator", "g_gradient_norm": "generator"}),
)
_MAX_LINEAR_LOSS = 30.0  # larger ones need a logarithmic axis
_STYLES = ((BLUE, "-"), (ORANGE, "--"))


def read_rows(run_dir: pathlib.Path) -> list[dict[str, Any]]:
    """The rows of a run's metrics.jsonl.

    Raises:
        UserError: there is none, or it has no losses.
    """
    path = run_dir / METRICS_FILE
    if not path.is_file():
        raise UserError(f"--runs={run_dir}: has no {METRICS_FILE}; must be a run's folder")
    rows = metrics_rows.read_rows(path)
    if not any("d_loss" in row for row in rows):
        raise UserError(f"--runs={run_dir}: has no losses yet; let it train longer")
    return rows


def draw_curves(
    runs: Mapping[str, Sequence[Mapping[str, Any]]], *, theme: str = "light"
) -> Drawing:
    """A column for each run: losses, scores and gradient norms over steps, with its warnings.

    Args:
        runs: rows of metrics.jsonl, by the title of the column.
        theme: "light" or "dark".
    """
    with themed(theme) as palette:
        figure = new_figure(max(5.0, 2.6 * len(runs)), 6.4)
        grid = figure.subplots(3, len(runs), sharex="col", squeeze=False)
        for column, (title, rows) in zip(grid.T, runs.items(), strict=True):
            points = [row for row in rows if "d_loss" in row]
            warnings = [row["step"] for row in rows if "warning" in row]
            steps = [row["step"] for row in points]
            for axes, (_, lines) in zip(column, _PANELS, strict=True):
                for (name, label), (colour, style) in zip(lines.items(), _STYLES, strict=True):
                    # A value that was not finite is null in the file, and a gap in the line.
                    values = [math.nan if row[name] is None else row[name] for row in points]
                    axes.plot(steps, values, style, color=colour, label=label, linewidth=1.6)
                for step in warnings:
                    axes.axvline(step, color=VERMILION, linestyle=":", label="warning")
                axes.grid(True, color=palette.faint, linewidth=0.6)
            if (
                max(abs(row["g_loss"] or 0) + abs(row["d_loss"] or 0) for row in points)
                > _MAX_LINEAR_LOSS
            ):
                column[0].set_yscale("symlog", linthresh=1.0)
                column[0].yaxis.get_major_locator().set_params(numticks=5)
            column[2].set_yscale("log")
            column[1].set_ylim(-0.05, 1.05)
            column[0].set_title(title)
            column[2].set_xlabel("step")
        for axes, (label, _) in zip(grid[:, 0], _PANELS, strict=True):
            axes.set_ylabel(label)
        for axes in grid[:, 0]:
            handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
            axes.legend(handles.values(), handles.keys(), loc="best", fontsize=9)
        return Drawing((render(figure),))
