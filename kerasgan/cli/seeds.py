"""Seeds as a user writes them."""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import overload

from kerasgan.errors import UserError

LARGEST_SEED = 2**63 - 1  # the signatures take int64
MAX_SEEDS = 10_000_000  # of one command


class Seeds(Sequence[int]):
    """Ranges of numbers one after another, which take no memory for their numbers."""

    def __init__(self, ranges: Sequence[range]):
        self._ranges = ranges

    def __len__(self) -> int:
        return sum(map(len, self._ranges))

    def __iter__(self) -> Iterator[int]:
        return itertools.chain.from_iterable(self._ranges)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> "Seeds": ...
    def __getitem__(self, index: int | slice) -> "int | Seeds":
        """One number, or some neighbours: slices have the step 1."""
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                raise ValueError(f"step {step}: must be 1")
            return Seeds(self._between(start, stop))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        return self._between(index, index + 1)[0][0]

    def _between(self, start: int, stop: int) -> list[range]:
        parts = []
        for some in self._ranges:
            parts.append(some[max(0, start) : max(0, stop)])
            start, stop = start - len(some), stop - len(some)
        return [part for part in parts if part]


def parse_seeds(flag: str, text: str) -> Seeds:
    """Reads "3,8,20-23" as 3, 8, 20, 21, 22, 23.

    Args:
        flag: the flag's name, for messages.
        text: numbers and ranges with commas between them. A range includes both of its ends.

    Raises:
        UserError: something else, a seed that does not fit into 63 bits, the same seed twice, or
            more than `MAX_SEEDS`.
    """
    ranges: list[range] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,30})\s*(?:-\s*(\d{1,30})\s*)?", part, re.ASCII)
        if not match:
            raise UserError(f"--{flag}={text}: must be seeds and ranges of them, such as 3,8,20-23")
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last <= LARGEST_SEED:
            raise UserError(f"--{flag}={text}: {part} must go up, to at most {LARGEST_SEED}")
        ranges.append(range(first, last + 1))
    if sum(some.stop - some.start for some in ranges) > MAX_SEEDS:
        raise UserError(f"--{flag}={text}: must be at most {MAX_SEEDS} seeds")
    in_order = sorted(ranges, key=lambda some: some.start)
    for earlier, later in itertools.pairwise(in_order):
        if later.start < earlier.stop:
            raise UserError(f"--{flag}={text}: names a seed twice")
    return Seeds(ranges)
