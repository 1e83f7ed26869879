"""Transposed convolution as an animation, and the counts that make a checkerboard."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from kerasgan.explaining.convolution import TransposedConvolution
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

_WHITE, _BLACK = "#FFFFFF", "#000000"


def draw_transposed_convolution(
    convolution: TransposedConvolution, *, theme: str = "light", moving: bool = True
) -> Drawing:
    """The kernel moves over the spread input and fills the output, one frame for each pixel.

    Args:
        convolution: what to draw.
        theme: "light" or "dark".
        moving: whether to draw every step, or only one in the middle with the whole output.
    """
    side = convolution.output_size
    steps = range(side**2) if moving else [side // 2 * (side + 1)]
    with themed(theme) as palette:
        frames = [
            render(_arithmetic_frame(convolution, step, palette, whole=not moving))
            for step in steps
        ]
    return Drawing(tuple(frames), frames_per_second=4)


def _arithmetic_frame(
    convolution: TransposedConvolution, step: int, palette: Palette, *, whole: bool
) -> Figure:
    """The kernel at one pixel of the output; `whole` shows the later pixels too."""
    inputs = np.arange(1, convolution.input_size**2 + 1).reshape([convolution.input_size] * 2)
    kernel = np.ones([convolution.kernel_size] * 2, int)
    figure = new_figure(7.6, 4.9, dots_per_inch=100, layout=None)  # the axes stay where they are
    left = figure.add_axes((0.02, 0.09, 0.47, 0.73))
    right = figure.add_axes((0.51, 0.09, 0.47, 0.73))
    row, column = divmod(step, convolution.output_size)
    _draw_spread(left, convolution, inputs, row, column, palette)
    _draw_output(right, convolution.apply(inputs, kernel), step, palette, whole=whole)

    i, k, s, p = dataclasses.astuple(convolution)
    z, q, o = convolution.zeros_between, convolution.outer_padding, convolution.output_size
    left.set_title(f"input {i} × {i},  z = {z} between,  p′ = {q} around", fontsize=11)
    right.set_title(f"output:  o = ({i} − 1) · {s} + {k} − 2 · {p} = {o}", fontsize=11)
    left.set_xlabel(f"a kernel of {k} × {k} ones walks with stride s′ = 1")
    right.set_xlabel("each number is the sum under the kernel")
    figure.suptitle(f"Transposed convolution: kernel {k}, stride {s}, padding {p}", fontsize=13)
    return figure


def _draw_spread(
    axes: Axes,
    convolution: TransposedConvolution,
    inputs: np.ndarray,
    row: int,
    column: int,
    palette: Palette,
) -> None:
    """Inputs in colour, zeros between them filled, zeros around them dashed, and the kernel."""
    spread = convolution.spread(inputs)
    length, edge = len(spread), convolution.outer_padding
    size = convolution.kernel_size
    cells = []
    for y, x in np.ndindex(*spread.shape):
        outside = not (edge <= min(y, x) and max(y, x) < length - edge)
        if spread[y, x]:
            cells.append(_cell(y, x, face=BLUE, edge=palette.paper))
        else:
            face = palette.paper if outside else palette.fill
            cells.append(_cell(y, x, face=face, edge=palette.faint, dashed=outside))
    axes.add_collection(PatchCollection(cells, match_original=True))
    axes.add_patch(Rectangle((column, row), size, size, facecolor=ORANGE, alpha=0.3))
    for y, x in np.ndindex(*spread.shape):
        under = row <= y < row + size and column <= x < column + size
        zero_ink = palette.ink if under else palette.faint
        _number(axes, y, x, int(spread[y, x]), _WHITE if spread[y, x] else zero_ink, length)
    axes.add_patch(Rectangle((column, row), size, size, fill=False, edgecolor=ORANGE, linewidth=3))
    _frame_cells(axes, length)


def _draw_output(
    axes: Axes, outputs: np.ndarray, step: int, palette: Palette, *, whole: bool
) -> None:
    cells = []
    for index, (y, x) in enumerate(np.ndindex(*outputs.shape)):
        if index > step and not whole:
            cells.append(_cell(y, x, face=palette.paper, edge=palette.faint))
            continue
        cells.append(_cell(y, x, face=ORANGE if index == step else GREEN, edge=palette.paper))
        _number(axes, y, x, int(outputs[y, x]), _BLACK if index == step else _WHITE, len(outputs))
    axes.add_collection(PatchCollection(cells, match_original=True))
    _frame_cells(axes, len(outputs))


def draw_overlaps(
    convolutions: Sequence[TransposedConvolution], *, theme: str = "light"
) -> Drawing:
    """How often each pixel of the output is painted. Equal counts make no checkerboard."""
    with themed(theme) as palette:
        figure = new_figure(3.0 * len(convolutions), 3.9)
        counts = [convolution.overlaps() for convolution in convolutions]
        highest = max(count.max() for count in counts)
        row = figure.subplots(1, len(convolutions), squeeze=False)[0]
        for axes, convolution, count in zip(row, convolutions, counts, strict=True):
            axes.imshow(
                count, cmap="cividis", vmin=0, vmax=highest, extent=(0, len(count), len(count), 0)
            )
            for y, x in np.ndindex(*count.shape):
                ink = _BLACK if count[y, x] > highest / 2 else _WHITE
                _number(axes, y, x, int(count[y, x]), ink, len(count))
            k, s, p = convolution.kernel_size, convolution.stride, convolution.padding
            axes.set_title(f"kernel {k}, stride {s}, padding {p}")
            inside = ", ".join(map(str, np.unique(count[k:-k, k:-k])))
            axes.set_xlabel(f"away from the edge: {inside}")
            _frame_cells(axes, len(count))
        figure.suptitle("inputs that reach each pixel of the output", color=palette.ink)
        return Drawing((render(figure),))


def _cell(y: int, x: int, *, face: str, edge: str, dashed: bool = False) -> Rectangle:
    style = "--" if dashed else "-"
    return Rectangle((x, y), 1, 1, facecolor=face, edgecolor=edge, linestyle=style)


def _number(axes: Axes, y: int, x: int, value: int, colour: str, cells: int) -> None:
    """Writes the value into its cell if the cells are large enough."""
    if cells <= 16:
        size = min(13, 110 / cells)
        axes.text(
            x + 0.5, y + 0.5, str(value), color=colour, fontsize=size, ha="center", va="center"
        )


def _frame_cells(axes: Axes, length: int) -> None:
    axes.set(xlim=(-0.1, length + 0.1), ylim=(length + 0.1, -0.1), aspect="equal")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
