"""Seeds as a user writes them."""

import re

from kerasgan.errors import UserError

LARGEST_SEED = 2**63 - 1  # the signatures take int64


def parse_seeds(flag: str, text: str) -> list[int]:
    """Reads "3,8,20-23" as [3, 8, 20, 21, 22, 23].

    Args:
        flag: the flag's name, for messages.
        text: numbers and ranges, whose ends both count, with commas between them.

    Raises:
        UserError: something else, a seed that does not fit into 63 bits, or the same seed twice.
    """
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part, re.ASCII)
        if not match:
            raise UserError(f"--{flag}={text}: must be seeds and ranges of them, as in 3,8,20-23")
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last <= LARGEST_SEED:
            raise UserError(f"--{flag}={text}: {part} must go up, to at most {LARGEST_SEED}")
        seeds.extend(range(first, last + 1))
    if len(set(seeds)) < len(seeds):
        raise UserError(f"--{flag}={text}: names a seed twice")
    return seeds
