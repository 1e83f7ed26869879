"""The pictures that a user wants to find in latent space, read as a data set's pictures are."""

import dataclasses
import pathlib
from collections.abc import Sequence

import numpy as np

from kerasgan.data.image_set import SkippedFile
from kerasgan.data.pictures.prepare import prepare
from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.data.pile import Pile
from kerasgan.data.readers.folders import MAX_FILE_BYTES, open_folder
from kerasgan.errors import UserError, refused_path
from kerasgan.files import local_path

_LONGEST_NAME = 60  # letters, which are at most 240 of the 255 bytes that file systems allow


@dataclasses.dataclass(frozen=True)
class Photographs:
    """Pictures as images.

    Attributes:
        names: of each, unlike any other's, and fit for a file's name.
        images: uint8 [n, H, W, C].
        skipped: files of folders that are not readable pictures.
    """

    names: list[str]
    images: np.ndarray
    skipped: list[SkippedFile]


def read_photographs(paths: Sequence[str], preprocessing: Preprocessing) -> Photographs:
    """Reads pictures, and folders of them at any depth.

    Args:
        paths: of files and folders, in order.
        preprocessing: how each picture becomes an image.

    Raises:
        UserError: there is no such file or folder, a file is not a readable picture, or a folder
            holds none.
    """
    names: list[str] = []
    images: list[np.ndarray] = []
    skipped: list[SkippedFile] = []
    for given in paths:
        path = local_path("image", given)
        with refused_path("image", path):
            pile = _open(path)
            parts = list(prepare(pile, preprocessing))
        bad = [file for part in parts for file in part.bad]
        chosen = np.concatenate([part.chosen for part in parts])
        if not len(chosen):
            where = f" {bad[0].name}" if path.is_dir() else ""
            raise UserError(f"--image={given}:{where} {bad[0].reason}")
        for index in chosen:
            names.append(_name(pile.names[index], names))
        images += [part.images for part in parts]
        skipped += bad
    return Photographs(names, np.concatenate(images), skipped)


def _open(path: pathlib.Path) -> Pile:
    """The pictures of a folder, or one picture."""
    if path.is_dir():
        return open_folder(path, flag="image", outputs_too=True)
    if not path.exists():
        raise UserError(f"--image={path}: no such file or folder")
    if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
        raise UserError(f"--image={path}: must be a picture of at most {MAX_FILE_BYTES:,} bytes")
    return Pile(
        source="file",
        names=[path.name],
        sizes=np.array([path.stat().st_size], np.int64),
        stamps=np.array([path.stat().st_ctime_ns], np.int64),
        read=lambda _: path.read_bytes(),
    )


def _name(path: str, taken: Sequence[str]) -> str:
    """The name of a picture, from its path within its folder."""
    plain = str(pathlib.PurePosixPath(path).with_suffix("")).replace("/", "_")[:_LONGEST_NAME]
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    return name
