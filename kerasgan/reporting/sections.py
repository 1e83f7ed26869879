"""The parts of a report as HTML. Every text from a run is escaped."""

import html
from collections.abc import Iterable, Sequence

from kerasgan.reporting.facts import Facts, shown
from kerasgan.reporting.film import Picture, choose_frames, encode
from kerasgan.reporting.plots import Mark, draw, number
from kerasgan.reporting.series import COLOURS, curves_of
from kerasgan.runs.grids import SAMPLE_FOLDER, sample_grids

Runs = Sequence[tuple[str, Facts]]  # each with its label
NEAREST_FILE = (
    "nearest.png"  # in a run's folder, if `evaluate --nearest` was asked to write it there
)


def section(title: str, *content: str) -> str:
    """A part of the page with its heading."""
    return f"<section><h2>{html.escape(title)}</h2>{''.join(content)}</section>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that scrolls by itself where the page is narrow; the first column has the names."""
    heads = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{html.escape(first)}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{html.escape(head[0])}"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def film(facts: Facts) -> str:
    """Sample grids from the first step to the last, with the real images next to them."""
    frames = choose_frames(sample_grids(facts.run_dir))
    if not frames:
        return section("Samples", "<p>The run has no sample grids yet.</p>")
    strip = "".join(
        f"<li>{_figure(picture, f'Generated images at step {step:,}', f'step {step:,}')}</li>"
        for step, picture in frames
    )
    real = next((encode(path) for _, path in sample_grids(facts.run_dir, "real")), None)
    rows = facts.run_dir / SAMPLE_FOLDER / "rows.txt"
    names = rows.read_text("utf-8", "replace").splitlines() if rows.is_file() else []
    return section(
        "Samples",
        "<p>What the averaged generator painted from the same latents as it trained.</p>",
        f"<p>Rows, from the top: {html.escape(', '.join(names))}.</p>" if names else "",
        '<div class="pair"><div id="stage" hidden><div class="frame"><img id="large" alt=""></div>'
        '<label for="moment">Moment: <output id="caption" for="moment"></output></label>'
        f'<input type="range" id="moment" min="0" max="{len(frames) - 1}" step="1"></div>',
        _figure(real, "Real images", "real images", kind="real") if real else "",
        '</div><div class="scroll" tabindex="0" role="group" aria-label="All moments">'
        f'<ol id="film">{strip}</ol></div>',
    )


def last_grids(runs: Runs) -> str:
    """The last grid of each run, side by side."""
    figures = []
    for label, facts in runs:
        grids = sample_grids(facts.run_dir)
        picture = encode(grids[-1][1]) if grids else None
        if picture:
            text = f"{label}, step {grids[-1][0]:,}"
            figures.append(_figure(picture, f"Generated images of {text}", text))
    return section("Last samples", f'<div class="side">{"".join(figures)}</div>') if figures else ""


def nearest(facts: Facts) -> str:
    """Samples above the training images that are nearest to them, if the run has the picture."""
    picture = encode(facts.run_dir / NEAREST_FILE)
    if picture is None:
        return ""
    text = "Samples, each above the training image whose features are nearest to its own"
    return section("Nearest training images", _figure(picture, text, text))


def charts(runs: Runs) -> str:
    """All curves, with the steps of the chosen states, and of the warnings of a single run."""
    marks = [
        Mark(
            step=facts.chosen_step,
            kind="chosen" if len(runs) == 1 else f"chosen c{index % COLOURS}",
            label=_chosen(label, facts, runs),
        )
        for index, (label, facts) in enumerate(runs)
    ]
    if len(runs) == 1:
        marks += [
            Mark(step=row["step"], kind="warning", label="warning") for row in runs[0][1].warnings
        ]
    drawn = [draw(group, curves, marks) for group, curves in curves_of(runs).items()]
    if not drawn:
        return section("Curves", "<p>The run has logged nothing yet.</p>")
    return section("Curves", f'<div class="charts">{"".join(drawn)}</div>')


def _chosen(label: str, facts: Facts, runs: Runs) -> str:
    what = "exported" if facts.exported else "best state" if facts.best_metric else "last state"
    return f"{what}, step {facts.chosen_step:,}" if len(runs) == 1 else f"{label}: {what}"


def measured(runs: Runs) -> str:
    """What was measured, of the chosen state and at last; of several runs only the former."""
    known = [facts.metrics for _, facts in runs]
    names = list(dict.fromkeys(name for metrics in known for name in metrics))
    if not names:
        return section("Metrics", "<p>Nothing has been measured yet.</p>")
    if len(runs) > 1:
        head = ["metric", *(f"{label}, step {facts.chosen_step:,}" for label, facts in runs)]
        rows = [
            [name, *(_at(m, name, f.chosen_step) for m, (_, f) in zip(known, runs, strict=True))]
            for name in names
        ]
    else:
        facts, metrics = runs[0][1], known[0]
        head = ["metric", f"at step {facts.chosen_step:,}", "last measured", "at step"]
        rows = [
            [
                name,
                _at(metrics, name, facts.chosen_step),
                number(metrics[name][max(metrics[name])]),
                f"{max(metrics[name]):,}",
            ]
            for name in names
        ]
    return section("Metrics", table(head, rows), _protocol(runs))


def _at(metrics: dict[str, dict[int, float]], name: str, step: int) -> str:
    value = metrics.get(name, {}).get(step)
    return "-" if value is None else number(value)


def _protocol(runs: Runs) -> str:
    """Whether the figures of runs may be compared: what they were measured against."""
    against = {
        str(row["fingerprint"].get("data_digest"))
        for _, facts in runs
        for row in facts.rows
        if isinstance(row.get("fingerprint"), dict)
    }
    warning = (
        " <strong>The runs were measured against different images: their figures cannot be "
        "compared.</strong>"
        if len(against) > 1
        else ""
    )
    return (
        "<p>A number in a name is how many images of each set were compared (1k is 1,000). Only "
        f"figures of one name can be compared.{warning}</p>"
    )


def warnings(runs: Runs) -> str:
    """What the runs warned of while they trained."""
    items = [
        f"<li>{html.escape(prefix)}step {row['step']:,}: "
        f"{html.escape(str(row.get('sentence', row['warning'])))}</li>"
        for label, facts in runs
        for prefix in [f"{label}, " if len(runs) > 1 else ""]
        for row in facts.warnings
    ]
    text = f"<ul>{''.join(items)}</ul>" if items else "<p>None.</p>"
    return section("Health warnings", text)


def settings(facts: Facts) -> str:
    """The settings that differ from the defaults, and the command that repeats the run."""
    changed = facts.changed_settings
    rows = [[name, shown(value), shown(default)] for name, (value, default) in changed.items()]
    head = ["setting", "value", "default"]
    return section(
        "Settings",
        table(head, rows) if rows else "<p>All settings have their defaults.</p>",
        "<p>This repeats the run:</p>"
        f'<pre tabindex="0"><code>{html.escape(facts.command)}</code></pre>'
        "<p>Settings of the machine are left out, and of a path only its last part is shown.</p>",
    )


def differences(runs: Runs) -> str:
    """The settings in which the runs differ."""
    names = dict.fromkeys(name for _, facts in runs for name in facts.settings)
    rows = []
    for name in names:
        values = [shown(facts.settings.get(name)) for _, facts in runs]
        if len(set(values)) > 1:
            rows.append([name, *values])
    head = ["setting", *(label for label, _ in runs)]
    same = "<p>The runs have the same settings.</p>"
    return section("Settings that differ", table(head, rows) if rows else same)


def origin(facts: Facts) -> str:
    """The fingerprint of the data, and the versions of the libraries."""
    data = [[name, str(value)] for name, value in facts.data.items()]
    versions = [[name, version] for name, version in facts.versions.items()]
    parts = [table(["images", "value"], data)] if data else []
    parts += [table(["library", "version"], versions)] if versions else []
    return section("Data and versions", *parts) if parts else ""


def _figure(picture: Picture, alt: str, caption: str, *, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    return (
        f'<figure{attribute}><img src="{picture.uri}" width="{picture.width}" '
        f'height="{picture.height}" alt="{html.escape(alt)}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
