"""A pile of pictures: their names, and a way to read each of them in any order."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from kerasgan.data.image_set import SkippedFile
from kerasgan.data.labels.lazy import choose_labels
from kerasgan.label_space import Labels

Content = bytes | np.ndarray


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pile:
    """Pictures from one source, not yet decoded.

    Attributes:
        source: the kind of source, such as "folder".
        names: of the pictures; their order is the order of the data set.
        sizes: int64 [N], in bytes.
        stamps: int64 [N], times or checksums, which change when a file changes.
        read: from an index to the content of a file or to pixels, uint8 [h, w, c]; may be called
            from several threads. Raises OSError, or BadPictureError with the reason.
        split: the part of the data set.
        labels: for each name an array [N]; masked where a picture has none.
        class_names: of labels that are integers, where the source names the classes 0, 1, ...
        conditions: the labels that a conditional GAN learns; None for an unconditional one.
        skipped: other files in the same place.
        listed: how many pictures the source holds, if these are only a part; None if all.
    """

    source: str
    names: Sequence[str]
    sizes: np.ndarray
    stamps: np.ndarray
    read: Callable[[int], Content]
    split: str = "all"
    labels: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    class_names: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    conditions: Labels | None = None
    skipped: Sequence[SkippedFile] = ()
    listed: int | None = None

    def __len__(self) -> int:
        return len(self.names)

    def take(self, chosen: np.ndarray) -> "Pile":
        """The pictures with these indices, in this order."""
        read = self.read
        return dataclasses.replace(
            self,
            names=[self.names[index] for index in chosen],
            sizes=self.sizes[chosen],
            stamps=self.stamps[chosen],
            read=lambda index: read(int(chosen[index])),
            labels=choose_labels(self.labels, chosen),
            conditions=None if self.conditions is None else self.conditions.of(chosen),
            listed=self.listed or len(self),
        )

    def files_digest(self) -> str:
        """SHA-256 of the names and sizes, which is equal for copies of a data set."""
        digest = hashlib.sha256()
        for name in self.names:
            digest.update(name.encode(errors="surrogateescape") + b"\0")
        digest.update(self.sizes.astype("<i8").tobytes())
        return digest.hexdigest()
