"""Files of labels: a .csv with a header, or a .json such as StyleGAN's dataset.json."""

import csv
import dataclasses
import io
import json
import pathlib
import re
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasgan.data.labels.match import name_parts
from kerasgan.data.labels.values import Column
from kerasgan.data.pictures.decode import ENDINGS
from kerasgan.data.readers.folders import MAX_FILE_BYTES
from kerasgan.data.readers.own_outputs import posix_path
from kerasgan.errors import UserError
from kerasgan.files import local_path

_OF_CLASSES = ("class", "classes", "label", "labels")  # columns that are never attributes
_NONE = ("", "nan")  # how a cell says that a picture has no label
_WORDS = {"true": 1.0, "false": 0.0}
_WHOLE = re.compile(r"(-?(?:0|[1-9]\d{0,17}))(?:\.0+)?", re.ASCII)  # and not 007, which is a name


def is_label_file(asked: str) -> bool:
    """Whether --labels names a file, rather than labels that the data have."""
    return asked.lower().endswith((".csv", ".json"))


@dataclasses.dataclass(frozen=True)
class LabelFile:
    """What a file says.

    Attributes:
        asked: the value of --labels.
        header: the names of the labels.
        rows: from the name of a picture to its labels: texts from a .csv file; integers, texts or
            numbers from a .json file. None for a label that it does not have.
        is_of_classes: whether the only label is a class, even if all are 0 or 1; None if that
            depends on what they are.
    """

    asked: str
    header: Sequence[str]
    rows: dict[str, Sequence[Any]]
    is_of_classes: bool | None

    def columns(self, found: Sequence[int]) -> list[Column]:
        """The labels of pictures.

        Args:
            found: the number of each picture's row; -1 where it has none.
        """
        rows = list(self.rows.values())
        return [
            _column(
                name,
                [rows[number][index] if number >= 0 else None for number in found],
                is_of_classes=self.is_of_classes,
            )
            for index, name in enumerate(self.header)
        ]


def read_label_file(asked: str, place: pathlib.Path | None) -> LabelFile:
    """Reads the labels of pictures.

    Args:
        asked: the path of a .csv or .json file, as given, or else within the data set or next to
            it.
        place: of the data set; None where it is not a place.

    Raises:
        UserError: there is no such file, it cannot be read, or it contradicts itself.
    """
    try:
        text = _find(asked, place).decode("utf-8-sig")
    # zipfile raises errors of many classes.
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, tarfile.TarError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"--labels={asked}: not a readable file of labels: {error}") from error
    read = _read_csv if asked.lower().endswith(".csv") else _read_json
    return read(asked, text)


def _find(asked: str, place: pathlib.Path | None) -> bytes:
    """The content of a file: as it is given, within the data set, or next to it."""
    path = local_path("labels", asked)
    nearby = [] if place is None else [place.parent / path]
    if place is not None and place.is_dir():
        nearby.insert(0, place / path)
    inside = _find_inside(asked, place) if place is not None and not path.exists() else None
    if inside is not None:
        return inside
    for candidate in (path, *nearby):
        if candidate.is_file():
            return candidate.read_bytes()
    raise UserError(
        f"--labels={asked}: no such file"
        + (f", nor is one in {place} or next to it" if place is not None else "")
    )


def _find_inside(asked: str, archive: pathlib.Path) -> bytes | None:
    """The content of a member of an archive; None if it has no such member."""
    if archive.is_file() and archive.suffix.lower() == ".zip":
        with zipfile.ZipFile(archive) as opened:
            sizes = {info.filename: info.file_size for info in opened.infolist()}
            return _read_member(asked, sizes, opened.read)
    if archive.is_file() and archive.suffix.lower() == ".tar":
        with tarfile.open(archive, "r:") as tar:
            sizes = {info.name: info.size for info in tar.getmembers() if info.isreg()}
            return _read_member(asked, sizes, lambda name: tar.extractfile(name).read())  # type: ignore[union-attr]
    return None


def _read_member(asked: str, sizes: dict[str, int], read: Callable[[str], bytes]) -> bytes | None:
    """The member with this path, or the only one whose path ends with it."""
    wanted = posix_path(asked).parts
    ending = [name for name in sizes if posix_path(name).parts[-len(wanted) :] == wanted]
    exact = [name for name in ending if posix_path(name).parts == wanted]
    fitting = exact or ending
    if not fitting:
        return None
    if len(fitting) > 1:
        raise UserError(f"--labels={asked}: may be {fitting[0]} or {fitting[1]} in the data set")
    if sizes[fitting[0]] > MAX_FILE_BYTES:
        raise UserError(f"--labels={asked}: is too large: {sizes[fitting[0]]:,} bytes")
    return read(fitting[0])


def _read_csv(asked: str, text: str) -> LabelFile:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(lines, [])]
        _check_header(asked, header)
        rows: dict[tuple[str, ...], tuple[str, Sequence[Any]]] = {}
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise UserError(
                    f"--labels={asked}: line {lines.line_num} has {len(cells)} cells; must be "
                    f"{len(header)}, as in the header"
                )
            name, *values = (cell.strip() for cell in cells)
            labels = [None if value.lower() in _NONE else value for value in values]
            _add(asked, rows, name, labels)
    except csv.Error as error:
        raise UserError(f"--labels={asked}: line {lines.line_num}: {error}") from error
    return LabelFile(
        asked=asked,
        header=header[1:],
        rows=dict(rows.values()),
        is_of_classes=True if len(header) == 2 and header[1].lower() in _OF_CLASSES else None,
    )


def _check_header(asked: str, header: list[str]) -> None:
    if len(header) < 2 or "" in header[1:] or header[0].lower().endswith(ENDINGS):
        raise UserError(
            f"--labels={asked}: its first line is {','.join(header)[:64]!r}; must be a header with "
            "commas, such as name,class or name,smile,glasses"
        )
    twice = [name for name in header[1:] if header[1:].count(name) > 1]
    if twice:
        raise UserError(f"--labels={asked}: has two columns {twice[0]}; must be one")


def _read_json(asked: str, text: str) -> LabelFile:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"--labels={asked}: not a readable .json file: {error}") from error
    pairs = content.get("labels") if isinstance(content, dict) else content
    if not isinstance(pairs, list):
        raise UserError(
            f'--labels={asked}: has no labels; must be {{"labels": [["<picture>", <class>], ...]}}'
        )
    rows: dict[tuple[str, ...], tuple[str, Sequence[Any]]] = {}
    widths: set[int | None] = set()
    for number, pair in enumerate(pairs):
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
            raise UserError(
                f"--labels={asked}: its label number {number} is {_short(pair)}; must be "
                '["<picture>", <class>]'
            )
        name, label = pair
        vector = label if isinstance(label, list) else [label]
        if not all(_is_label(value, in_vector=isinstance(label, list)) for value in vector):
            raise UserError(
                f"--labels={asked}: the label of {name} is {_short(label)}; must be an integer, a "
                "text, or a list of numbers"
            )
        if label is not None:
            widths.add(len(label) if isinstance(label, list) else None)
        _add(asked, rows, name, vector)
    if len(widths) > 1:
        raise UserError(
            f"--labels={asked}: its labels are of different kinds; must all be classes, or all "
            "lists of one length"
        )
    width = next(iter(widths), None)
    header = ["class"] if width is None else [str(index) for index in range(width)]
    known = {name: [None] * len(header) if row == [None] else row for name, row in rows.values()}
    return LabelFile(asked=asked, header=header, rows=known, is_of_classes=width is None)


def _is_label(value: Any, *, in_vector: bool) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) if in_vector else isinstance(value, int | str | None)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 64 else f"{text[:64]} ..."


def _add(
    asked: str,
    rows: dict[tuple[str, ...], tuple[str, Sequence[Any]]],
    name: str,
    labels: Sequence[Any],
) -> None:
    known = rows.setdefault(name_parts(name), (name, labels))
    if known[1] != labels:
        here, there = (" and ".join(map(str, row)) for row in (known[1], labels))
        raise UserError(f"--labels={asked}: contradicts itself: {name} is {here}, and is {there}")


def _column(name: str, cells: Sequence[Any], *, is_of_classes: bool | None) -> Column:
    """A label of every picture, from cells of a file: numbers where all of them are."""
    mask = np.array([cell is None for cell in cells], bool)
    known = [cell for cell in cells if cell is not None]
    values: np.ndarray
    numbers = None if is_of_classes else _as_numbers(known)
    whole = None if is_of_classes is False else _as_integers(known)
    if numbers is not None and (whole is None or np.abs(numbers).max(initial=0) <= 1):
        values = np.zeros(len(cells), np.float64)
        values[~mask] = numbers
    elif whole is not None:
        values = np.zeros(len(cells), np.int64)
        values[~mask] = whole
    else:
        values = np.full(len(cells), "", object)
        values[~mask] = [str(cell) for cell in known]
    return Column(name, np.ma.array(values, mask=mask), of_classes=bool(is_of_classes))


def _as_numbers(cells: Sequence[Any]) -> np.ndarray | None:
    try:
        return np.array([_WORDS.get(str(cell).lower(), cell) for cell in cells], np.float64)
    except (ValueError, OverflowError):
        return None


def _as_integers(cells: Sequence[Any]) -> np.ndarray | None:
    matches = [_WHOLE.fullmatch(str(cell)) for cell in cells]
    if not all(matches):
        return None
    return np.array([int(match[1]) for match in matches if match], np.int64)
