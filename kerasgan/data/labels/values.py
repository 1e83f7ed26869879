"""From columns of labels, wherever they were read, to classes or attributes."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from kerasgan.errors import UserError
from kerasgan.label_space import Labels, LabelSpace


@dataclasses.dataclass(frozen=True)
class Column:
    """One label of every picture.

    Attributes:
        name: of the label.
        values: [N] of bools, integers, floats or texts; masked, or NaN, where a picture has none.
        class_names: of the classes 0, 1, ..., where the source names them; integers outside are
            no label.
        of_classes: whether it is a class whatever its values are.
    """

    name: str
    values: np.ndarray
    class_names: tuple[str, ...] = ()
    of_classes: bool = False

    def is_missing(self) -> np.ndarray:
        """Which pictures do not have this label, bool [N]."""
        missing = np.ma.getmaskarray(self.values)
        values = np.ma.getdata(self.values)
        if values.dtype.kind == "f":
            missing = missing | np.isnan(values)
        if self.class_names:
            missing = missing | (values < 0) | (values >= len(self.class_names))
        return missing

    def of(self, chosen: np.ndarray) -> "Column":
        """The same of some pictures, by their indices int64 [n], all of which have it."""
        return dataclasses.replace(self, values=np.ma.getdata(self.values)[chosen])

    @property
    def is_of_classes(self) -> bool:
        """Whether a label that stands alone is a class, rather than an attribute.

        Classes have names, or are texts or integers, except that -1 and 1 are how attributes are
        written.
        """
        kind = self.values.dtype.kind
        if self.of_classes or self.class_names or kind in "OU":
            return True
        return kind in "iu" and set(np.unique(self.values).tolist()) != {-1, 1}


def to_labels(asked: str, columns: Sequence[Column], names: Sequence[str]) -> Labels:
    """What a conditional GAN is asked for.

    Args:
        asked: the value of --labels, for messages.
        columns: complete: every picture has every label. One of classes, or any number of
            attributes: bool, 0 and 1, -1 and 1, or numbers in between.
        names: of the pictures, for messages.

    Raises:
        UserError: classes next to other labels, fewer than two classes, or a number outside
            [-1, 1].
    """
    if len(columns) == 1 and columns[0].is_of_classes:
        return _classes(asked, columns[0])
    for column in columns:
        if column.class_names or column.values.dtype.kind not in "biuf":
            raise UserError(
                f"--labels={asked}: {column.name} is of classes, as {names[0]} is of "
                f"{_class_of(column, 0)}; must be the only label, or be left out"
            )
        outside = ~(np.abs(column.values.astype(np.float64)) <= 1)
        if outside.any():
            first = int(np.argmax(outside))
            raise UserError(
                f"--labels={asked}: {column.name} of {names[first]} is "
                f"{column.values[first]:g}; must be in [-1, 1], as an attribute; classes "
                "are integers or text, and the only label"
            )
    space = LabelSpace(kind="attributes", names=tuple(column.name for column in columns))
    values = np.stack([column.values.astype(np.float32) for column in columns], axis=1)
    return Labels(space=space, values=values)


def _class_of(column: Column, row: int) -> str:
    value = column.values[row]
    return column.class_names[value] if column.class_names else str(value)


def _classes(asked: str, column: Column) -> Labels:
    found, indices = np.unique(column.values, return_inverse=True)
    if len(found) < 2:
        raise UserError(
            f"--labels={asked}: all pictures are of one class, {_class_of(column, 0)}; must be of "
            "at least two"
        )
    if column.class_names:
        names, values = column.class_names, column.values
    else:
        names, values = tuple(map(str, found.tolist())), indices
    return Labels(
        space=LabelSpace(kind="classes", names=names), values=values.astype(np.int64).reshape(-1)
    )
