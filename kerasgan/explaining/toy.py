"""Trains a GAN in the plane and shows it with its discriminator's surface: a GIF and a PNG.

`python -m kerasgan.explain toy --data=ring --loss=non_saturating`
"""

import dataclasses
from typing import Any

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.config import choices
from kerasgan.errors import UserError
from kerasgan.explaining.toy_steps import check_steps, define_steps_flag

_CHOICES = {
    "data": ("ring", "swiss_roll"),
    "loss": choices("loss"),
    "update_order": choices("update_order"),
    "penalty": choices("penalty"),
}


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("toy.png", moving=True)
    flags.DEFINE_string("data", "ring", f"one of {', '.join(_CHOICES['data'])}")
    flags.DEFINE_string("loss", "non_saturating", f"one of {', '.join(_CHOICES['loss'])}")
    flags.DEFINE_string("update_order", "alternating", f"{' or '.join(_CHOICES['update_order'])}")
    flags.DEFINE_float("g_learning_rate", 1e-3, "Adam's, for the generator; above 0")
    flags.DEFINE_float("d_learning_rate", 1e-3, "Adam's, for the discriminator; above 0")
    flags.DEFINE_float("beta_1", 0.5, "Adam's decay of the mean gradient; at least 0, below 1")
    flags.DEFINE_string("penalty", "none", f"on D's slopes: {', '.join(_CHOICES['penalty'])}")
    flags.DEFINE_float("penalty_weight", 1.0, "of the penalty in D's loss; at least 0")
    flags.DEFINE_integer("batch_size", 128, "points in a step")
    define_steps_flag(2000)
    flags.DEFINE_integer("seed", 0, "of weights, latents and data")


def main() -> int:
    """Trains, paints, counts the ring's modes, and prints where the pictures are."""
    options = flags.FLAGS
    for name, allowed in _CHOICES.items():
        if options[name].value not in allowed:
            raise UserError(f"--{name}={options[name].value}: must be one of {', '.join(allowed)}")
    for name in ("g_learning_rate", "d_learning_rate"):
        rate: float = getattr(options, name)
        if not 0 < rate < float("inf"):
            raise UserError(f"--{name}={rate}: must be above 0 and finite")
    if not 0 <= options.beta_1 < 1:
        raise UserError(f"--beta_1={options.beta_1}: must be at least 0 and below 1")
    if not 0 <= options.penalty_weight < float("inf"):
        raise UserError(f"--penalty_weight={options.penalty_weight}: must be at least 0 and finite")
    for name, minimum in (("batch_size", 1), ("seed", 0)):
        common_flags.check_number(name, minimum)
    check_steps()
    outputs = common_flags.check_figure(moving=True)
    app.start_tensorflow()
    from kerasgan.explaining.toy_data import RING_MODES, count_modes
    from kerasgan.explaining.toy_figure import draw_toy
    from kerasgan.explaining.toy_gan import ToySettings, train_toy

    given: dict[str, Any] = {
        field.name: options[field.name].value
        for field in dataclasses.fields(ToySettings)
        if field.name in options
    }
    run = train_toy(ToySettings(**given))
    drawing = draw_toy(run, theme=options.theme)
    for output in outputs:
        drawing.save(output)
        print(output)
    if options.data == "ring":
        modes = count_modes(run.sample())
        print(f"{modes.found} of {RING_MODES} modes found; {modes.near:.0%} of the points near one")
    return 0
