"""Finds the row of a file of labels that belongs to each picture, by their names."""

import collections
import unicodedata
from collections.abc import Sequence

from kerasgan.data.pictures.decode import ENDINGS
from kerasgan.data.readers.own_outputs import posix_path
from kerasgan.errors import UserError


def name_parts(name: str) -> tuple[str, ...]:
    """The folders and the file that a name consists of, in Unicode's composed form.

    Some systems store an accent as a letter of its own, and files of labels rarely do.
    """
    return posix_path(unicodedata.normalize("NFC", name)).parts


def match_names(asked: str, pictures: Sequence[str], rows: Sequence[str]) -> list[int]:
    """The number of each picture's row; -1 where it has none.

    A name that is the picture's path is best. Otherwise one of both may lack leading folders, and
    the endings of picture files do not count: "cats/1.png" is found as "1", "1.png", "1.jpg" or
    "mine/cats/1.png", but not as "dogs/1.png". What then fits several is refused.

    Args:
        asked: the value of --labels, for messages.
        pictures: names of the pictures.
        rows: names in the file, each there once.

    Raises:
        UserError: a row may belong to several pictures, or a picture to several rows.
    """
    of_pictures, of_rows = ([name_parts(name) for name in names] for names in (pictures, rows))
    exact = {parts: number for number, parts in enumerate(of_rows)}
    found = [exact.get(parts, -1) for parts in of_pictures]
    taken = set(found)
    by_stem = collections.defaultdict(list)
    for number, parts in enumerate(of_rows):
        if number not in taken and parts:
            by_stem[_stem(parts)].append(number)
    claims: dict[int, list[int]] = collections.defaultdict(list)
    for picture, parts in enumerate(of_pictures):
        if found[picture] >= 0:
            continue
        fitting = [row for row in by_stem[_stem(parts)] if _fits(parts, of_rows[row])]
        fitting = _best(fitting, [of_rows[row][-1] == parts[-1] for row in fitting])
        if len(fitting) > 1:
            raise UserError(
                f"--labels={asked}: has {rows[fitting[0]]} and {rows[fitting[1]]} for "
                f"{pictures[picture]}; must name it once, by its path in the data set"
            )
        if fitting:
            claims[fitting[0]].append(picture)
    for row, claiming in claims.items():
        mine = _best(claiming, [of_pictures[each][-1] == of_rows[row][-1] for each in claiming])
        if len(mine) > 1:
            raise UserError(
                f"--labels={asked}: {rows[row]} may be {pictures[mine[0]]} or "
                f"{pictures[mine[1]]}; must name pictures by their paths in the data set"
            )
        found[mine[0]] = row
    return found


def _stem(parts: tuple[str, ...]) -> str:
    """The name of a file without the ending of a picture."""
    file = parts[-1]
    for ending in ENDINGS:
        if file.lower().endswith(ending):
            return file[: -len(ending)]
    return file


def _fits(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one of two paths has the folders at the end of the other's."""
    shorter = min(len(one), len(other)) - 1
    return shorter == 0 or one[-1 - shorter : -1] == other[-1 - shorter : -1]


def _best(numbers: list[int], is_better: list[bool]) -> list[int]:
    """Those that are better, if there are any."""
    return [number for number, good in zip(numbers, is_better, strict=True) if good] or numbers
