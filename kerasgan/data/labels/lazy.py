"""Labels of pictures that are read only when they are requested."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np


class LazyLabels(Mapping[str, np.ndarray]):
    """Labels that take long to read.

    Args:
        names: of the labels.
        load: returns all labels, an array [N] for each name; called each time one is requested.
        chosen: int64 [n], the indices of the requested pictures; None for all.
    """

    def __init__(
        self,
        names: list[str],
        load: Callable[[], Mapping[str, np.ndarray]],
        chosen: np.ndarray | None = None,
    ):
        self._names = names
        self._load = load
        self._chosen = chosen

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            raise KeyError(name)
        values = self._load()[name]
        return values if self._chosen is None else values[self._chosen]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def of(self, chosen: np.ndarray) -> "LazyLabels":
        """The labels of some of the pictures, by their indices int64 [n]."""
        rows = chosen if self._chosen is None else self._chosen[chosen]
        return LazyLabels(self._names, self._load, rows)


def choose_labels(labels: Mapping[str, np.ndarray], chosen: np.ndarray) -> Mapping[str, np.ndarray]:
    """The labels of some of the pictures, by their indices int64 [n]."""
    if isinstance(labels, LazyLabels):
        return labels.of(chosen)
    return {name: values[chosen] for name, values in labels.items()}
