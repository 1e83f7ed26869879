"""The sample grids that a run has painted, always from the same latents."""

import pathlib
import re
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")
SAMPLE_FOLDER = "samples"


def sample_grids(run_dir: pathlib.Path, name: str = "ema") -> list[tuple[int, pathlib.Path]]:
    """(step, file) of each grid, from the first step to the last.

    Args:
        run_dir: the run's folder.
        name: "ema", of the averaged generator; "plain", of the trained one; "real", of real images.
    """
    found = []
    for path in (run_dir / SAMPLE_FOLDER).glob(f"{name}_*.png"):
        match = re.fullmatch(rf"{name}_(\d+)", path.stem, re.ASCII)
        if match:
            found.append((int(match[1]), path))
    return sorted(found)


def more_early_ones(grids: Sequence[_T], count: int) -> list[_T]:
    """At most `count` of the grids, with the first and the last: most happens in the first steps.

    They are as far apart as the squares of evenly spaced numbers.
    """
    chosen = np.unique(np.rint(np.linspace(0, 1, count) ** 2 * (len(grids) - 1)).astype(int))
    return [grids[index] for index in chosen]
