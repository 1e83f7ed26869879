"""Shows the curves of one or several runs side by side, as a PNG.

`python -m kerasgan.explain curves --runs=runs/0001-synthetic_faces,runs/0002-synthetic_faces`
"""

import pathlib

from absl import flags

from kerasgan.cli import figure_flags
from kerasgan.errors import UserError


def define_flags() -> None:
    """Only for the command: whoever imports this module keeps their own flags."""
    figure_flags.define_flags("curves.png", moving=False)
    flags.DEFINE_list("runs", None, "folders of one to four runs, with commas between them")
    flags.DEFINE_list("titles", None, "one for each run. None: the names of their folders")


def main() -> int:
    """Paints the figure, and says where it is."""
    runs, titles = flags.FLAGS.runs, flags.FLAGS.titles
    if not runs or len(runs) > 4:
        raise UserError(f"--runs={','.join(runs or [])}: must be one to four runs' folders")
    titles = titles or [pathlib.Path(run).name for run in runs]
    if len(set(titles)) != len(runs):
        raise UserError(f"--titles={','.join(titles)}: must be {len(runs)} different titles")
    (output,) = figure_flags.check(moving=False)
    from kerasgan.explaining.curves_figure import draw_curves, read_rows

    rows = {title: read_rows(pathlib.Path(run)) for title, run in zip(titles, runs, strict=True)}
    draw_curves(rows, theme=flags.FLAGS.theme).save(output)
    print(output)
    return 0
