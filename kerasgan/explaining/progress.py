"""Shows what the same latents give as a run trains, as a PNG.

`python -m kerasgan.explain progress --run_dir=runs/0001-synthetic_faces`
"""

import pathlib

from absl import flags

from kerasgan.cli import common_flags
from kerasgan.errors import UserError

_MAX_ROWS = 64  # so that the figure stays readable


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("progress.png")
    flags.DEFINE_string("run_dir", None, "the run's folder")
    flags.DEFINE_integer("rows", 6, "moments to show, at most 64")
    flags.DEFINE_integer("columns", 8, "images of each")


def main() -> int:
    """Paints the figure and prints its path."""
    if flags.FLAGS.run_dir is None:
        raise UserError("--run_dir: must be given, such as runs/0001-synthetic_faces")
    rows = common_flags.check_number("rows", 1, _MAX_ROWS)
    columns = common_flags.check_number("columns", 1)
    (output,) = common_flags.check_figure()
    from kerasgan.explaining.progress_figure import draw_progress

    run_dir = pathlib.Path(flags.FLAGS.run_dir)
    draw_progress(run_dir, rows=rows, columns=columns, theme=flags.FLAGS.theme).save(output)
    print(output)
    return 0
