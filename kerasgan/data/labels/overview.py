"""What labels there are: how many pictures of each class, and some of them to look at."""

import logging
from collections.abc import Mapping

import numpy as np

from kerasgan.label_space import Labels
from kerasgan.pixels import make_grid

_LOG = logging.getLogger(__name__)

_MAX_NAMED = 5  # rare classes, in a warning
_GRID_ROWS = 20  # classes or attributes
_GRID_COLUMNS = 8  # pictures of each


def counts(labels: Labels) -> dict[str, int]:
    """How many pictures each class has; of attributes, how many have more than 0 of each."""
    if labels.space.kind == "classes":
        numbers = np.bincount(labels.values, minlength=labels.space.width)
    else:
        numbers = (labels.values > 0).sum(axis=0)
    return dict(zip(labels.space.names, numbers.tolist(), strict=True))


def rarities(labels: Labels) -> list[str]:
    """What a network can hardly learn, a line each: rare classes, and attributes that stay."""
    lines = []
    if labels.space.kind == "classes":
        few = {name: number for name, number in counts(labels).items() if number <= 1}
        if few:
            named = ", ".join(f"{name} ({few[name]})" for name in list(few)[:_MAX_NAMED])
            more = ", ..." if len(few) > _MAX_NAMED else ""
            lines.append(
                f"{len(few)} of {labels.space.width} classes have one picture or none: "
                f"{named}{more}"
            )
        return lines
    for name, values in zip(labels.space.names, labels.values.T, strict=True):
        if len(values) and values.min() == values.max():
            lines.append(f"{name} is {values[0]:g} in every picture")
    return lines


def warn_of_rare(asked: str | None, labels: Labels | None) -> None:
    """Logs what `rarities` says about the images that are used."""
    for line in rarities(labels) if labels is not None else ():
        _LOG.warning("--labels=%s: %s", asked, line)


def examples(labels: Labels) -> list[list[int]]:
    """Pictures for a grid with a row for each class or attribute, up to 20 of them.

    Returns:
        For each row the indices of pictures, up to 8: the first of a class; of an attribute half
        of the row those with least of it, least first, and half those with most.
    """
    rows = []
    for index in range(min(labels.space.width, _GRID_ROWS)):
        if labels.space.kind == "classes":
            row = np.flatnonzero(labels.values == index)[:_GRID_COLUMNS]
        else:
            order = np.argsort(labels.values[:, index], kind="stable")
            half = min(_GRID_COLUMNS // 2, len(order) // 2)
            row = np.concatenate([order[:half], order[len(order) - half :]])
        rows.append(row.tolist())
    return rows


def examples_grid(
    rows: list[list[int]], images: Mapping[int, np.ndarray], background: str
) -> np.ndarray:
    """A grid of `examples`, white where there are none.

    Args:
        rows: what `examples` returned.
        images: uint8 [H, W, C], for those indices whose pictures can be read.
        background: under transparent pixels.

    Returns:
        uint8 [rows * (H + 2) - 2, 8 * (W + 2) - 2, C], and 3 where C was 4.
    """
    blank = np.full_like(next(iter(images.values())), 255)
    cells = []
    for row in rows:
        shown = [images[index] for index in row if index in images]
        cells += shown + [blank] * (_GRID_COLUMNS - len(shown))
    return make_grid(np.stack(cells), columns=_GRID_COLUMNS, background=background)
