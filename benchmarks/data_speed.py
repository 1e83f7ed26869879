"""How fast pictures become batches, compared with a loader like PyTorch's in two processes.

python benchmarks/data_pictures.py --folder=/tmp/pictures
python benchmarks/data_speed.py --folder=/tmp/pictures

All methods are timed in turn, `--rounds` times, in one process: compare within a round. The loader
uses Pillow.
"""

import dataclasses
import io
import multiprocessing
import pathlib
import tempfile
import time
from collections.abc import Callable

import numpy as np
from absl import app, flags
from PIL import Image

from kerasgan.cli.app import start_tensorflow

FOLDER = flags.DEFINE_string("folder", "/tmp/pictures", "178x218 JPEG files")
COUNT = flags.DEFINE_integer("count", 8192, "pictures to decode each time")
BATCHES = flags.DEFINE_integer("batches", 1500, "batches of 64 to read from the cache each time")
ROUNDS = flags.DEFINE_integer("rounds", 3, "how often each method is timed")
PROCESSES = flags.DEFINE_bool("processes", True, "also time the loader with two processes")

_BATCH = 64


def load_as_torch_does(paths: list[str]) -> np.ndarray:
    """One worker's batch: torchvision's CenterCrop(178), Resize(64), ToTensor, Normalize."""
    batch = np.empty([len(paths), 3, 64, 64], np.float32)
    for row, path in zip(batch, paths, strict=True):
        with Image.open(io.BytesIO(pathlib.Path(path).read_bytes())) as image:
            image = image.convert("RGB").crop((0, 20, 178, 198))
            pixels = np.asarray(image.resize((64, 64), Image.Resampling.BILINEAR))
        row[:] = (pixels.transpose(2, 0, 1).astype(np.float32) / 255.0 - 0.5) / 0.5
    return batch


def run(argv: list[str]) -> None:
    """Times all methods and prints a line for each."""
    del argv
    # Forked before TensorFlow starts its threads, like the workers of a loader.
    pool = multiprocessing.get_context("fork").Pool(2) if PROCESSES.value else None
    start_tensorflow()
    from kerasgan.config import DataSettings
    from kerasgan.data.batches import batches
    from kerasgan.data.load import load_images
    from kerasgan.data.open import open_pile
    from kerasgan.data.pictures.prepare import prepare
    from kerasgan.data.pictures.preprocess import Preprocessing

    folder = pathlib.Path(FOLDER.value)
    settings = DataSettings(dataset=str(folder), num_images=COUNT.value)
    pile = open_pile(settings)
    paths = [str(folder / name) for name in pile.names]
    how = Preprocessing.of(settings)

    def first_pass() -> int:
        return sum(len(part.images) for part in prepare(pile, how))

    def one_thread() -> int:
        return sum(len(load_as_torch_does(paths[i : i + _BATCH])) for i in range(0, 2048, _BATCH))

    def two_processes() -> int:
        assert pool is not None
        parts = [paths[i : i + _BATCH] for i in range(0, len(paths), _BATCH)]
        return sum(len(batch) for batch in pool.imap(load_as_torch_does, parts))

    with tempfile.TemporaryDirectory() as cache:
        images = load_images(dataclasses.replace(settings, cache="disk", cache_dir=cache))

        def from_cache() -> int:
            data = batches(images, batch_size=_BATCH, first_step=0, last_step=BATCHES.value, seed=0)
            return sum(len(batch) for batch in data)

        ways: list[Callable[[], int]] = [one_thread, first_pass, from_cache]
        if pool is not None:
            ways.insert(1, two_processes)
        for _ in range(ROUNDS.value):
            for way in ways:
                start = time.perf_counter()
                done = way()
                print(f"{way.__name__:14} {done / (time.perf_counter() - start):9,.0f} images/s")
            print(flush=True)


if __name__ == "__main__":
    app.run(run)
