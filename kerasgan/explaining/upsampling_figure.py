"""What different kernels make of an even colour and of a small picture."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from kerasgan.explaining.figures import Drawing, new_figure, render, themed
from kerasgan.explaining.kernels import double, phase_sums

_SIDE = 8  # pixels of the inputs
_LOWEST, _HIGHEST = 0.0, 1.0  # colours of the images


def draw_upsampling(kernels: Mapping[str, np.ndarray], *, theme: str = "light") -> Drawing:
    """A column for each kernel: its weights, and an even colour and a disc doubled twice by it.

    Args:
        kernels: [k, k] by title, where k is 2 or 4.
        theme: "light" or "dark".
    """
    inputs = {"an even colour": np.full([_SIDE, _SIDE], 0.5), "a disc": disc()}
    rows = ["weights", *inputs]
    with themed(theme) as palette:
        figure = new_figure(2.7 * (len(kernels) + 1), 3.0 * len(rows))
        grid = figure.subplots(len(rows), len(kernels) + 1, squeeze=False)
        grid[0, 0].set_visible(False)
        for axes, (name, image) in zip(grid[1:, 0], inputs.items(), strict=True):
            _show(axes, image)
            axes.set_title(f"{name}\n{_SIDE} × {_SIDE}", fontsize=11)
        for column, (name, kernel) in zip(grid.T[1:], kernels.items(), strict=True):
            _show_weights(column[0], kernel)
            column[0].set_title(name)
            for axes, image in zip(column[1:], inputs.values(), strict=True):
                twice = double(double(image, kernel), kernel)
                _show(axes, twice)
                axes.set_title(f"{len(twice)} × {len(twice)}", fontsize=11)
        figure.suptitle("Doubled twice, stride 2", color=palette.ink)
        return Drawing((render(figure),))


def disc() -> np.ndarray:
    """A bright disc on a dark ground with a soft edge: float64 [8, 8]."""
    axis = np.arange(_SIDE) - (_SIDE - 1) / 2
    radius = np.hypot(*np.meshgrid(axis, axis))
    return 0.2 + 0.6 * np.clip(3.2 - radius, 0, 1)


def _show(axes: Axes, image: np.ndarray) -> None:
    axes.imshow(image, cmap="gray", vmin=_LOWEST, vmax=_HIGHEST)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _show_weights(axes: Axes, kernel: np.ndarray) -> None:
    axes.imshow(kernel, cmap="cividis", vmin=0.0, vmax=1.0)
    for y, x in np.ndindex(*kernel.shape):
        ink = "black" if kernel[y, x] > 0.5 else "white"
        weight = f"{kernel[y, x]:.2f}"
        axes.text(x, y, weight, ha="center", va="center", color=ink, fontsize=9)
    sums = ", ".join(f"{total:.2f}" for total in phase_sums(kernel).ravel())
    axes.set(xticks=[], yticks=[])
    axes.set_xlabel(f"sums: {sums}", fontsize=9)
    axes.spines[:].set_visible(False)
