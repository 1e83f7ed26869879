"""Turns a pile of pictures into images of one shape, in order, on all processors."""

import collections
import contextlib
import dataclasses
import math
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from PIL import Image
from tqdm import tqdm

from kerasgan.cores import usable_cores
from kerasgan.data.image_set import SkippedFile
from kerasgan.data.pictures.decode import BadPictureError, OwnFigureError, open_picture, to_colour
from kerasgan.data.pictures.jpegs import decode_jpegs, plain_jpeg_size
from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.data.pile import Content, Pile
from kerasgan.errors import LostPictureError

Result = TypeVar("Result")

_PICTURES_PER_TASK = 64  # enough to make the overhead of a task negligible
_MAX_GROUP_PIXELS = 1 << 22  # of files decoded together: 12 MB of memory for each thread


@dataclasses.dataclass(frozen=True)
class Part:
    """Consecutive pictures of a pile, prepared.

    Attributes:
        chosen: int64 [n], the indices of the readable pictures in the pile.
        images: uint8 [n, H, W, C].
        bad: the files that are not readable pictures, or not data.
    """

    chosen: np.ndarray
    images: np.ndarray
    bad: list[SkippedFile]


def prepare(pile: Pile, preprocessing: Preprocessing) -> Iterator[Part]:
    """Decodes, crops and resizes every picture, holding only a few parts in memory at a time."""
    return in_parts(len(pile), lambda numbers: _Preparation(pile, preprocessing, numbers).run())


def in_parts(count: int, work: Callable[[range], Result]) -> Iterator[Result]:
    """Yields the results of `work` on parts of 0..count-1, in order, using all processors.

    Decoding and resizing release the GIL, so threads are enough. There are two for each processor,
    because they wait for the disk, for each other and for TensorFlow's own threads.
    """
    workers = 2 * usable_cores()
    starts = iter(range(0, count, _PICTURES_PER_TASK))
    tasks: collections.deque[tuple[int, Future[Result]]] = collections.deque()
    with (
        _quiet_decoders(),
        ThreadPoolExecutor(workers) as pool,
        tqdm(total=count, desc="Reading", unit=" pictures", delay=2, disable=None) as bar,
    ):
        while True:
            while len(tasks) < 2 * workers and (start := next(starts, None)) is not None:
                numbers = range(start, min(start + _PICTURES_PER_TASK, count))
                tasks.append((len(numbers), pool.submit(work, numbers)))
            if not tasks:
                return
            done, task = tasks.popleft()
            yield task.result()
            bar.update(done)


class LiveImages:
    """Images that are not cached: each picture of a pile is decoded whenever it is requested.

    Args:
        pile: the pictures.
        preprocessing: how they become images.
        chosen: int64 [N], the indices of those that can be read.
    """

    def __init__(self, pile: Pile, preprocessing: Preprocessing, chosen: np.ndarray):
        self.shape: tuple[int, ...] = (len(chosen), *preprocessing.image_shape)
        self._pile = pile
        self._preprocessing = preprocessing
        self._chosen = chosen

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, rows: Any) -> np.ndarray:
        """uint8 [H, W, C] for an index, else [n, H, W, C]."""
        numbers = self._chosen[rows]
        images = np.empty([numbers.size, *self.shape[1:]], np.uint8)
        for image, number in zip(images, numbers.reshape(-1).tolist(), strict=True):
            try:
                image[:] = prepare_one(self._pile, self._preprocessing, number)
            except BadPictureError as error:
                raise LostPictureError(
                    f"{self._pile.names[number]} {error}; it could be read when the data were "
                    "listed. Put it back, or use --cache=disk, which reads each picture only once"
                ) from error
        return images.reshape(*numbers.shape, *self.shape[1:])


def prepare_one(pile: Pile, preprocessing: Preprocessing, index: int) -> np.ndarray:
    """One picture of a pile as an image, uint8 [H, W, C].

    Raises:
        BadPictureError: it cannot be read or is not a picture.
    """
    return preprocessing(decode(read(pile, index), preprocessing.background_colour))


def read(pile: Pile, index: int) -> Content:
    """The content of one file of a pile.

    Raises:
        BadPictureError: it cannot be read.
    """
    try:
        return pile.read(index)
    except OSError as error:
        raise BadPictureError(f"cannot be read: {error.strerror}") from error


def skipped_file(pile: Pile, index: int, error: BadPictureError) -> SkippedFile:
    """A file of a pile that gives no image, and why."""
    return SkippedFile(pile.names[index], str(error), bad=not isinstance(error, OwnFigureError))


def decode(content: Content, background: tuple[int, int, int] | None) -> Image.Image:
    """A file or an array as an RGB picture, or, without a background, as an RGBA picture.

    Raises:
        BadPictureError: it is not a picture.
    """
    return to_colour(open_content(content), background)


def open_content(content: Content) -> Image.Image:
    """A file or an array as a picture, whose pixels need not be decoded yet.

    Raises:
        BadPictureError: it is not a picture.
    """
    if isinstance(content, np.ndarray):
        return Image.fromarray(content[..., 0] if content.shape[-1] == 1 else content)
    return open_picture(content)


class _Preparation:
    """Prepares consecutive pictures of a pile.

    Plain JPEG files of the same size are processed together and all others one by one; the pixels
    are the same either way.
    """

    def __init__(self, pile: Pile, preprocessing: Preprocessing, numbers: range):
        self._pile = pile
        self._preprocessing = preprocessing
        self._numbers = numbers
        self._images = np.empty([len(numbers), *preprocessing.image_shape], np.uint8)
        self._bad: dict[int, SkippedFile] = {}

    def run(self) -> Part:
        groups: dict[tuple[int, int], dict[int, bytes]] = collections.defaultdict(dict)
        for number in self._numbers:
            with self._recording_failure(number):
                content = read(self._pile, number)
                if isinstance(content, bytes) and (size := _size_in_group(content)):
                    groups[size][number] = content
                    if (len(groups[size]) + 1) * math.prod(size) > _MAX_GROUP_PIXELS:
                        self._prepare_together(size, groups.pop(size))
                else:
                    self._prepare(number, content)
        for size, group in groups.items():
            self._prepare_together(size, group)
        good = np.array([number not in self._bad for number in self._numbers], bool)
        bad = [self._bad[number] for number in sorted(self._bad)]
        return Part(np.array(self._numbers, np.int64)[good], self._images[good], bad)

    def _prepare_together(self, size: tuple[int, int], group: dict[int, bytes]) -> None:
        rows = np.array(list(group)) - self._numbers.start
        try:
            boxes = decode_jpegs(list(group.values()), self._preprocessing.box(*size))
            self._images[rows] = self._preprocessing.resize_together(boxes)
        except BadPictureError:  # Pillow says which file is bad, and may still read it
            for number, content in group.items():
                with self._recording_failure(number):
                    self._prepare(number, content)

    def _prepare(self, number: int, content: Content) -> None:
        picture = decode(content, self._preprocessing.background_colour)
        self._images[number - self._numbers.start] = self._preprocessing(picture)

    @contextlib.contextmanager
    def _recording_failure(self, number: int) -> Iterator[None]:
        try:
            yield
        except BadPictureError as error:
            self._bad[number] = skipped_file(self._pile, number, error)


def _size_in_group(file: bytes) -> tuple[int, int] | None:
    """Width and height of a file to process together with others; None to process it alone."""
    size = plain_jpeg_size(file)
    # A large file may be a decompression bomb, which Pillow refuses.
    return size if size and math.prod(size) <= _MAX_GROUP_PIXELS else None


@contextlib.contextmanager
def _quiet_decoders() -> Iterator[None]:
    """Silences Pillow's warnings of odd metadata; those of decompression bombs become errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield
