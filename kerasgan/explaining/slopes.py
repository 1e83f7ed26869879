"""Trains toys with and without a penalty and shows their discriminators' slopes, as a PNG.

D learns a hundred times faster than G, so that without a penalty it is too strong.

`python -m kerasgan.explain slopes --penalties=none,r1`
"""

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.config import choices
from kerasgan.errors import UserError
from kerasgan.explaining.toy_steps import check_steps, define_steps_flag

_MOST = 4  # panels side by side
_D_LEARNING_RATE, _G_LEARNING_RATE = 1e-2, 1e-4


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("slopes.png")
    flags.DEFINE_list(
        "penalties", ["none", "r1"], f"to compare, of {', '.join(choices('penalty'))}"
    )
    flags.DEFINE_float("penalty_weight", 0.01, "of each penalty in D's loss; at least 0")
    define_steps_flag(4000)
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
    steps, seed = check_steps(), common_flags.check_number("seed", 0)
    (output,) = common_flags.check_figure()
    app.start_tensorflow()
    from kerasgan.explaining.slopes_figure import draw_slopes, slopes_table
    from kerasgan.explaining.toy_gan import ToySettings, train_toy

    runs = {}
    for penalty in penalties:
        settings = ToySettings(
            penalty=penalty,
            penalty_weight=weight,
            steps=steps,
            seed=seed,
            d_learning_rate=_D_LEARNING_RATE,
            g_learning_rate=_G_LEARNING_RATE,
        )
        runs[penalty] = train_toy(settings, num_snapshots=2)
    print(slopes_table(runs))
    draw_slopes(runs, theme=options.theme).save(output)
    print(output)
    return 0
