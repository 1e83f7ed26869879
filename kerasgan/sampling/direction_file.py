"""Keeps the directions that were found for a generator next to it, for the sliders of its page."""

import json
import pathlib
from collections.abc import Sequence
from typing import Any

from kerasgan.files import replace_file
from kerasgan.sampling.directions import Direction
from kerasgan.sampling.painter import Painter

_FILE = "directions.json"


def keep_directions(painter: Painter, directions: Sequence[Direction]) -> pathlib.Path:
    """Writes those that were found and that do not resemble a better one, and returns the file.

    Raises:
        OSError: it cannot be written.
        ValueError: the painter is that of a GAN, which has no folder.
    """
    if painter.notes is None:
        raise ValueError("painter: must be that of a run or a model, which has a folder")
    kept = [
        {"name": item.name, "vector": [round(float(x), 6) for x in item.vector]}
        for item in directions
        if item.found and item.resembles is None
    ]
    path = painter.notes / _FILE
    path.parent.mkdir(exist_ok=True)
    content = {"generator": painter.identity, "directions": kept}
    replace_file(path, json.dumps(content).encode())
    return path


def kept_directions(painter: Painter) -> list[dict[str, Any]]:
    """What `keep_directions` wrote for this generator; none if it wrote for another."""
    path = painter.notes and painter.notes / _FILE
    if path is None or not path.is_file():
        return []
    content = json.loads(path.read_text())
    return list(content["directions"]) if content["generator"] == painter.identity else []
