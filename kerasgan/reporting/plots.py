"""Curves as SVG within a page, whose style sheet has their colours."""

import dataclasses
import html
from collections.abc import Iterable, Sequence

from kerasgan.reporting.axis import Axis, axis_of, round_numbers
from kerasgan.reporting.series import Curve

# In the units of the drawing, which are about a pixel each.
_WIDTH, _HEIGHT = 380, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 8, 26  # around the curves
_MAX_DOTS = 30  # a curve with fewer points shows each of them

_TITLES = {
    "losses": "Losses",
    "scores": "Mean probability of “real” according to D",
    "gradients": "Gradient norms (L2)",
    "regularization": "Regularization",
    "health": "Steps that were not finite",
    "rates": "Learning rates",
    "speed": "Images per second",
    "other": "Other values",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mark:
    """A vertical line at a step.

    Attributes:
        step: where.
        kind: "chosen" or "warning", a class of the style sheet.
        label: for the legend.
    """

    step: int
    kind: str
    label: str


def draw(group: str, curves: Sequence[Curve], marks: Sequence[Mark]) -> str:
    """A figure with its legend, as HTML.

    Args:
        group: as in TensorBoard's tags, such as "losses".
        curves: at least one with a value.
        marks: steps that are shown in it.
    """
    title = _TITLES.get(group, group.removeprefix("metrics/"))
    values = [value for curve in curves for _, value in curve.points if value is not None]
    axis = axis_of(group, values)
    last = max(step for curve in curves for step, _ in curve.points)
    drawing = [
        *_grid(axis, last),
        *(_mark(mark, last) for mark in marks if mark.step <= last),
        *(_curve(curve, axis, last) for curve in curves),
    ]
    return (
        f'<figure class="chart"><figcaption>{html.escape(title)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{html.escape(_in_words(title, curves))}">{"".join(drawing)}</svg>'
        f"{_legend(curves, marks)}</figure>"
    )


def number(value: float) -> str:
    """A value in a few characters: 0.0371, 25.5, 12,000, 1.2e-05."""
    if value and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _grid(axis: Axis, last: int) -> Iterable[str]:
    for tick in axis.ticks:
        y = _y(axis.place(tick))
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" class="end">{number(tick)}</text>'
    for tick in round_numbers(0, last, 4):
        x = _x(tick, last)
        yield f'<text x="{x:.1f}" y="{_HEIGHT - 8}" class="middle">{number(tick)}</text>'


def _curve(curve: Curve, axis: Axis, last: int) -> str:
    places = [
        None if value is None else (_x(step, last), _y(axis.place(value)))
        for step, value in curve.points
    ]
    path, pen_is_up = [], True
    for place in places:
        if place is not None:
            path.append(f"{'M' if pen_is_up else 'L'}{place[0]:.1f} {place[1]:.1f}")
        pen_is_up = place is None
    classes = f"c{curve.colour} d{curve.dash}"
    drawn = f'<path class="curve {classes}" d="{"".join(path)}"/>'
    if len(places) <= _MAX_DOTS:
        drawn += "".join(
            f'<circle class="{classes}" cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="2.5"/>'
            for place in places
            if place is not None
        )
    return drawn


def _mark(mark: Mark, last: int) -> str:
    x = _x(mark.step, last)
    return f'<path class="mark {mark.kind}" d="M{x:.1f} {_TOP}V{_HEIGHT - _BOTTOM}"/>'


def _legend(curves: Sequence[Curve], marks: Sequence[Mark]) -> str:
    entries = [(f"curve c{curve.colour} d{curve.dash}", curve.label) for curve in curves]
    entries += dict.fromkeys((f"mark {mark.kind}", mark.label) for mark in marks)
    items = "".join(
        f'<li><svg viewBox="0 0 26 8" aria-hidden="true"><path class="{classes}" d="M0 4H26"/>'
        f"</svg>{html.escape(label)}</li>"
        for classes, label in entries
    )
    return f'<ul class="legend">{items}</ul>'


def _in_words(title: str, curves: Sequence[Curve]) -> str:
    """The first and last value of each curve, for people who do not see it."""
    sentences = []
    for curve in curves:
        known = [(step, value) for step, value in curve.points if value is not None]
        if known:
            (first, begin), (last, end) = known[0], known[-1]
            sentences.append(
                f"{curve.label} from {number(begin)} at step {first:,} to {number(end)} at step "
                f"{last:,}"
            )
    return f"{title}: {'; '.join(sentences)}"


def _x(step: float, last: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * step / max(last, 1)


def _y(height: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * height
