"""The report as one file, which asks nothing of any other."""

import base64
import hashlib
import html
import pathlib
from collections.abc import Sequence

from kerasgan.errors import UserError
from kerasgan.files import replace_file
from kerasgan.reporting import sections
from kerasgan.reporting.facts import Facts, read_facts
from kerasgan.version import VERSION

REPORT_FILE = "report.html"  # in the run's folder

_ASSETS = pathlib.Path(__file__).parent / "assets"


def write_report(
    run_dir: pathlib.Path, output: pathlib.Path, compare: Sequence[pathlib.Path] = ()
) -> None:
    """Writes the report of a run, alone or next to others.

    Args:
        run_dir: the run's folder.
        output: the file; replaced if it exists.
        compare: the folders of other runs.

    Raises:
        UserError: a folder holds no run, or one is named twice.
        OSError: the file cannot be written.
    """
    for number, other in enumerate(compare):
        if other.absolute() in [path.absolute() for path in (run_dir, *compare[:number])]:
            raise UserError(f"--compare={other}: must be runs other than --run_dir, each once")
    runs = [read_facts(run_dir), *(read_facts(other, flag="compare") for other in compare)]
    # What a file's name holds of bytes that are no text becomes a question mark.
    replace_file(output, _document(runs).encode("utf-8", "replace"))


def _document(runs: Sequence[Facts]) -> str:
    style = (_ASSETS / "report.css").read_text("utf-8")
    script = (_ASSETS / "report.js").read_text("utf-8")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; "
        f"script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'"
    )
    title = html.escape(" and ".join(facts.name for facts in runs))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Report of {title}</title>\n<style>{style}</style></head>\n"
        f"<body><main><h1>{title}</h1>{_body(runs)}</main>\n"
        f"<footer>Written by kerasgan {html.escape(VERSION)}</footer>\n"
        f"<script>{script}</script></body></html>\n"
    )


def _body(runs: Sequence[Facts]) -> str:
    first = runs[0]
    if len(runs) == 1:
        labelled = [(first.name, first)]
        parts = [
            _summary(first),
            sections.film(first),
            sections.measured(labelled),
            sections.charts(labelled),
            sections.nearest(first),
            sections.warnings(labelled),
            sections.settings(first),
            sections.origin(first),
        ]
    else:
        labelled = [(f"{chr(65 + i)} {facts.name}", facts) for i, facts in enumerate(runs)]
        parts = [
            *(_summary(facts, label) for label, facts in labelled),
            sections.differences(labelled),
            sections.measured(labelled),
            sections.charts(labelled),
            sections.last_grids(labelled),
            sections.warnings(labelled),
        ]
    return "".join(parts)


def _summary(facts: Facts, label: str = "") -> str:
    """What a run is, in a sentence or two."""
    size = "x".join(map(str, facts.settings["image_size"]))
    state = "finished" if facts.finished else "not finished when this was written"
    chosen = (
        f"The best state, by {facts.best_metric}, is that of step {facts.chosen_step:,}"
        if facts.best_metric
        else f"The last state is that of step {facts.chosen_step:,}"
    )
    text = (
        f"{facts.settings['dataset']}, {size} pixels, {facts.step:,} steps of "
        f"{facts.settings['batch_size']} images; {state}. {chosen}"
        + ("; it was exported." if facts.exported else ".")
    )
    name = f"<strong>{html.escape(label)}</strong>: " if label else ""
    return f'<p class="summary">{name}{html.escape(text)}</p>'


def _digest(text: str) -> str:
    """Of an inline style or script, as a Content-Security-Policy has it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
