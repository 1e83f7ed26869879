"""Leaves out of a data set what kerasgan itself wrote there: outputs must not become inputs.

`cd faces; python -m kerasgan.main --dataset=.` puts its run into the folder of its data. The next
run would train on the grids of samples of the first one.
"""

import json
import pathlib
import re
from collections.abc import Callable, Sequence

from kerasgan.data.image_set import SkippedFile

RUN_REASON = "is a run of kerasgan: its pictures are samples, not data"

_CONFIG, _SETTINGS = "config.json", "settings.json"  # of a run, and of a folder of samples
_IN_EVERY_CONFIG = {"dataset", "latent_dim", "base_filters"}
_IN_ALL_SETTINGS = {"generator", "truncation"}
_SAMPLE = re.compile(r"seed_\d{8,}\.png")
_MAX_JSON_BYTES = 1 << 20  # kerasgan's have less than a hundredth of this


def leave_out_outputs(
    names: Sequence[str],
    skipped: Sequence[SkippedFile],
    read: Callable[[str], bytes],
) -> tuple[list[int], list[SkippedFile]]:
    """Finds the pictures that no command of kerasgan wrote.

    Left out are whole runs, known by their config.json, and the files that `kerasgan.sample` named
    after seeds next to its settings.json. Where all pictures are such samples, as in a folder that
    is to be evaluated, they are what is wanted, and are kept.

    Args:
        names: paths of the pictures within the data set.
        skipped: the other files.
        read: from the name of one of these to its content, of which a megabyte is enough.
            Raises OSError or ValueError.

    Returns:
        The indices of the pictures to keep, and the files that are skipped now.
    """
    runs = _folders_with(_CONFIG, _IN_EVERY_CONFIG, skipped, read)
    samplings = _folders_with(_SETTINGS, _IN_ALL_SETTINGS, skipped, read)
    if not runs and not samplings:
        return list(range(len(names))), list(skipped)
    kept: list[int] = []
    samples: list[int] = []
    for index, name in enumerate(names):
        path = posix_path(name)
        if any(parent in runs for parent in path.parents):
            continue
        is_sample = path.parent in samplings and _SAMPLE.fullmatch(path.name)
        (samples if is_sample else kept).append(index)
    left_out = [SkippedFile(str(folder), RUN_REASON, bad=False) for folder in sorted(runs)]
    left_out += [
        file for file in skipped if not any(f in runs for f in posix_path(file.name).parents)
    ]
    if not kept:
        return samples, left_out
    reason = f"is a sample of a generator, as {_SETTINGS} next to it says"
    return kept, [*left_out, *(SkippedFile(names[index], reason, bad=False) for index in samples)]


def posix_path(name: str) -> pathlib.PurePosixPath:
    r"""The path in a data set that a name stands for; some Windows programs write \ for /."""
    return pathlib.PurePosixPath(name.replace("\\", "/"))


def _folders_with(
    file_name: str, keys: set[str], files: Sequence[SkippedFile], read: Callable[[str], bytes]
) -> set[pathlib.PurePosixPath]:
    """The folders with a JSON file of this name that has these keys."""
    folders = set()
    for file in files:
        path = posix_path(file.name)
        if path.name != file_name or file.bad:
            continue
        try:
            data = read(file.name)
            content = json.loads(data) if len(data) <= _MAX_JSON_BYTES else None
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(content, dict) and keys <= content.keys():
            folders.add(path.parent)
    return folders
