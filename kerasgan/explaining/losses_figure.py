"""The generator's losses and their slopes over the discriminator's logit."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasgan.explaining.figures import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILION,
    Drawing,
    new_figure,
    render,
    themed,
)
from kerasgan.model.losses import LOSSES

_LINES = {
    "minimax": (VERMILION, "--"),
    "non_saturating": (BLUE, "-"),
    "least_squares": (GREEN, ":"),
    "hinge": (ORANGE, "-."),
    "relativistic": (PURPLE, (0, (4, 1, 1, 1, 1, 1))),
}


def losses_over_logit(name: str, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The generator's loss and its slope for one image, at each of its logits.

    Args:
        name: a key of `kerasgan.model.losses.LOSSES`.
        logits: float [n], D's output for the image. The real image that relativistic losses
            compare it with has the logit 0.

    Returns:
        Loss and d loss / d logit, float32 [n] each.
    """
    loss = LOSSES[name].generator
    fake_logits = tf.constant(logits, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(fake_logits)
        values = tf.map_fn(lambda logit: loss(tf.zeros_like(logit), logit), fake_logits)
    return values.numpy(), tape.gradient(values, fake_logits).numpy()


def draw_losses(
    names: Sequence[str] = ("minimax", "non_saturating"), *, theme: str = "light"
) -> Drawing:
    """Two plots side by side: losses, and slopes, from a fooled D to one that has won.

    Args:
        names: keys of `kerasgan.model.losses.LOSSES`.
        theme: "light" or "dark".
    """
    logits = np.linspace(-8.0, 6.0, 281, dtype=np.float32)
    with themed(theme) as palette:
        figure = new_figure(8.4, 4.4)
        left, right = figure.subplots(1, 2)
        for name in names:
            values, slopes = losses_over_logit(name, logits)
            colour, style = _LINES.get(name, (palette.ink, "-"))  # no colour of its own
            left.plot(logits, values, color=colour, linestyle=style, label=name)
            right.plot(logits, slopes, color=colour, linestyle=style, label=name)
        for axes in (left, right):
            axes.axvspan(-8, -4, color=palette.fill, zorder=0)
            axes.axhline(0, color=palette.faint, linewidth=1, zorder=1)
            axes.set(xlim=(-8, 6), xlabel="D's logit for a generated image")
        left.set(ylim=(-6.5, 8.5), ylabel="generator's loss (nats)", title="What G minimises")
        right.set(ylim=(-1.45, 0.45), ylabel="slope: d loss / d logit", title="What reaches G")
        for axes, height in ((left, -6.1), (right, -1.4)):
            axes.text(-6, height, "D is sure:\nfake", ha="center", va="bottom", fontsize=10)
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=5)
        return Drawing((render(figure),))
