"""The exported model's speed against the bare generator's: `python benchmarks/sampling.py`.

Both take turns on the same latents in one process: the generator as a compiled function, and the
SavedModel through its signature `serving_default`.
"""

import argparse
import os
import pathlib
import statistics
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.model.networks.dcgan import build_generator
from kerasgan.serving.saved_model import export_saved_model
from kerasgan.training.devices import use_devices

_CASES = [(16, 1), (16, 64), (64, 1), (64, 64)]  # base_filters, batch size
_SECONDS = 0.5  # of generating images in a turn


def measure(base_filters: int, batch_size: int, rounds: int) -> None:
    """Prints one row."""
    generator = build_generator((64, 64, 3), base_filters=base_filters)
    latents = tf.random.stateless_normal([batch_size, 100], seed=[0, 0])
    compiled = tf.function(lambda batch: generator(batch, training=False))
    with tempfile.TemporaryDirectory() as folder:
        version = export_saved_model(generator, pathlib.Path(folder))
        loaded = tf.saved_model.load(str(version))
        signature = loaded.signatures["serving_default"]

        def paint_bare():
            return compiled(latents).numpy()

        def paint_exported():
            return signature(latents=latents)["images"].numpy()

        np.testing.assert_allclose(paint_bare(), paint_exported(), atol=1e-5)
        ways = (paint_bare, paint_exported)
        count = max(1, int(_SECONDS / _seconds(paint_bare, 3)))
        rates: list[list[float]] = [[], []]
        for number in range(rounds):
            for index in (0, 1) if number % 2 else (1, 0):
                rates[index].append(batch_size / _seconds(ways[index], count))
    ratio = statistics.median(ours / bare for bare, ours in zip(*rates, strict=True))
    bare, exported = map(statistics.median, rates)
    print(f"| {base_filters} | {batch_size} | {bare:.0f} | {exported:.0f} | {ratio:.3f} |")


def _seconds(paint, count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        paint()
    return (time.perf_counter() - began) / count


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    use_devices(Config())
    print("| base_filters | batch | generator, images/s | SavedModel, images/s | ratio |")
    print("|---|---|---|---|---|")
    for base_filters, batch_size in _CASES:
        measure(base_filters, batch_size, rounds)


if __name__ == "__main__":
    main()
