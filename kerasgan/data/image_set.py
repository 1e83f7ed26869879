"""A prepared data set: images and everything known about them."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from kerasgan.label_space import Labels


class Rows(Protocol):
    """Images in memory or in a file: the part of an array's interface that is used."""

    @property
    def shape(self) -> tuple[int, ...]:
        """[N, height, width, channels]."""

    def __len__(self) -> int:
        """The number of images."""

    def __getitem__(self, rows: Any) -> np.ndarray:
        """uint8 images for an index, a slice or an array of indices."""


@dataclasses.dataclass(frozen=True)
class SkippedFile:
    """A file that is not used.

    Attributes:
        name: its path within the data set.
        reason: why, as a phrase that begins with a verb.
        bad: True if it looked like a picture but could not be read, False if it was ignored.
    """

    name: str
    reason: str
    bad: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataFingerprint:
    """What distinguishes one set of training images from another.

    Attributes:
        source: the kind of source, such as "folder" or "celeba, zip".
        files: SHA-256 of the names and sizes of the files.
        count: the number of images.
        split: the part of the data set.
        crop: how pictures were cropped to the proportions of the images.
        resize: the filter used to resize them.
        background: the colour under transparent pictures; "none" if images have alpha.
        image_size: such as "64x64x3".
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
class LabelledFingerprint(DataFingerprint):
    """The same of images with the labels that a conditional GAN learns.

    Attributes:
        labels: see `Labels.digest`.
    """

    labels: str

    def __str__(self) -> str:
        return f"{super().__str__()}, labels {self.labels[:12]}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageSet:
    """Images of one shape, read by index.

    `images[7]`, `images[10:20]` and `images[[3, 1, 2]]` are uint8 arrays, as if `images` were an
    array [N, height, width, channels]; only what is requested is loaded into memory.

    Attributes:
        rows: the pixels.
        fingerprint: what they are and how they were made.
        place: a description of where they are kept.
        labels: for each name an array [N].
        conditions: the labels that a conditional GAN learns; None for an unconditional one.
        skipped: files that are not used.
    """

    rows: Rows
    fingerprint: DataFingerprint
    place: str = "in memory"
    labels: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    conditions: Labels | None = None
    skipped: Sequence[SkippedFile] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """[N, height, width, channels]."""
        return self.rows.shape

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any) -> np.ndarray:
        return self.rows[rows]

    def __repr__(self) -> str:
        # Keras repeats this when it is given to `fit`.
        size = size_text(self.shape[1:])
        return f"<ImageSet of {len(self)} images of {size}: kerasgan.batches makes batches of it>"


class PixelDigest:
    """SHA-256 of images that are added in batches.

    Args:
        shape: height, width and channels of one image.
    """

    def __init__(self, shape: tuple[int, ...]):
        self._hash = hashlib.sha256(f"uint8 {tuple(shape)}".encode())

    def update(self, images: np.ndarray) -> None:
        """Adds images, uint8 [n, H, W, C]."""
        self._hash.update(np.ascontiguousarray(images).data)

    def hexdigest(self) -> str:
        """The digest of everything added so far."""
        return self._hash.hexdigest()


def size_text(image_shape: tuple[int, ...]) -> str:
    """(64, 64, 3) -> "64x64x3"."""
    return "x".join(map(str, image_shape))
