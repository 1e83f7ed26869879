"""Prepared images on disk, so that pictures are decoded once.

A cache is a folder with `images.npy`, which NumPy opens, and `images.json`. It is written under
another name and renamed when every byte is on the disk: what has the right name is complete. A lock
keeps two runs from doing the same work; where locks do not work, both do it, and the first to be
ready wins.
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
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np

from kerasgan.data.image_set import PixelDigest, SkippedFile
from kerasgan.data.pictures.prepare import Part
from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.data.pile import Pile
from kerasgan.errors import UserError

_LOG = logging.getLogger(__name__)

_FORMAT = 1
_HEADER = 128  # bytes before the first pixel
_IMAGES, _ABOUT, _CHOSEN = "images.npy", "images.json", "chosen.npy"


class StoredImages:
    """The rows of a file of images, read when they are asked for.

    They are read and not mapped: pages of a mapping would count as the process's own memory.

    Args:
        path: a .npy file that `write_cache` wrote.
        shape: [N, height, width, channels].
    """

    def __init__(self, path: pathlib.Path, shape: tuple[int, ...]):
        self.shape = shape
        self._row_bytes = int(np.prod(shape[1:]))
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        """uint8 [H, W, C] for a number, else [n, H, W, C]."""
        numbers = np.arange(len(self))[rows]
        images = np.empty([numbers.size, self._row_bytes], np.uint8)
        for image, number in zip(images, numbers.reshape(-1).tolist(), strict=True):
            data = os.pread(self._file, self._row_bytes, _HEADER + number * self._row_bytes)
            image[:] = np.frombuffer(data, np.uint8)
        return images.reshape(*numbers.shape, *self.shape[1:])


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
    """Changes with every file of the pile and with everything that is done to it."""
    content = {
        "format": _FORMAT,
        "source": pile.source,
        "split": pile.split,
        "files": pile.files_digest(),
        "stamps": hashlib.sha256(pile.stamps.astype("<i8").tobytes()).hexdigest(),
        **dataclasses.asdict(preprocessing),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def open_cache(folder: pathlib.Path) -> Cache | None:
    """The cache in a folder, or None if there is none, or one that somebody has damaged."""
    try:
        about = json.loads((folder / _ABOUT).read_text())
        shape = tuple(about["shape"])
        if (folder / _IMAGES).stat().st_size != _HEADER + int(np.prod(shape)):
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
    """Writes the images of a pile, unless another run does it at this moment: then its cache.

    Args:
        folder: where the cache shall be; named by its key.
        parts: what `prepare` yields, asked for only if they are needed.
        image_shape: height, width, channels.
        count: the most images that there can be.

    Raises:
        UserError: the disk is full, or the folder cannot be written. Nothing is left then.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder.with_suffix(".lock")) as locked:
            known = open_cache(folder)
            if known is not None:
                return known
            if locked:  # nobody else is at work: what lies there was left by a run that was killed
                for left in folder.parent.glob(f"{folder.name}.*.part"):
                    shutil.rmtree(left, ignore_errors=True)
            _check_space(folder.parent, count * int(np.prod(image_shape)))
            _write(folder, parts, image_shape)
    except OSError as error:
        raise UserError(
            f"--cache_dir={folder.parent.parent}: the cache cannot be written: {error.strerror}; "
            "make room, name another folder, or give --cache=memory"
        ) from error
    written = open_cache(folder)
    if written is None:
        raise UserError(f"--cache_dir={folder.parent.parent}: {folder} has vanished or changed")
    return written


def _check_space(folder: pathlib.Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"--cache_dir={folder.parent}: the cache takes {needed / 1e9:.2f} GB and "
            f"{free / 1e9:.2f} GB are free; make room, name another folder, or give --cache=memory"
        )


def _write(folder: pathlib.Path, parts: Iterable[Part], image_shape: tuple[int, ...]) -> None:
    unfinished = pathlib.Path(
        tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".part", dir=folder.parent)
    )
    try:
        digest = PixelDigest(image_shape)
        chosen, bad = [], []
        with (unfinished / _IMAGES).open("wb") as file:
            file.write(bytes(_HEADER))
            for part in parts:
                file.write(part.images.data)
                digest.update(part.images)
                chosen.append(part.chosen)
                bad += part.bad
            numbers = np.concatenate([np.empty(0, np.int64), *chosen])
            shape = (len(numbers), *image_shape)
            file.seek(0)
            file.write(_npy_header(shape))
            _to_disk(file)
        with (unfinished / _CHOSEN).open("wb") as file:
            np.save(file, numbers)
            _to_disk(file)
        about = {
            "shape": shape,
            "pixels": digest.hexdigest(),
            "bad": [dataclasses.asdict(skipped) for skipped in bad],
        }
        with (unfinished / _ABOUT).open("wb") as file:
            file.write(json.dumps(about, indent=1).encode())
            _to_disk(file)
        unfinished.chmod(0o755)  # mkdtemp lets nobody else in
        _put_in_place(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _put_in_place(unfinished: pathlib.Path, folder: pathlib.Path) -> None:
    """Renames; where another run was faster, its cache stays."""
    if folder.exists() and open_cache(folder) is None:  # damaged from outside
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
    if len(header.getvalue()) != _HEADER:
        raise ValueError(f"shape={shape}: does not fit into a header of {_HEADER} bytes")
    return header.getvalue()


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextlib.contextmanager
def _lock(path: pathlib.Path) -> Iterator[bool]:
    """Waits until no other process holds the lock; the system frees that of a killed one.

    Yields:
        Whether locks work here: some network file systems have none.
    """
    import fcntl

    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _LOG.info("another run is preparing the same images: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            yield False
            return
        yield True
