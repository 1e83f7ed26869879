"""Pictures of toys that are asked for labels: who goes where, and what D thinks of each label."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection

from kerasgan.explaining.conditional_toy import ConditionalToy
from kerasgan.explaining.figures import Drawing, Palette, new_figure, render, themed
from kerasgan.explaining.toy_data import LABELLED_DATA
from kerasgan.explaining.toy_figure import draw_surface
from kerasgan.explaining.toy_gan import REACH

_POINTS = 1000
_POINTS_OF_LABEL = 200
# Two labels to look at, each with its name.
_SHOWN = {
    "ring": ((np.array([0]), "class 0"), (np.array([3]), "class 3")),
    "swiss_roll": ((np.array([[-0.5]]), "attribute -0.5"), (np.array([[0.9]]), "attribute 0.9")),
}


def draw_conditional_toys(toys: Mapping[str, ConditionalToy], *, theme: str = "light") -> Drawing:
    """A row for each toy: its points in the colours of their labels, and two labels alone.

    Args:
        toys: by title.
        theme: "light" or "dark".
    """
    with themed(theme) as palette:
        figure = new_figure(10.5, 3.4 * len(toys) + 0.3)
        grid = figure.subplots(len(toys), 3, squeeze=False, sharex=True, sharey=True)
        for row, (title, toy) in zip(grid, toys.items(), strict=True):
            dots = _draw_labels(row[0], toy, palette)
            row[0].set_title(title)
            bar = figure.colorbar(dots, ax=row[0], location="left", pad=0.01)
            bar.set_label("class" if toy.settings.data == "ring" else "attribute")
            for axes, (label, name) in zip(row[1:], _SHOWN[toy.settings.data], strict=True):
                points = toy.sample(np.repeat(label, _POINTS_OF_LABEL, axis=0))
                surface = draw_surface(
                    axes, toy.probabilities(label), points, toy.settings, palette
                )
                axes.set_title(f"asked for {name}")
            bar = figure.colorbar(surface, ax=row[2], ticks=[0.0, 0.5, 1.0])
            bar.set_label("D's probability of “real”")
        for axes in grid.flat:
            axes.set_aspect("equal")
        handles, labels = grid[0, 1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, markerscale=4)
        return Drawing((render(figure),))


def _draw_labels(axes: Axes, toy: ConditionalToy, palette: Palette) -> PathCollection:
    """Generated points in the colours of what they were asked to be."""
    _, labels = LABELLED_DATA[toy.settings.data](_POINTS, seed=toy.settings.seed + 1)
    points = toy.sample(labels)
    real = LABELLED_DATA[toy.settings.data](500, seed=toy.settings.seed)[0]
    axes.plot(*real.T, ".", color=palette.ink, markersize=1, alpha=0.4)
    colours = "tab10" if labels.ndim == 1 else "viridis"
    low, high = (-0.5, 9.5) if labels.ndim == 1 else (-1.0, 1.0)
    dots = axes.scatter(
        points[:, 0],
        points[:, 1],
        c=labels.reshape(-1),
        s=6,
        cmap=colours,
        vmin=low,
        vmax=high,
    )
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    return dots
