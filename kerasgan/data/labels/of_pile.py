"""Gives the pictures of a pile the labels that --labels asks for."""

import dataclasses
import difflib
import logging
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from kerasgan.config import PictureSettings
from kerasgan.data.image_set import SkippedFile
from kerasgan.data.labels.label_file import is_label_file, read_label_file
from kerasgan.data.labels.match import match_names, name_parts
from kerasgan.data.labels.values import Column, to_labels
from kerasgan.data.pile import Pile
from kerasgan.data.readers.arrays import split_array_name
from kerasgan.errors import UserError
from kerasgan.files import local_path
from kerasgan.settings import split_names

_LOG = logging.getLogger(__name__)

_MAX_NAMES_SHOWN = 20  # of the labels that there are


def label_pile(pile: Pile, settings: PictureSettings) -> Pile:
    """A pile with its `conditions`. Pictures that lack a label become bad files.

    Args:
        pile: all pictures of the data set, or of its split.
        settings: which labels, and where the data set is.

    Raises:
        UserError: there are no such labels, none of the pictures has them, or they contradict
            each other.
    """
    asked = settings.labels
    if asked is None:
        return pile
    rows: Sequence[int] | None = None
    if asked == "folders":
        columns = [_folders(pile)]
        reasons = ["lies in no folder that could be its class"]
    elif is_label_file(asked):
        columns, rows = _of_file(asked, pile, _place(settings))
        reasons = [f"has no {column.name} in {asked}" for column in columns]
    else:
        columns = named_columns(asked, pile.labels, pile.class_names, _reasons(pile))
        reasons = [f"has no {column.name}" for column in columns]
    lacking = np.stack([column.is_missing() for column in columns], axis=1)
    skipped = []
    for number in np.flatnonzero(lacking.any(axis=1)).tolist():
        reason = reasons[int(np.argmax(lacking[number]))]
        if rows is not None and rows[number] < 0:
            reason = f"is not in {asked}"
        skipped.append(SkippedFile(pile.names[number], reason))
    if len(skipped) == len(pile):
        raise UserError(
            f"--labels={asked}: no picture has a label, such as {skipped[0].name}, which "
            f"{skipped[0].reason}"
        )
    kept = np.flatnonzero(~lacking.any(axis=1))
    names = [pile.names[number] for number in kept.tolist()]
    labels = to_labels(asked, [column.of(kept) for column in columns], names)
    if not skipped:
        return dataclasses.replace(pile, conditions=labels)
    return dataclasses.replace(
        pile.take(kept),
        conditions=labels,
        skipped=[*pile.skipped, *skipped],
        listed=pile.listed and pile.listed - len(skipped),
    )


def _place(settings: PictureSettings) -> pathlib.Path | None:
    """Where the data set is: a folder or a file."""
    if settings.dataset.startswith("tfds:"):
        return None
    if settings.dataset == "celeba":
        return local_path("data_dir", settings.data_dir) if settings.data_dir else None
    path = local_path("dataset", settings.dataset)
    named = split_array_name(settings.dataset)
    return local_path("dataset", named[0]) if named and not path.exists() else path


def _folders(pile: Pile) -> Column:
    """The folder of each picture, without the folders that all pictures are in."""
    if pile.source not in ("folder", "zip", "tar"):
        raise UserError(
            f"--labels=folders: {pile.source} has no folders; must be a folder, a .zip or a .tar "
            "file"
        )
    folders = [name_parts(name)[:-1] for name in pile.names]
    first, last = min(folders), max(folders)
    common = 0
    while common < len(first) and first[common : common + 1] == last[common : common + 1]:
        common += 1
    if first == last and common:  # all are in one folder, whose name is worth saying
        common -= 1
    names = np.array(["/".join(parts[common:]) for parts in folders], object)
    # Names of files may be any bytes, those of classes go to places that take only text.
    names = np.array(
        [name.encode(errors="surrogateescape").decode(errors="backslashreplace") for name in names],
        object,
    )
    return Column("folder", np.ma.array(names, mask=names == ""))


def _of_file(
    asked: str, pile: Pile, place: pathlib.Path | None
) -> tuple[list[Column], Sequence[int]]:
    """The labels in a file, and the number of each picture's row, or -1."""
    file = read_label_file(asked, place)
    names = list(file.rows)
    rows = match_names(asked, pile.names, names)
    unused = sorted(set(range(len(names))) - set(rows))
    if len(unused) == len(names):
        has = f"has {names[0]}" if names else "is empty"
        raise UserError(
            f"--labels={asked}: names none of the pictures: it {has}, and the data set has "
            f"{pile.names[0]}"
        )
    if unused:
        _LOG.warning(
            "--labels=%s: %d of its %d names are not of pictures that are used, such as %s",
            asked,
            len(unused),
            len(names),
            names[unused[0]],
        )
    return file.columns(rows), rows


def _reasons(pile: Pile) -> dict[str, str]:
    """Why something in the data set is not a label, by its name."""
    return {file.name: file.reason for file in pile.skipped}


def named_columns(
    asked: str,
    labels: Mapping[str, np.ndarray],
    class_names: Mapping[str, tuple[str, ...]],
    reasons: Mapping[str, str],
) -> list[Column]:
    """The labels of these names.

    Args:
        asked: names with commas between them.
        labels: what the data say, an array [N] for each name.
        class_names: see `Column`.
        reasons: why something of that name is not a label.

    Raises:
        UserError: there is no such label.
    """
    columns = []
    for name in split_names(asked):
        full = _full_name(name, labels)
        if full is None:
            raise UserError(f"--labels={asked}: {name} {_why_none(name, labels, reasons)}")
        column = Column(name, labels[full], class_names.get(full, ()))
        if column.values.ndim != 1:
            raise UserError(
                f"--labels={asked}: {name} has several values for each picture; must be one"
            )
        columns.append(column)
    return columns


def _full_name(name: str, labels: Mapping[str, np.ndarray]) -> str | None:
    """The label of this name, or the only one that ends with it after a slash."""
    if name in labels:
        return name
    ending = [full for full in labels if full.endswith(f"/{name}")]
    return ending[0] if len(ending) == 1 else None


def _why_none(name: str, labels: Mapping[str, np.ndarray], reasons: Mapping[str, str]) -> str:
    if name in reasons:
        return reasons[name]
    if not labels:
        return (
            "is not known: the data set says nothing about its pictures; must be folders, or a "
            ".csv or .json file"
        )
    known = list(labels)
    close = difflib.get_close_matches(name, known, n=3)
    shown = close or known[:_MAX_NAMES_SHOWN]
    more = ", ..." if len(shown) < len(known) else ""
    return f"is not a label of the data set; must be of {', '.join(shown)}{more}"
