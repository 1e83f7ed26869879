"""Shows what the same latents became while a run trained, as a PNG.

`python -m kerasgan.explain progress --run_dir=runs/0001-synthetic_faces`
"""

import pathlib

from absl import flags

from kerasgan.cli import common_flags, figure_flags
from kerasgan.errors import UserError


def define_flags() -> None:
    """Only for the command: whoever imports this module keeps their own flags."""
    figure_flags.define_flags("progress.png", moving=False)
    flags.DEFINE_string("run_dir", None, "the run's folder")
    flags.DEFINE_integer("rows", 6, "moments to show")
    flags.DEFINE_integer("columns", 8, "images of each")


def main() -> int:
    """Paints the figure, and says where it is."""
    if flags.FLAGS.run_dir is None:
        raise UserError("--run_dir: must be given, as runs/0001-synthetic_faces")
    rows = common_flags.check_at_least("rows", 1)
    columns = common_flags.check_at_least("columns", 1)
    (output,) = figure_flags.check(moving=False)
    from kerasgan.explaining.progress_figure import draw_progress

    run_dir = pathlib.Path(flags.FLAGS.run_dir)
    draw_progress(run_dir, rows=rows, columns=columns, theme=flags.FLAGS.theme).save(output)
    print(output)
    return 0
