"""What labels mean: one of several classes, or several attributes."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np

_EVEN_STREAM = 5000


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabelSpace:
    """The labels that a conditional GAN knows.

    Attributes:
        kind: "classes", one of which an image has, or "attributes", each of which it has a
            value of: 0 or 1, or anything in [-1, 1].
        names: of the classes, in the order of their indices, or of the attributes.
    """

    kind: Literal["classes", "attributes"]
    names: tuple[str, ...]

    @property
    def width(self) -> int:
        """The length of a condition."""
        return len(self.names)

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        """What `dataclasses.asdict` made of it, after a round through JSON."""
        return cls(kind=content["kind"], names=tuple(content["names"]))

    def conditions(self, values: np.ndarray | Sequence) -> np.ndarray:
        """Labels to what the networks are given, float32 [n, width].

        Args:
            values: of classes, indices [n], which become one-hot vectors; of attributes, numbers
                [n, width], which stay as they are.

        Raises:
            ValueError: values of another shape, an index of no class, or a number outside [-1, 1].
        """
        array = np.asarray(values)
        if self.kind == "classes":
            if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
                raise ValueError(
                    f"labels are {array.dtype} {list(array.shape)}: must be integers [n], indices "
                    f"of classes"
                )
            if array.size and not 0 <= array.min() <= array.max() < self.width:
                wrong = array[(array < 0) | (array >= self.width)][0]
                raise ValueError(f"label {wrong}: must be 0 to {self.width - 1}")
            return (array[:, None] == np.arange(self.width)).astype(np.float32)
        if array.ndim != 2 or array.shape[1] != self.width:
            raise ValueError(
                f"labels are {list(array.shape)}: must be [n, {self.width}], a number for each of "
                f"{', '.join(self.names)}"
            )
        numbers = array.astype(np.float32)
        outside = ~(np.abs(numbers) <= 1)  # NaN included
        if outside.any():
            row, column = np.argwhere(outside)[0]
            raise ValueError(
                f"{self.names[column]}={numbers[row, column]}: must be a number in [-1, 1]"
            )
        return numbers

    def evenly(self, seeds: Sequence[int]) -> np.ndarray:
        """A label for each seed, a function of the seed alone, where nothing is asked for.

        Args:
            seeds: n integers of at least 0.

        Returns:
            Of classes their indices in turn, int64 [n]: seed 0 has the first. Of attributes 0 or
            1, each as likely as the other, float32 [n, width].
        """
        if self.kind == "classes":
            return np.fromiter((seed % self.width for seed in seeds), np.int64, len(seeds))
        values = np.empty([len(seeds), self.width], np.float32)
        for row, seed in enumerate(seeds):
            values[row] = np.random.default_rng([_EVEN_STREAM, seed]).integers(2, size=self.width)
        return values


@dataclasses.dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels of a set of images.

    Attributes:
        space: what they mean.
        values: of classes int64 [N], of attributes float32 [N, width].
    """

    space: LabelSpace
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def of(self, rows: np.ndarray | slice) -> "Labels":
        """The labels of some of the images."""
        return dataclasses.replace(self, values=self.values[rows])

    def drawn(self, count: int, key: Sequence[int]) -> "Labels":
        """Labels drawn from these with their frequencies, a function of the key alone.

        Args:
            count: how many.
            key: integers of at least 0.
        """
        return self.of(np.random.default_rng(list(key)).integers(len(self), size=count))

    def digest(self) -> str:
        """SHA-256 of the values, which is equal for equal labels of the same images."""
        kind = "<i8" if self.space.kind == "classes" else "<f4"
        return hashlib.sha256(np.ascontiguousarray(self.values, kind).tobytes()).hexdigest()

    def conditions(self, rows: np.ndarray | slice) -> np.ndarray:
        """What the networks are given for some of the images, float32 [n, width]."""
        return self.space.conditions(self.values[rows])
