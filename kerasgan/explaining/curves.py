"""Shows the curves of one or more runs side by side, as a PNG.

`python -m kerasgan.explain curves --runs=runs/0001-synthetic_faces,runs/0002-synthetic_faces`
"""

import pathlib

from absl import flags

from kerasgan.cli import common_flags
from kerasgan.errors import UserError


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("curves.png")
    flags.DEFINE_list("runs", None, "folders of one to four runs, with commas between them")
    flags.DEFINE_list("titles", None, "one for each run. None: the names of their folders")


def main() -> int:
    """Paints the figure and prints its path."""
    runs, titles = flags.FLAGS.runs, flags.FLAGS.titles
    if not runs or len(runs) > 4:
        raise UserError(f"--runs={','.join(runs or [])}: must be one to four runs' folders")
    titles = titles or [pathlib.Path(run).name for run in runs]
    if len(set(titles)) != len(runs):
        raise UserError(f"--titles={','.join(titles)}: must be {len(runs)} different titles")
    (output,) = common_flags.check_figure()
    from kerasgan.explaining.curves_figure import draw_curves, read_rows

    rows = {title: read_rows(pathlib.Path(run)) for title, run in zip(titles, runs, strict=True)}
    draw_curves(rows, theme=flags.FLAGS.theme).save(output)
    print(output)
    return 0
