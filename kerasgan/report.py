"""Shows a run as a file that one can mail: `python -m kerasgan.report --run_dir=runs/0001-faces`.

An HTML file with everything in it: sample grids, curves, metrics, warnings, settings, and the
command that repeats the run. A run writes one at its end; this writes it again, or for a run that
still trains, or lays runs side by side.
"""

import pathlib

from absl import flags

from kerasgan.cli import app, outputs
from kerasgan.errors import UserError

_MOST_RUNS = 8  # each has a colour


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    flags.DEFINE_string("run_dir", None, "the run's folder")
    outputs.define_output_flags(None, "the .html file. None: report.html in the run's folder")
    flags.DEFINE_list("compare", [], "folders of other runs to compare it with, with commas")


def main() -> int:
    """Writes the report and prints its path."""
    options = flags.FLAGS
    if options.run_dir is None:
        raise UserError("--run_dir: must be given, such as runs/0001-synthetic_faces")
    if len(options.compare) >= _MOST_RUNS:
        given = ",".join(options.compare)
        raise UserError(f"--compare={given}: must be at most {_MOST_RUNS - 1} runs")
    from kerasgan.reporting.document import REPORT_FILE, write_report
    from kerasgan.reporting.facts import read_facts

    run_dir = pathlib.Path(options.run_dir)
    read_facts(run_dir)  # before the output's folder is made
    output = outputs.output_file((".html",), default=run_dir / REPORT_FILE)
    write_report(run_dir, output, [pathlib.Path(other) for other in options.compare])
    print(output)
    return 0


if __name__ == "__main__":
    define_flags()
    app.run(main)
