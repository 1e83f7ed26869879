"""Both networks as one chain: every tensor from the latents to the logit."""

import math

import keras
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from kerasgan.explaining.figures import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    Drawing,
    Palette,
    new_figure,
    render,
    themed,
)

_TENSOR_WIDTH = 0.34  # in the figure; the centres of tensors are 1 apart


def tensors_on_the_way(network: keras.Model) -> list[tuple[int, ...]]:
    """The shapes of a network's tensors without the batch, one for each change of shape."""
    shapes = [tuple(network.input_shape[1:])]
    for layer in network.layers[1:]:
        shape = tuple(layer.output.shape[1:])
        if shape != shapes[-1] and math.prod(shape) != math.prod(shapes[-1]):
            shapes.append(shape)
        elif shape != shapes[-1]:  # a reshape: the same numbers as a grid
            shapes[-1] = shape
    return shapes


def draw_networks(
    generator: keras.Model, discriminator: keras.Model, *, theme: str = "light"
) -> Drawing:
    """The chain of latents, G, image, D and logit, and the real image, which enters D too."""
    made, judged = tensors_on_the_way(generator), tensors_on_the_way(discriminator)
    chain = made + judged[1:]
    with themed(theme) as palette:
        figure = new_figure(0.95 * (len(chain) + 0.6), 4.6, layout=None)
        axes = figure.add_axes((0.01, 0.02, 0.98, 0.96))
        image = len(made) - 1
        tallest = max(map(_height, chain))
        for index, shape in enumerate(chain):
            colour = GREEN if index == image else BLUE if index < image else ORANGE
            _draw_tensor(axes, index, shape, colour, palette)
            if index:
                _arrow(
                    axes,
                    (index - 1 + _TENSOR_WIDTH / 2, 0),
                    (index - _TENSOR_WIDTH / 2, 0),
                    palette,
                )
        below = -1.1 * tallest - 0.5
        _draw_tensor(axes, image, chain[image], PURPLE, palette, middle=below, name="")
        bend = image + 0.48  # between two labels
        axes.plot(
            [image + _TENSOR_WIDTH / 2, bend, bend], [below, below, -0.4], color=palette.ink, lw=1
        )
        _arrow(axes, (bend, -0.4), (image + 1 - _TENSOR_WIDTH / 2, -0.4), palette)
        axes.text(image - 0.3, below, "real image", ha="right", va="center", fontsize=10)
        above = tallest / 2 + 0.75
        for first, last, title in (
            (0, image, "generator G: from latents to an image"),
            (image, len(chain) - 1, "discriminator D: from an image to a logit"),
        ):
            colour = BLUE if first == 0 else ORANGE
            axes.annotate(
                "",
                (last - 0.05, above - 0.2),
                (first + 0.05, above - 0.2),
                arrowprops={"arrowstyle": "<->", "color": colour, "linewidth": 2},
            )
            axes.text((first + last) / 2, above, title, ha="center", va="bottom", fontsize=11)
        axes.set(xlim=(-0.6, len(chain) - 0.4), ylim=(below - tallest / 2 - 0.1, above + 0.45))
        axes.set_axis_off()
        return Drawing((render(figure),))


def _draw_tensor(
    axes: Axes,
    index: int,
    shape: tuple[int, ...],
    colour: str,
    palette: Palette,
    *,
    middle: float = 0.0,
    name: str | None = None,
) -> None:
    height = _height(shape)
    box = (index - _TENSOR_WIDTH / 2, middle - height / 2)
    axes.add_patch(Rectangle(box, _TENSOR_WIDTH, height, facecolor=colour, edgecolor=palette.ink))
    label = " × ".join(map(str, shape)) if name is None else name
    if index == 0:
        label += "\nlatents"
    if shape == (1,):
        label = "logit"
    axes.text(index, middle - height / 2 - 0.12, label, ha="center", va="top", fontsize=9)


def _height(shape: tuple[int, ...]) -> float:
    """Taller for larger images; latents and logits, which are not images, have fixed heights."""
    if len(shape) == 1:
        return 1.0 if shape[0] > 1 else 0.3
    return 0.35 * math.log2(shape[0])


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], palette: Palette
) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=12, color=palette.ink, shrinkA=0, shrinkB=0
        )
    )
