"""Prepared images on disk, so that pictures are decoded once.

A cache is a folder with `images.npy`, which NumPy opens, and `images.json`. It is written under an
unfinished name and renamed when every byte is on the disk, so a folder with its final name is
complete. A lock keeps two runs from doing the same work; where locks do not work, both do it, and
the first to finish wins.
"""

import contextlib
import dataclasses
import hashlib
import io
import json
import logging
import os
import pathlib
import shutil
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from kerasgan.data.image_set import PixelDigest, SkippedFile
from kerasgan.data.pictures.decode import optional_formats
from kerasgan.data.pictures.prepare import Part
from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.data.pile import Pile
from kerasgan.errors import UserError
from kerasgan.files import UNFINISHED, flush_to_disk, lock_file, unfinished_folder

_LOG = logging.getLogger(__name__)

_FORMAT = 2
_HEADER_BYTES = 128  # before the first pixel
_LARGE_CACHE_BYTES = 5 * 10**9  # so much is no small matter on most disks
_IMAGES, _ABOUT, _CHOSEN = "images.npy", "images.json", "chosen.npy"


class StoredImages:
    """The images of a file, each read when it is asked for.

    The file is not mapped into memory: the pages would count as the process's own memory.

    Args:
        path: a .npy file that `write_cache` wrote.
        shape: [N, height, width, channels].
    """

    def __init__(self, path: pathlib.Path, shape: tuple[int, ...]):
        self.shape = shape
        self._row_bytes = int(np.prod(shape[1:]))
        self._file = path.open("rb", buffering=0)
        self._turn = threading.Lock()
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        """uint8 [H, W, C] for a number, else [n, H, W, C]."""
        numbers = np.arange(len(self))[rows]
        images = np.empty([numbers.size, self._row_bytes], np.uint8)
        for image, number in zip(images, numbers.reshape(-1).tolist(), strict=True):
            data = self._read(_HEADER_BYTES + number * self._row_bytes)
            image[:] = np.frombuffer(data, np.uint8)
        return images.reshape(*numbers.shape, *self.shape[1:])

    def _read(self, start: int) -> bytes:
        """The row that begins at this byte; several threads may ask at the same time."""
        if hasattr(os, "pread"):
            return os.pread(self._file.fileno(), self._row_bytes, start)
        with self._turn:  # Windows: all threads share one position
            self._file.seek(start)
            return self._file.read(self._row_bytes)


@dataclasses.dataclass(frozen=True)
class Cache:
    """A complete cache.

    Attributes:
        folder: where it is.
        rows: the images.
        chosen: int64 [N], their numbers in the pile.
        pixels: their digest.
        bad: pictures that could not be read.
    """

    folder: pathlib.Path
    rows: StoredImages
    chosen: np.ndarray
    pixels: str
    bad: list[SkippedFile]


def cache_key(pile: Pile, preprocessing: Preprocessing) -> str:
    """A name that depends on every file of the pile and on everything that is done to it."""
    content = {
        "format": _FORMAT,
        "optional_formats": optional_formats(),  # a cache knows as bad what could not be read then
        "source": pile.source,
        "split": pile.split,
        "files": pile.files_digest(),
        "stamps": hashlib.sha256(pile.stamps.astype("<i8").tobytes()).hexdigest(),
        **dataclasses.asdict(preprocessing),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def open_cache(folder: pathlib.Path) -> Cache | None:
    """The cache in a folder, or None if there is none or it is damaged."""
    try:
        about = json.loads((folder / _ABOUT).read_text())
        shape = tuple(about["shape"])
        if (folder / _IMAGES).stat().st_size != _HEADER_BYTES + int(np.prod(shape)):
            return None
        return Cache(
            folder=folder,
            rows=StoredImages(folder / _IMAGES, shape),
            chosen=np.load(folder / _CHOSEN, allow_pickle=False),
            pixels=about["pixels"],
            bad=[SkippedFile(**file) for file in about["bad"]],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_cache(
    folder: pathlib.Path, parts: Iterable[Part], image_shape: tuple[int, ...], count: int
) -> Cache:
    """Writes the images of a pile. If another run is doing so, waits and takes that run's cache.

    Args:
        folder: of the cache, named by its key.
        parts: what `prepare` yields, used only if the images have to be written.
        image_shape: height, width, channels.
        count: the number of images, or more.

    Raises:
        UserError: the disk is full or will be, or the folder cannot be written. Nothing unfinished
            is left.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder.with_suffix(".lock")) as locked:
            known = open_cache(folder)
            if known is not None:
                return known
            if locked:  # no other run is writing it: an unfinished folder is from a killed run
                for left in folder.parent.glob(f"{folder.name}.*{UNFINISHED}"):
                    shutil.rmtree(left, ignore_errors=True)
            check_space(folder.parent, count * int(np.prod(image_shape)))
            _write(folder, parts, image_shape)
    except OSError as error:
        raise UserError(
            f"--cache_dir={folder.parent.parent}: the cache cannot be written: {error.strerror}; "
            "make room, name another folder, or give --cache=memory"
        ) from error
    written = open_cache(folder)
    if written is None:
        raise UserError(f"--cache_dir={folder.parent.parent}: {folder} has disappeared or changed")
    return written


def check_space(folder: pathlib.Path, needed: int, *, large: int = _LARGE_CACHE_BYTES) -> None:
    """Before a cache is written: warns of a large one, and refuses one that has no room.

    Args:
        folder: where caches are.
        needed: bytes of this one, at most.
        large: bytes from which on a cache is worth a warning.

    Raises:
        UserError: the disk has less space.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"--cache_dir={folder.parent}: the cache takes {needed / 1e9:.2f} GB and "
            f"{free / 1e9:.2f} GB are free; make room, name another folder, or give --cache=none, "
            "which decodes pictures whenever they are needed"
        )
    if needed > large:
        _LOG.warning(
            "The cache takes up to %.2f GB of the %.2f GB that are free in %s; later runs find it "
            "there. --cache_dir puts it elsewhere, and --cache=none does without.",
            *(needed / 1e9, free / 1e9, folder),
        )


def _write(folder: pathlib.Path, parts: Iterable[Part], image_shape: tuple[int, ...]) -> None:
    with unfinished_folder(folder, shared=True) as unfinished:
        digest = PixelDigest(image_shape)
        chosen, bad = [], []
        with (unfinished / _IMAGES).open("wb") as file:
            file.write(bytes(_HEADER_BYTES))
            for part in parts:
                file.write(part.images.data)
                digest.update(part.images)
                chosen.append(part.chosen)
                bad += part.bad
            numbers = np.concatenate([np.empty(0, np.int64), *chosen])
            shape = (len(numbers), *image_shape)
            file.seek(0)
            file.write(_npy_header(shape))
        np.save(unfinished / _CHOSEN, numbers)
        about = {
            "shape": shape,
            "pixels": digest.hexdigest(),
            "bad": [dataclasses.asdict(skipped) for skipped in bad],
        }
        (unfinished / _ABOUT).write_text(json.dumps(about, indent=1))
        for name in (_IMAGES, _CHOSEN, _ABOUT):
            flush_to_disk(unfinished / name)
        _put_in_place(unfinished, folder)


def _put_in_place(unfinished: pathlib.Path, folder: pathlib.Path) -> None:
    """Gives the cache its name. If another run was faster, that run's cache stays."""
    if folder.exists() and open_cache(folder) is None:  # damaged
        shutil.rmtree(folder)
    try:
        unfinished.rename(folder)
    except OSError:
        if open_cache(folder) is None:
            raise


def _npy_header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    if len(header.getvalue()) != _HEADER_BYTES:
        raise ValueError(f"shape={shape}: does not fit into a header of {_HEADER_BYTES} bytes")
    return header.getvalue()


@contextlib.contextmanager
def _lock(path: pathlib.Path) -> Iterator[bool]:
    """Waits until no other process holds the lock; the system releases that of a killed one.

    Yields:
        Whether locks work here: some systems and some network file systems have none.
    """
    with path.open("wb") as file:
        locked = True
        try:
            lock_file(file, wait=False)
        except BlockingIOError:
            _LOG.info("another run is preparing the same images: waiting for it")
            lock_file(file, wait=True)
        except OSError as error:
            locked = False
            _LOG.warning(
                "%s cannot be locked (%s): another run may prepare the same images now.",
                path,
                error.strerror,
            )
        yield locked
