"""Labels as a user asks for them."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from kerasgan.errors import UserError
from kerasgan.label_space import LabelSpace

_MAX_NAMES_PRINTED = 20


@dataclasses.dataclass(frozen=True)
class AskedLabels:
    """Labels that a conditional generator is asked for.

    Attributes:
        names: of each, such as "cat" or "glasses=1,beard=0".
        values: of classes int64 [n], of attributes float32 [n, width].
    """

    names: tuple[str, ...]
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def of(self, label: int, count: int) -> np.ndarray:
        """One of them, `count` times."""
        return np.repeat(self.values[label : label + 1], count, axis=0)


def parse_labels(texts: Sequence[str], space: LabelSpace) -> AskedLabels:
    """Reads what --labels says, which may be given several times.

    Args:
        texts: of classes, names or indices with commas between them. A name counts before an
            index, and the whole text may be a name that has commas. Of attributes, each text is
            one label: `glasses=1,beard=0.5`, where `glasses` alone means 1; attributes that are
            not named are 0.
        space: of the generator.

    Raises:
        UserError: no such class or attribute, no number in [-1, 1], or the same one twice.
    """
    names: list[str] = []
    values: list[int | np.ndarray] = []
    for text in texts:
        if space.kind == "attributes":
            values.append(_attributes(text, space))
            names.append(text or "none")
            continue
        parts = [text] if text in space.names else text.split(",")
        for part in parts:
            values.append(_class(part, space))
            names.append(space.names[values[-1]])
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise UserError(f"--labels={repeated[0]}: is asked for twice")
    dtype = np.int64 if space.kind == "classes" else np.float32
    return AskedLabels(tuple(names), np.array(values, dtype))


def _class(text: str, space: LabelSpace) -> int:
    for name in (text, text.strip()):
        if name in space.names:
            return space.names.index(name)
    if text.strip().isdecimal() and text.isascii() and int(text) < space.width:
        return int(text)
    raise UserError(f"--labels={text}: must be of {_listed(space)}, or the index of one")


def _attributes(text: str, space: LabelSpace) -> np.ndarray:
    """One value for each attribute, float32 [width]."""
    values = np.zeros(space.width, np.float32)
    given = set()
    for part in text.split(",") if text.strip() else ():
        name, _, number = part.rpartition("=")
        if part.strip() in space.names:
            name, number = part, "1"
        name = name.strip()
        if name not in space.names:
            raise UserError(f"--labels={text}: must be of {_listed(space)}, each with its value")
        if name in given:
            raise UserError(f"--labels={text}: names {name} twice")
        given.add(name)
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not abs(value) <= 1:
            raise UserError(f"--labels={text}: {part} must be a number in [-1, 1]")
        values[space.names.index(name)] = value
    return values


def _listed(space: LabelSpace) -> str:
    shown = ", ".join(space.names[:_MAX_NAMES_PRINTED])
    left = space.width - _MAX_NAMES_PRINTED
    return f"{shown} and {left} more" if left > 0 else shown
