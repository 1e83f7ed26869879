"""CelebA (Liu et al. 2015): the official files, those from Kaggle, or those from TFDS."""

import dataclasses
import logging
import pathlib
import re
import warnings
import zipfile
from typing import NamedTuple

import numpy as np

from kerasgan.data.pile import Pile
from kerasgan.data.readers.archives import open_zip
from kerasgan.data.readers.folders import open_folder
from kerasgan.data.readers.tfds import (
    download_and_prepare,
    open_builder,
    pile_of_builder,
    reason_of,
)
from kerasgan.errors import UserError
from kerasgan.files import local_path

_LOG = logging.getLogger(__name__)

SPLITS = ("train", "validation", "test")
_PARTS = ("0", "1", "2")  # the codes of SPLITS in list_eval_partition
_FIRST_OF_SPLITS = (1, 162_771, 182_638)  # the number of each official split's first picture

_PICTURE = re.compile(r"\d{6}\.(jpg|png)$")
_ZIPS = ("img_align_celeba.zip", "archive.zip")  # the official one, and Kaggle's
_FOLDER = "img_align_celeba"  # in Kaggle's archive it contains a folder of the same name
_PLACES = ("", "Img", "Anno", "Eval", "celeba", "CelebA", "downloads/manual")
_HOME = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"


def open_celeba(data_dir: str | None, split: str | None) -> Pile:
    """The aligned pictures of a split of CelebA, in the order of their numbers.

    They are looked for in `data_dir`: `img_align_celeba.zip`, the folder unpacked from it, or
    Kaggle's archive, unpacked or not. TFDS downloads them only if none of these is there and TFDS
    has not prepared them before.

    Args:
        data_dir: the folder with the files, or the archive itself.
        split: "train" (also if None), "validation", "test" or "all".

    Returns:
        A pile whose labels are the 40 attributes, bool, if list_attr_celeba is found.

    Raises:
        UserError: the folder does not exist, files are damaged, or there are none and they cannot
            be downloaded.
    """
    split = split or "train"
    if split not in (*SPLITS, "all"):
        raise UserError(f"--split={split}: must be one of {', '.join(SPLITS)}, all")
    if data_dir is not None:
        place = local_path("data_dir", data_dir)
        if not place.exists():
            raise UserError(f"--data_dir={data_dir}: no such folder")
        archive = place if place.is_file() else _find_zip(place)
        if archive is not None:
            return _select(open_zip(archive), place, archive, split)
        folder = _find_folder(place)
        if folder is not None:
            return _select(open_folder(folder), place, None, split)
    return _open_prepared(data_dir, split)


def _find_zip(place: pathlib.Path) -> pathlib.Path | None:
    candidates = (place / inner / name for name in _ZIPS for inner in _PLACES)
    return next((path for path in candidates if path.is_file()), None)


def _find_folder(place: pathlib.Path) -> pathlib.Path | None:
    """The folder that holds the pictures themselves."""
    candidates = [place / inner for inner in _PLACES]
    candidates += [folder / _FOLDER for folder in candidates]
    candidates += [folder / _FOLDER for folder in candidates if folder.name == _FOLDER]
    for folder in candidates:
        if folder.is_dir() and any(_PICTURE.match(path.name) for path in folder.iterdir()):
            return folder
    return None


def _select(pile: Pile, place: pathlib.Path, archive: pathlib.Path | None, split: str) -> Pile:
    """The pictures of a split, with their attributes."""
    names = np.array([name.rsplit("/", 1)[-1] for name in pile.names])
    numbers = np.array([int(name[:6]) if _PICTURE.fullmatch(name) else 0 for name in names])
    chosen = np.flatnonzero(numbers)
    chosen = chosen[np.argsort(numbers[chosen], kind="stable")]
    if split != "all":
        parts = _partition(numbers, _read_table("list_eval_partition", place, archive))
        chosen = chosen[parts[chosen] == SPLITS.index(split)]
    if not len(chosen):
        raise UserError(f"--split={split}: {place} holds no CelebA pictures of this split")
    selected = pile.take(chosen)
    table = _read_table("list_attr_celeba", place, archive)
    return dataclasses.replace(
        selected,
        source=f"celeba, {pile.source}",
        split=split,
        labels=_attributes(numbers[chosen], table) if table else {},
    )


def _partition(numbers: np.ndarray, table: "_Table | None") -> np.ndarray:
    """0, 1 or 2 for each picture; -1 for a picture that is not in the official list."""
    if table is None:
        return np.searchsorted(_FIRST_OF_SPLITS, numbers, side="right") - 1
    for number, value in table.values.items():
        if value not in _PARTS:
            raise UserError(
                f"{table.place}: has {value!r} for picture {number:06d}; must be one of "
                f"{', '.join(_PARTS)}"
            )
    part = {number: int(value) for number, value in table.values.items()}
    missing = len(set(part) - set(numbers.tolist()))
    if missing:
        _LOG.warning("%d of the %d pictures of CelebA are missing", missing, len(part))
    return np.array([part.get(number, -1) for number in numbers.tolist()])


def _attributes(numbers: np.ndarray, table: "_Table") -> dict[str, np.ndarray]:
    """The labels of the pictures, bool [N] for each attribute."""
    lines = [table.values.get(number, "") for number in numbers.tolist()]
    try:
        with warnings.catch_warnings(action="error"):  # NumPy only warns about what is not a number
            values = np.fromstring(" ".join(lines), dtype=np.int8, sep=" ")
        columns = values.reshape(len(numbers), len(table.header)).T
    except (ValueError, DeprecationWarning) as error:
        raise UserError(
            f"{table.place}: does not have {len(table.header)} numbers for each picture"
        ) from error
    return {name: column == 1 for name, column in zip(table.header, columns, strict=True)}


class _Table(NamedTuple):
    """One of CelebA's lists.

    Attributes:
        place: where it was found.
        header: the names of the columns, if the list has them.
        values: from the number in a picture's name to the rest of its line: numbers separated by
            spaces. The lists name JPEG files, but the PNG copies have the same numbers.
    """

    place: str
    header: list[str]
    values: dict[int, str]


def _read_table(stem: str, place: pathlib.Path, archive: pathlib.Path | None) -> _Table | None:
    """Reads a list in the format of the authors (.txt) or Kaggle (.csv); None if missing."""
    for ending in (".txt", ".csv"):
        for folder in (place, place.parent):  # --data_dir may be the pictures' own folder
            for inner in _PLACES:
                path = folder / inner / f"{stem}{ending}"
                if path.is_file():
                    return _parse(str(path), path.read_text(errors="replace"))
        if archive is not None:
            with zipfile.ZipFile(archive) as opened:
                for name in opened.namelist():
                    if name.rsplit("/", 1)[-1] == f"{stem}{ending}":
                        return _parse(
                            f"{archive}: {name}", opened.read(name).decode(errors="replace")
                        )
    return None


def _parse(place: str, text: str) -> _Table:
    header: list[str] = []
    values: dict[int, str] = {}
    for line in text.replace(",", " ").splitlines():
        first, _, rest = line.strip().partition(" ")
        if _PICTURE.fullmatch(first):
            values[int(first[:6])] = rest.strip()
        elif rest:  # else the line with the number of pictures
            header = [name for name in line.split() if name != "image_id"]
    if not values:
        raise UserError(f"{place}: is not a list of CelebA's pictures")
    return _Table(place, header, values)


def _open_prepared(data_dir: str | None, split: str) -> Pile:
    """The pictures that TFDS has prepared or can prepare."""
    builder = open_builder("celeb_a", data_dir)
    try:
        download_and_prepare(builder)
    # When its quota is used up, Google Drive sends a web page, which fails TFDS's checksum.
    except Exception as error:
        raise UserError(
            f"--dataset=celeba: no CelebA in --data_dir={data_dir}, and it cannot be downloaded, "
            "which is common because Google Drive limits downloads; get img_align_celeba.zip "
            "(1.4 GB), and optionally list_eval_partition.txt and list_attr_celeba.txt, from "
            f"{_HOME} or a colleague, put them into one folder without unpacking, and pass "
            f"--data_dir=<folder> ({reason_of(error)})"
        ) from error
    pile = pile_of_builder("celeb_a", builder, split, attributes="attributes")
    return dataclasses.replace(pile, source=f"celeba, {pile.source}")
