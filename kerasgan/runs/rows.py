"""Reads metrics.jsonl, which holds one JSON object a line."""

import json
import logging
import pathlib
from typing import Any

_LOG = logging.getLogger(__name__)

Row = dict[str, Any]


def read_rows(path: pathlib.Path) -> list[Row]:
    """The rows of a metrics.jsonl in their order; none where there is no such file.

    A kill or a power cut may leave lines that hold no row: half a line, blanks, NULs. They are left
    out, and one warning says how many.

    Raises:
        OSError: the file cannot be read.
    """
    if not path.exists():
        return []
    rows, dropped = [], 0
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        row = _parse(line)
        if row is not None:
            rows.append(row)
        elif line or number < len(lines):  # after the last line break there is nothing
            dropped += 1
    if dropped:
        _LOG.warning("%s: %d of its lines hold no row and are left out", path, dropped)
    return rows


def _parse(line: bytes) -> Row | None:
    """The row that a line holds, which has at least a step."""
    try:
        row = json.loads(line.strip(b"\0 \t\r"))  # a power cut may put NULs before a whole row
    except ValueError:  # half a row, or bytes that are not UTF-8
        return None
    return row if isinstance(row, dict) and isinstance(row.get("step"), int) else None
