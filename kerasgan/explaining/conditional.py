"""Trains toys that are asked for labels, a class or an attribute, and shows them, as a PNG.

`python -m kerasgan.explain conditional --data=ring,swiss_roll`
"""

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.errors import UserError
from kerasgan.explaining.toy_steps import check_steps, define_steps_flag

_DATA = ("ring", "swiss_roll")


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("conditional.png")
    flags.DEFINE_list("data", list(_DATA), f"a row each, of {', '.join(_DATA)}")
    define_steps_flag(4000)
    flags.DEFINE_integer("seed", 0, "of weights, latents and data")


def main() -> int:
    """Trains, prints how often points are what they should be, and the figure's path."""
    options = flags.FLAGS
    if not options.data or not set(options.data) <= set(_DATA):
        raise UserError(f"--data={','.join(options.data)}: must be of {', '.join(_DATA)}")
    steps, seed = check_steps(), common_flags.check_number("seed", 0)
    (output,) = common_flags.check_figure()
    app.start_tensorflow()
    from kerasgan.explaining.conditional_toy import train_conditional_toy
    from kerasgan.explaining.conditional_toy_figure import draw_conditional_toys
    from kerasgan.explaining.toy_gan import ToySettings

    toys = {
        data: train_conditional_toy(ToySettings(data=data, steps=steps, seed=seed))
        for data in options.data
    }
    for data, toy in toys.items():
        print(f"{data}: {toy.agreement():.0%} of the points are what was asked for")
    draw_conditional_toys(toys, theme=options.theme).save(output)
    print(output)
    return 0
