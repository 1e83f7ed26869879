"""The gradient that reaches the generator as the discriminator becomes more certain."""

from collections.abc import Sequence

from kerasgan.explaining.figures import (
    BLUE,
    VERMILION,
    Drawing,
    new_figure,
    render,
    themed,
)
from kerasgan.explaining.gradient_norms import Confidence

_LINES = {"minimax": (VERMILION, "s--"), "non_saturating": (BLUE, "o-")}


def draw_confidence(seen: Sequence[Confidence], *, theme: str = "light") -> Drawing:
    """Gradient norms over D's mean logit for generated samples, most certain on the left."""
    ordered = sorted(seen, key=lambda look: look.logit)
    with themed(theme) as palette:
        figure = new_figure(6.4, 4.2)
        axes = figure.add_subplot()
        for name, (colour, style) in _LINES.items():
            norms = [look.norms[name] for look in ordered]
            axes.plot([look.logit for look in ordered], norms, style, color=colour, label=name)
        axes.set(
            yscale="log",
            xlabel="D's mean logit for generated samples (left: D is sure)",
            ylabel="L2 norm of the gradient at G",
            title="The gradient that reaches a real G",
        )
        axes.grid(True, color=palette.faint, linewidth=0.6)
        axes.legend(loc="best")
        return Drawing((render(figure),))
