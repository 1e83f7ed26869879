"""Shows the generator's losses and their slopes over the discriminator's logit, as a PNG.

`python -m kerasgan.explain losses --names=minimax,non_saturating`
"""

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.config import choices
from kerasgan.errors import UserError

_KNOWN = choices("loss")


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("losses.png")
    flags.DEFINE_list("names", ["minimax", "non_saturating"], f"one or more of {', '.join(_KNOWN)}")


def main() -> int:
    """Paints the figure and prints its path."""
    names = flags.FLAGS.names
    if not names or len(set(names)) < len(names) or not set(names) <= set(_KNOWN):
        raise UserError(f"--names={','.join(names)}: must be one or more of {', '.join(_KNOWN)}")
    (output,) = common_flags.check_figure()
    app.start_tensorflow()
    from kerasgan.explaining.losses_figure import draw_losses

    draw_losses(names, theme=flags.FLAGS.theme).save(output)
    print(output)
    return 0
