"""Shows what each grid of a run's generator adds to its images, as a PNG.

`python -m kerasgan.explain rgb_sums --run_dir=runs/0001-synthetic_faces`
"""

import pathlib

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.config import Config
from kerasgan.errors import UserError

_MAX_COLUMNS = 16


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("rgb_sums.png")
    flags.DEFINE_string("run_dir", None, "the run's folder; the run has --skip_sums")
    flags.DEFINE_string("checkpoint", "last", "last, best, or a step's number")
    flags.DEFINE_integer("columns", 6, f"images, at most {_MAX_COLUMNS}")
    flags.DEFINE_integer("seed", 0, "of the latents")


def main() -> int:
    """Paints the figure and prints its path."""
    options = flags.FLAGS
    if options.run_dir is None:
        raise UserError("--run_dir: must be given, such as runs/0001-synthetic_faces")
    columns = common_flags.check_number("columns", 1, _MAX_COLUMNS)
    seed = common_flags.check_number("seed", 0)
    (output,) = common_flags.check_figure()
    app.start_tensorflow()
    from kerasgan.explaining.rgb_sums_figure import draw_rgb_sums
    from kerasgan.runs.restore import restore_run

    run_dir = pathlib.Path(options.run_dir)
    config, gan, _ = restore_run(run_dir, options.checkpoint)
    check_sums(config, run_dir)
    drawing = draw_rgb_sums(gan.ema_generator, columns=columns, seed=seed, theme=options.theme)
    drawing.save(output)
    print(output)
    return 0


def check_sums(config: Config, run_dir: pathlib.Path) -> None:
    """Refuses a generator without sums to RGB, with sums in residual blocks, or with labels.

    Raises:
        UserError: it has other networks.
    """
    if not config.skip_sums or config.network != "dcgan" or config.label_names:
        raise UserError(
            f"--run_dir={run_dir}: must be of a run with --network=dcgan and --skip_sums, and "
            "without labels"
        )
