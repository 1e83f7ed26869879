"""The curves of one or more runs: which values, in which charts, with which points."""

import dataclasses
from collections.abc import Sequence

from kerasgan.reporting.facts import Facts, as_number
from kerasgan.runs.dashboard import tag_of

COLOURS = 8  # c0 to c7 in the style sheet
DASHES = 4  # d0 to d3
_MAX_POINTS = 400  # of a curve; more could not be seen
_ORDER = ("losses", "scores", "metrics", "gradients", "regularization", "health", "rates", "speed")
_NO_CURVE = ("step", "epoch")

Point = tuple[int, float | None]  # step and value; None is a gap


@dataclasses.dataclass(frozen=True, kw_only=True)
class Curve:
    """A line.

    Attributes:
        label: for the legend.
        points: in the order of their steps.
        colour: 0 to 7.
        dash: 0 to 3.
    """

    label: str
    points: Sequence[Point]
    colour: int
    dash: int


def curves_of(runs: Sequence[tuple[str, Facts]]) -> dict[str, list[Curve]]:
    """The curves of runs by group; the groups are TensorBoard's.

    Of one run each value has a colour. Of several each run has one, values differ in their dashes,
    and a part of another value, such as swd1k_64 of swd1k, has no curve.

    Args:
        runs: each with a label.
    """
    groups: dict[str, dict[str, None]] = {}  # names in the order in which they first appear
    points = [_points(facts) for _, facts in runs]
    for name in dict.fromkeys(name for found in points for name in found):
        groups.setdefault(tag_of(name).rpartition("/")[0], {})[name] = None
    curves: dict[str, list[Curve]] = {}
    for group, names in groups.items():
        if len(runs) > 1:
            names = {n: None for n in names if not any(n.startswith(f"{m}_") for m in names)}
        for number, name in enumerate(names):
            for index, (label, _) in enumerate(runs):
                if name in points[index]:
                    curve = Curve(
                        label=name if len(runs) == 1 else f"{label}: {name}",
                        points=thin_out(points[index][name]),
                        colour=(number if len(runs) == 1 else index) % COLOURS,
                        dash=number % DASHES,
                    )
                    curves.setdefault(group, []).append(curve)
    # A run without steps that were not finite has nothing to show there.
    if not any(value for curve in curves.get("health", []) for _, value in curve.points):
        curves.pop("health", None)
    return dict(sorted(curves.items(), key=lambda item: _rank(item[0])))


def _rank(group: str) -> int:
    """What people look at first comes first."""
    family = group.partition("/")[0]
    return _ORDER.index(family) if family in _ORDER else len(_ORDER)


def thin_out(points: Sequence[Point]) -> list[Point]:
    """At most 400 of the points: the smallest and the largest of each part, so that peaks stay."""
    if len(points) <= _MAX_POINTS:
        return list(points)
    parts = _MAX_POINTS // 2
    kept: list[Point] = []
    for part in range(parts):
        chunk = points[len(points) * part // parts : len(points) * (part + 1) // parts]
        numbers = [(value, step) for step, value in chunk if value is not None]
        if not numbers:
            kept.append(chunk[0])
            continue
        ends = sorted({(step, value) for value, step in (min(numbers), max(numbers))})
        kept.extend(ends)
    return kept


def _points(facts: Facts) -> dict[str, list[Point]]:
    """The points of each value that a run has logged or measured."""
    found: dict[str, dict[int, float | None]] = {}
    for row in facts.rows:
        if "warning" in row:
            continue
        for name, value in row.items():
            # A value that was not finite is null in the file.
            if name not in _NO_CURVE and (value is None or as_number(value) is not None):
                found.setdefault(name, {})[row["step"]] = as_number(value)
    return {
        name: sorted(points.items(), key=lambda point: point[0])
        for name, points in found.items()
        if any(value is not None for value in points.values())
    }
