"""Pictures of toys: points, and the discriminator's output everywhere in the plane."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.contour import ContourSet

from kerasgan.explaining.figures import (
    BLUE,
    GREEN,
    ORANGE,
    Drawing,
    Palette,
    new_figure,
    render,
    themed,
)
from kerasgan.explaining.toy_data import DATA, RING_MODES, count_modes
from kerasgan.explaining.toy_gan import REACH, Snapshot, ToyRun, ToySettings


def draw_toy(run: ToyRun, *, theme: str = "light", title: str | None = None) -> Drawing:
    """A frame for every snapshot: D's surface, real points, generated points."""
    title = title or f"{run.settings.data}, {run.settings.loss}"
    with themed(theme) as palette:
        frames = []
        for snapshot in run.snapshots:
            figure = new_figure(5.2, 5.0, dots_per_inch=90, layout=None)
            axes = figure.add_axes((0.12, 0.11, 0.68, 0.76))
            surface = draw_snapshot(axes, snapshot, run, palette)
            axes.set_title(f"{title}\n{_caption(snapshot, run)}")
            axes.legend(loc="lower left", ncols=2, markerscale=3, handletextpad=0.1, fontsize=9)
            axes.set(xlabel="first coordinate", ylabel="second coordinate")
            bar = figure.colorbar(surface, cax=figure.add_axes((0.83, 0.11, 0.03, 0.76)))
            bar.set_ticks([0.0, 0.5, 1.0])
            bar.set_label("D's probability of “real”")
            frames.append(render(figure))
    return Drawing(tuple(frames), frames_per_second=5)


def draw_toys(
    runs: Mapping[str, ToyRun], *, theme: str = "light", columns: int = 3, at: Sequence[int] = (-1,)
) -> Drawing:
    """Toys side by side.

    Args:
        runs: by title.
        theme: "light" or "dark".
        columns: in a row.
        at: indices of the snapshots to show of each, one panel each.
    """
    panels = [(title, run, run.snapshots[index]) for title, run in runs.items() for index in at]
    rows = -(-len(panels) // columns)
    with themed(theme) as palette:
        figure = new_figure(2.8 * columns, 3.2 * rows)
        grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).flat
        for axes, (title, run, snapshot) in zip(grid, panels, strict=False):
            draw_snapshot(axes, snapshot, run, palette)
            axes.set_title(f"{title}\n{_caption(snapshot, run)}", fontsize=10)
        for axes in list(grid)[len(panels) :]:
            axes.set_visible(False)
        return Drawing((render(figure),))


def draw_snapshot(axes: Axes, snapshot: Snapshot, run: ToyRun, palette: Palette) -> ContourSet:
    """D's surface, real points and generated points; returns the surface."""
    return draw_surface(axes, snapshot.probabilities, snapshot.points, run.settings, palette)


def draw_surface(
    axes: Axes,
    probabilities: np.ndarray,
    points: np.ndarray,
    settings: ToySettings,
    palette: Palette,
) -> ContourSet:
    """D's probabilities [n, n] of "real", real points and generated ones; returns the surface."""
    ends = [_blend(colour, palette.paper) for colour in (ORANGE, palette.paper, BLUE)]
    axis = np.linspace(-REACH, REACH, len(probabilities))
    surface = axes.contourf(
        axis,
        axis,
        probabilities,
        levels=np.linspace(0.0, 1.0, 11),
        cmap=LinearSegmentedColormap.from_list("doubt", ends),
    )
    real = DATA[settings.data](500, seed=settings.seed)
    axes.plot(*real.T, ".", color=palette.ink, markersize=2, label="real")
    axes.plot(*points.T, ".", color=GREEN, markersize=3, alpha=0.7, label="generated")
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    return surface


def _blend(colour: str, paper: str) -> tuple[float, float, float]:
    red, green, blue = 0.6 * np.array(to_rgb(colour)) + 0.4 * np.array(to_rgb(paper))
    return float(red), float(green), float(blue)


def _caption(snapshot: Snapshot, run: ToyRun) -> str:
    if run.settings.data != "ring":
        return f"step {snapshot.step:,}"
    modes = count_modes(snapshot.points)
    return f"step {snapshot.step:,}: {modes.found} of {RING_MODES} modes"
