"""Trains toys with and without a penalty and shows their discriminators' slopes, as a PNG.

D learns a hundred times faster than G, so that without a penalty it is too strong.

`python -m kerasgan.explain slopes --penalties=none,r1`
"""

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.config import choices
from kerasgan.errors import UserError

_MOST = 4  # panels side by side
_D_LEARNING_RATE, _G_LEARNING_RATE = 1e-2, 1e-4


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("slopes.png")
    flags.DEFINE_list(
        "penalties", ["none", "r1"], f"to compare, of {', '.join(choices('penalty'))}"
    )
    flags.DEFINE_float("penalty_weight", 0.01, "of each penalty in D's loss; at least 0")
    flags.DEFINE_integer("steps", 4000, "training steps; a multiple of 50")
    flags.DEFINE_integer("seed", 0, "of weights, latents and data")


def main() -> int:
    """Trains, prints how long the slopes are, paints the figure, and prints its path."""
    options = flags.FLAGS
    penalties, weight = options.penalties, options.penalty_weight
    if not (1 <= len(penalties) <= _MOST and set(penalties) <= set(choices("penalty"))):
        raise UserError(
            f"--penalties={','.join(penalties)}: must be one to {_MOST} of "
            f"{', '.join(choices('penalty'))}"
        )
    if not 0 <= weight < float("inf"):
        raise UserError(f"--penalty_weight={weight}: must be at least 0 and finite")
    for name, minimum in (("steps", 1), ("seed", 0)):
        common_flags.check_number(name, minimum)
    (output,) = common_flags.check_figure()
    app.start_tensorflow()
    from kerasgan.explaining.slopes_figure import draw_slopes, slopes_table
    from kerasgan.explaining.toy_gan import STEPS_AT_ONCE, ToySettings, train_toy

    if options.steps % STEPS_AT_ONCE:
        raise UserError(f"--steps={options.steps}: must be a multiple of {STEPS_AT_ONCE}")
    runs = {}
    for penalty in penalties:
        settings = ToySettings(
            penalty=penalty,
            penalty_weight=weight,
            steps=options.steps,
            seed=options.seed,
            d_learning_rate=_D_LEARNING_RATE,
            g_learning_rate=_G_LEARNING_RATE,
        )
        runs[penalty] = train_toy(settings, num_snapshots=2)
    print(slopes_table(runs))
    draw_slopes(runs, theme=options.theme).save(output)
    print(output)
    return 0
