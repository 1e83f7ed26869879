"""The discriminator's scores of training, held-out and generated images over steps."""

from collections.abc import Mapping

from kerasgan.explaining.figures import (
    BLUE,
    GREEN,
    ORANGE,
    VERMILION,
    Drawing,
    new_figure,
    render,
    themed,
)
from kerasgan.explaining.memory import ScoreCurves

_LINES = {
    "training": ("training images", BLUE, "-"),
    "held_out": ("held-out images", ORANGE, "--"),
    "generated": ("generated images", GREEN, ":"),
}


def draw_memory(curves: Mapping[str, ScoreCurves], *, theme: str = "light") -> Drawing:
    """A panel for each training; the gap between the real images is shaded.

    Args:
        curves: by title.
        theme: "light" or "dark".
    """
    with themed(theme) as palette:
        figure = new_figure(4.2 * len(curves), 4.4)
        row = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
        for axes, (title, seen) in zip(row, curves.items(), strict=True):
            axes.fill_between(
                seen.steps, seen.training, seen.held_out, color=VERMILION, alpha=0.15, label="gap"
            )
            for name, (label, colour, style) in _LINES.items():
                axes.plot(seen.steps, getattr(seen, name), style, color=colour, label=label)
            axes.grid(True, color=palette.faint, linewidth=0.6)
            axes.set(title=title, xlabel="step", ylim=(-0.03, 1.03))
        row[0].set_ylabel("D's mean probability of “real”")
        handles, labels = row[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
        return Drawing((render(figure),))
