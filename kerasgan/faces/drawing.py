"""The data set of synthetic faces, drawn on all processors."""

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgan.cores import usable_cores
from kerasgan.faces.attributes import sample_attributes
from kerasgan.faces.rendering import CHUNK_PIXELS, check_size, render_faces

_MIN_PIXELS_PER_PROCESS = 1 << 23  # with fewer, a process takes longer to start than it saves

# glibc returns freed memory to the system and requests it again for each operation, which takes a
# third of the time; other systems ignore these variables.
_MALLOC_SETTINGS = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(1 << 25)}

# Not multiprocessing, which imports the caller's main module again in each process.
_PROGRAM = """
import sys
from kerasgan.faces.drawing import write_faces
write_faces(*map(int, sys.argv[1:]))
"""


def synthetic_faces(
    count: int, *, image_size: tuple[int, int], seed: int
) -> tuple[npt.NDArray[np.uint8], dict[str, npt.NDArray[Any]]]:
    """Draws faces number 0 to count - 1 of a seed.

    Args:
      count: number of faces, >= 1.
      image_size: (height, width) in pixels, each >= 8.
      seed: any integer.

    Returns:
      images: uint8 [count, height, width, 3], sRGB in [0, 255].
      attributes: what `sample_attributes` returns for these faces, to use as labels.

    Raises:
      ValueError: count or image_size is too small.
    """
    if count < 1:
        raise ValueError(f"count must be >= 1, received {count}.")
    height, width = check_size(image_size)
    images = np.empty((count, height, width, 3), np.uint8)
    processes = min(usable_cores(), count * height * width // _MIN_PIXELS_PER_PROCESS)
    if processes > 1:
        _draw_in_processes(images, processes, seed)
    else:
        _draw(images, 0, seed)
    return images, sample_attributes(np.arange(count), seed=seed)


def write_faces(first: int, last: int, height: int, width: int, seed: int) -> None:
    """Writes the pixels of faces number `first` to `last` - 1 to standard output, in order."""
    chunk = max(1, CHUNK_PIXELS // (height * width))
    for start in range(first, last, chunk):
        images = np.empty((min(chunk, last - start), height, width, 3), np.uint8)
        _draw(images, start, seed)
        sys.stdout.buffer.write(images.data)


def _draw(images: npt.NDArray[np.uint8], first: int, seed: int) -> None:
    attributes = sample_attributes(np.arange(first, first + len(images)), seed=seed)
    images[:] = render_faces(attributes, image_size=images.shape[1:3])


def _draw_in_processes(images: npt.NDArray[np.uint8], processes: int, seed: int) -> None:
    """Draws in several processes, since threads would wait for the GIL.

    Images that a process does not deliver, because it cannot start or is killed, are drawn here.
    """
    height, width = images.shape[1:3]
    shares = np.array_split(images, processes)
    firsts = np.cumsum([0, *map(len, shares)])[:-1].tolist()
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**_MALLOC_SETTINGS, **os.environ, "PYTHONPATH": path}
    children: list[subprocess.Popen[bytes]] = []

    def receive(share: npt.NDArray[np.uint8], first: int) -> int:
        numbers = map(str, (first, first + len(share), height, width, seed))
        try:
            with subprocess.Popen(
                [sys.executable or "python3", "-P", "-c", _PROGRAM, *numbers],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            ) as child:
                children.append(child)
                assert isinstance(child.stdout, io.BufferedReader)
                return child.stdout.readinto(share.data) // share[0].nbytes
        except OSError:
            return 0

    with ThreadPoolExecutor(processes) as pool:
        try:
            received = list(pool.map(receive, shares, firsts))
        finally:  # on Ctrl-C some are still running
            for child in children:
                child.kill()
    for share, first, done in zip(shares, firsts, received, strict=True):
        if done < len(share):
            _draw(share[done:], first + done, seed)
