"""A discriminator's slopes everywhere in the plane: which way it pulls points, how hard."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm

from kerasgan.explaining.figures import Drawing, Palette, new_figure, render, themed
from kerasgan.explaining.toy_data import DATA, RING_MODES, count_modes
from kerasgan.explaining.toy_figure import draw_snapshot
from kerasgan.explaining.toy_gan import REACH, ToyRun, plane, slopes_at

_SHORTEST, _LONGEST = 0.1, 100.0  # slopes that have colours of their own
_ARROWS_EVERY = 5  # points of the plane


def slopes_table(runs: Mapping[str, ToyRun]) -> str:
    """For each run, the mean length of D's slopes at real and at generated points, and the modes.

    Args:
        runs: by name, all with the data "ring".
    """
    lines = [f"{'penalty':10}{'slope at real points':>22}{'at generated ones':>20}   modes"]
    for name, run in runs.items():
        real = DATA[run.settings.data](1000, seed=run.settings.seed)
        means = [
            np.linalg.norm(slopes_at(run.gan, points), axis=1).mean()
            for points in (real, run.snapshots[-1].points)
        ]
        found = count_modes(run.sample()).found
        lines.append(f"{name:10}{means[0]:22.2f}{means[1]:20.2f}   {found} of {RING_MODES}")
    return "\n".join(lines)


def draw_slopes(runs: Mapping[str, ToyRun], *, theme: str = "light") -> Drawing:
    """A column for each run at its end: D's surface, and below it D's slopes.

    Args:
        runs: by title.
        theme: "light" or "dark".
    """
    with themed(theme) as palette:
        figure = new_figure(3.6 * len(runs) + 1.2, 7.2)
        grid = figure.subplots(2, len(runs), sharex=True, sharey=True, squeeze=False)
        for (surface_axes, slope_axes), (title, run) in zip(grid.T, runs.items(), strict=True):
            surface = draw_snapshot(surface_axes, run.snapshots[-1], run, palette)
            surface_axes.set_title(title)
            lengths = _draw_lengths(slope_axes, run, palette)
            for axes in (surface_axes, slope_axes):
                axes.set_aspect("equal")
        bar = figure.colorbar(surface, ax=grid[0], ticks=[0.0, 0.5, 1.0])
        bar.set_label("D's probability of “real”")
        bar = figure.colorbar(lengths, ax=grid[1], extend="both")
        bar.set_label("length of D's slope")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, markerscale=4)
        return Drawing((render(figure),))


def _draw_lengths(axes: Axes, run: ToyRun, palette: Palette) -> QuadMesh:
    """The lengths as colours, the directions as arrows of one length, and the real points."""
    points = plane()
    side = int(np.sqrt(len(points)))
    slopes = slopes_at(run.gan, points).reshape(side, side, 2)
    lengths = np.linalg.norm(slopes, axis=2)
    axis = np.linspace(-REACH, REACH, side)
    mesh = axes.pcolormesh(
        axis, axis, lengths, cmap="cividis", norm=LogNorm(_SHORTEST, _LONGEST), rasterized=True
    )
    some = slice(None, None, _ARROWS_EVERY)
    directions = slopes / np.maximum(lengths, 1e-12)[..., None]
    axes.quiver(
        *np.meshgrid(axis[some], axis[some]),
        directions[some, some, 0],
        directions[some, some, 1],
        color="white",
        scale=22,
        width=0.006,
    )
    real = DATA[run.settings.data](500, seed=run.settings.seed)
    axes.plot(*real.T, ".", color=palette.ink, markersize=2)
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH))
    return mesh
