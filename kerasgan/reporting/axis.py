"""The vertical axes of curves: linear, logarithmic, or linear near 0 and logarithmic beyond."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

_MAX_LINEAR_LOSS = 30.0  # larger ones need a logarithmic axis
_MOST_TICKS = 6
_MARGIN = 0.05  # of the height, above and below the values


class Axis(NamedTuple):
    """Where values are on an axis, and what is written next to it.

    Attributes:
        place: a function from a value to its height, from 0 at the bottom to 1 at the top.
        ticks: values.
    """

    place: Callable[[float], float]
    ticks: list[float]


def axis_of(group: str, values: Sequence[float]) -> Axis:
    """The axis of a group of curves.

    Args:
        group: as in TensorBoard's tags, such as "losses".
        values: all that are shown, at least one of them.
    """
    low, high = min(values), max(values)
    if group == "scores" and low >= 0 and high <= 1:
        return Axis(_within(0, 1), [0, 0.25, 0.5, 0.75, 1])
    if group in ("gradients", "rates") and low > 0 and high / low > 10:
        place = _within(math.log10(low), math.log10(high))
        return Axis(lambda value: place(math.log10(value)), _powers(low, high))
    if group == "losses" and max(-low, high) > _MAX_LINEAR_LOSS:
        place = _within(math.asinh(low), math.asinh(high))
        return Axis(lambda value: place(math.asinh(value)), _powers(low, high))
    if low == high:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    return Axis(_within(low, high), round_numbers(low, high))


def round_numbers(low: float, high: float, most: int = _MOST_TICKS) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten within [low, high], `most` at the most."""
    if not 0 < high - low < math.inf:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20):
        unit = factor * power
        first, last = math.ceil(low / unit), math.floor(high / unit)
        if last - first < most:
            return [float(f"{index * unit:.12g}") for index in range(first, last + 1)]
    raise AssertionError("20 units always suffice")


def _powers(low: float, high: float) -> list[float]:
    """0 and powers of ten within [low, high], some of them left out if there are many."""
    ends = [math.ceil(math.log10(abs(value))) if value else 0 for value in (low, high)]
    exponents = range(0 if low <= 0 <= high else min(ends), max(ends) + 1)
    stride = math.ceil(len(exponents) / _MOST_TICKS)
    powers = [10.0**exponent for exponent in exponents[::stride]]
    candidates = [-power for power in reversed(powers)] + [0.0] + powers
    return [value for value in candidates if low <= value <= high]


def _within(low: float, high: float) -> Callable[[float], float]:
    """A linear function that is a little above 0 at `low` and a little below 1 at `high`."""
    span = (high - low) or 1.0
    return lambda value: _MARGIN + (1 - 2 * _MARGIN) * (value - low) / span
