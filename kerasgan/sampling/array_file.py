"""Sampled images as one file of raw arrays, which may be larger than memory."""

import io
import itertools
import json
import math
import os
import pathlib
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np

from kerasgan.errors import UserError
from kerasgan.files import unfinished_path
from kerasgan.sampling.picture_files import SETTINGS_FILE, Batches

_IMAGES_READ_AT_ONCE = 1024


class ArrayFile:
    """A .npz file: `images` uint8 [n, H, W, C], `seeds` int64 [n], and settings.json.

    numpy.load reads it without pickle. The images are written as they come, since there may be more
    of them than fit into memory. A file that was interrupted is continued with the same settings
    and seeds.

    Args:
        path: of the finished file; the unfinished one is next to it.
        settings: which the images are a function of, besides their seeds; ready for JSON.
        seeds: of all its images, in order.
        image_shape: height, width, channels.
        overwrite: drop an unfinished file of other settings or seeds rather than refuse it.

    Raises:
        UserError: there is such a file.
    """

    def __init__(
        self,
        path: pathlib.Path,
        settings: dict[str, Any],
        seeds: Sequence[int],
        *,
        image_shape: Sequence[int],
        overwrite: bool = False,
    ):
        self._path = path
        self._settings = settings
        self._seeds = seeds
        self._image_shape = tuple(map(int, image_shape))
        self._image_bytes = math.prod(self._image_shape)
        with (
            io.BytesIO() as buffer,
            zipfile.ZipFile(buffer, "w") as archive,
            self._begin_images(archive),
        ):
            self._start = buffer.getvalue()  # of every unfinished file of these settings and seeds
        # What an earlier command left is kept here until its images are in the new file.
        self._interrupted = path.with_name(f"{path.name}.interrupted")
        self._unfinished = unfinished_path(path)
        if self._unfinished.is_file() and not self._interrupted.is_file():
            os.replace(self._unfinished, self._interrupted)
        if overwrite and not self._is_of_these_settings():
            self._interrupted.unlink()
        self._done = self._count_done()

    def missing(self) -> Sequence[int]:
        """The seeds whose images are still to be made, in order."""
        return self._seeds[self._done :]

    def write(self, batches: Batches) -> None:
        """Writes the whole file: the images that are there already, then the missing ones."""
        path, written = self._unfinished, 0
        try:
            with (
                zipfile.ZipFile(path, "w") as archive,
                self._begin_images(archive) as member,
            ):
                for images in itertools.chain(self._earlier(), (images for _, images in batches)):
                    member.write(np.ascontiguousarray(images).data)
                    written += images.nbytes
            os.replace(path, self._path)
        except BaseException:
            # Left as by a kill, without the table of contents at the end, to be continued. On a
            # full disk the last of what was written may not be in the file.
            if path.is_file():
                whole = min(path.stat().st_size, len(self._start) + written)
                with open(path, "r+b") as file:
                    file.write(self._start)
                    file.truncate(whole)
            raise

    def _begin_images(self, archive: zipfile.ZipFile) -> IO[bytes]:
        """Writes all that comes before the first image."""
        archive.writestr(zipfile.ZipInfo(SETTINGS_FILE), json.dumps(self._settings, indent=2))
        with archive.open(zipfile.ZipInfo("seeds.npy"), "w") as seeds:
            np.lib.format.write_array(
                seeds, np.fromiter(self._seeds, np.int64, len(self._seeds)), allow_pickle=False
            )
        images = archive.open(zipfile.ZipInfo("images.npy"), "w", force_zip64=True)
        shape = (len(self._seeds), *self._image_shape)
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(images, header)
        return images

    def _count_done(self) -> int:
        """How many images an earlier command left."""
        if not self._interrupted.is_file():
            return 0
        if not self._is_of_these_settings():
            raise UserError(
                f"--output={self._path}: {self._interrupted.name} next to it was begun with "
                "another model, truncation, label or seeds; give --overwrite to drop it"
            )
        size = self._interrupted.stat().st_size - len(self._start)
        return min(max(size, 0) // self._image_bytes, len(self._seeds))

    def _is_of_these_settings(self) -> bool:
        """Whether what an earlier command left may be continued; true if it left nothing."""
        if not self._interrupted.is_file():
            return True
        with open(self._interrupted, "rb") as file:
            return self._start.startswith(file.read(len(self._start)))

    def _earlier(self) -> Iterator[np.ndarray]:
        """The images that an earlier command left, uint8 [n, H, W, C], some at a time."""
        if not self._interrupted.is_file():
            return
        with open(self._interrupted, "rb") as file:
            file.seek(len(self._start))
            for begin in range(0, self._done, _IMAGES_READ_AT_ONCE):
                count = min(_IMAGES_READ_AT_ONCE, self._done - begin)
                images = np.fromfile(file, np.uint8, count * self._image_bytes)
                yield images.reshape(count, *self._image_shape)
        self._interrupted.unlink()
