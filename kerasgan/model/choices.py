"""Tables of named tuples of functions (losses, penalties): chosen by name, or brought along."""

from collections.abc import Mapping
from typing import Any, TypeVar

import keras

Choice = TypeVar("Choice", bound=tuple)


def choose(argument: str, given: str | Choice, table: Mapping[str, Choice]) -> Choice:
    """The entry of that name, or what was given if it is of the entries' type itself.

    Args:
        argument: its name, for messages.
        given: a key of the table, or one of your own.
        table: from names to entries.

    Raises:
        ValueError: neither a key of the table nor of its entries' type.
    """
    kind = type(next(iter(table.values())))
    if isinstance(given, kind):
        return given
    if not isinstance(given, str) or given not in table:
        raise ValueError(
            f"{argument}={given!r}: must be one of {', '.join(table)}, or of type {kind.__name__}"
        )
    return table[given]


def serialize_choice(choice: tuple, table: Mapping[str, tuple]) -> Any:
    """An entry ready for JSON: its name in the table, or its parts."""
    # Not by identity: Keras wraps tuples that are set as attributes of a model.
    names = [name for name, known in table.items() if tuple(known) == tuple(choice)]
    return names[0] if names else [keras.saving.serialize_keras_object(part) for part in choice]


def read_choice(saved: Any, table: Mapping[str, Choice]) -> Choice:
    """What `serialize_choice` wrote; functions of your own must be registered with Keras."""
    if isinstance(saved, str):
        return table[saved]
    kind = type(next(iter(table.values())))
    return kind(*map(keras.saving.deserialize_keras_object, saved))
