"""What a data set is once it is prepared: rows of pixels, and all that is known about them."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np


class Rows(Protocol):
    """Images in memory or in a file: what of an array is asked of them."""

    @property
    def shape(self) -> tuple[int, ...]:
        """[N, height, width, channels]."""

    def __len__(self) -> int:
        """The number of images."""

    def __getitem__(self, rows: Any) -> np.ndarray:
        """uint8 images, for a number, a slice or an array of numbers."""


@dataclasses.dataclass(frozen=True)
class SkippedFile:
    """A file that gave no picture.

    Attributes:
        name: its path below the data set.
        reason: why, in words.
        bad: whether it should have been a picture, rather than being none of our business.
    """

    name: str
    reason: str
    bad: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataFingerprint:
    """What tells one set of training images from another.

    Attributes:
        source: the kind of place, as "folder" or "celeba, zip".
        files: SHA-256 of the names and sizes of the files.
        count: images.
        split: the part of the data set.
        crop: how pictures were cut to the proportions of the images.
        resize: the filter by which they were resized.
        background: what transparent pictures were laid on.
        image_size: as "64x64x3".
        pixels: SHA-256 of the images, see `PixelDigest`.
    """

    source: str
    files: str
    count: int
    split: str
    crop: str
    resize: str
    background: str
    image_size: str
    pixels: str

    def __str__(self) -> str:
        return (
            f"{self.source}, split {self.split}: {self.count:,} images of {self.image_size}, "
            f"crop {self.crop}, resize {self.resize}, background {self.background}, "
            f"files {self.files[:12]}, pixels {self.pixels[:12]}"
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageSet:
    """Images of one shape, read by their number.

    `images[7]`, `images[10:20]` and `images[[3, 1, 2]]` are uint8 arrays, as of an array
    [N, height, width, channels]; only what is asked for is in memory.

    Attributes:
        rows: the pixels.
        fingerprint: what they are.
        place: where they are kept, in words.
        labels: for each name an array [N].
        skipped: files that gave no picture.
    """

    rows: Rows
    fingerprint: DataFingerprint
    place: str = "in memory"
    labels: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    skipped: Sequence[SkippedFile] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """[N, height, width, channels]."""
        return self.rows.shape

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any) -> np.ndarray:
        return self.rows[rows]


class PixelDigest:
    """SHA-256 of images, fed part by part.

    Args:
        shape: of one image: height, width, channels.
    """

    def __init__(self, shape: tuple[int, ...]):
        self._hash = hashlib.sha256(f"uint8 {tuple(shape)}".encode())

    def update(self, images: np.ndarray) -> None:
        """Adds images, uint8 [n, H, W, C]."""
        self._hash.update(np.ascontiguousarray(images).data)

    def hexdigest(self) -> str:
        """Of all that was added."""
        return self._hash.hexdigest()


def size_text(image_shape: tuple[int, ...]) -> str:
    """(64, 64, 3) -> "64x64x3"."""
    return "x".join(map(str, image_shape))
