"""The cost of safety: checkpoints, and checking each step for values that are not finite.

    python benchmarks/faults.py

Uses the networks and the batch size of the default run. In turn, ten times each: 20 normal steps,
20 steps of a model that neither checks nor can undo a step, and one checkpoint as a run writes it.
"""

import pathlib
import statistics
import tempfile
import time

import numpy as np
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.model.build import build_gan
from kerasgan.runs.checkpoints import CheckpointWriter, RunRecord
from kerasgan.training.devices import use_devices

_ROUNDS, _STEPS = 10, 20


def main() -> None:
    """Prints milliseconds and percentages."""
    config = Config()
    use_devices(config)
    shape = [config.batch_size, *config.image_shape]
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32))
    checked, unchecked = build_gan(config), build_gan(config)
    unchecked._undo_unless = lambda finite, before: None
    steps = {"checked": tf.function(checked.train_step), "not": tf.function(unchecked.train_step)}
    for step in steps.values():
        step(images)
    took: dict[str, list[float]] = {"checked": [], "not": [], "checkpoint": []}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        record = RunRecord(config, health=dict)
        writer = CheckpointWriter(tf.train.Checkpoint(gan=checked), record)
        writer.write(pathlib.Path(folder), 0, keep=3)  # like the one at the start of a run
        for number in range(_ROUNDS):
            for name, step in steps.items():
                begin = time.perf_counter()
                for _ in range(_STEPS):
                    results = step(images)
                results["g_loss"].numpy()
                took[name].append((time.perf_counter() - begin) / _STEPS)
            begin = time.perf_counter()
            writer.write(pathlib.Path(folder), number, keep=3)
            took["checkpoint"].append(time.perf_counter() - begin)
        files = pathlib.Path(folder).glob(f"ckpt-{_ROUNDS - 1}.*")
        size = sum(path.stat().st_size for path in files)
    median = {name: statistics.median(times) for name, times in took.items()}
    ratios = [a / b for a, b in zip(took["checked"], took["not"], strict=True)]
    every_100 = median["checkpoint"] / (100 * median["checked"])
    print(f"a step: {1e3 * median['checked']:.1f} ms, unchecked {1e3 * median['not']:.1f} ms")
    print(f"the check: {100 * (statistics.median(ratios) - 1):+.1f} % (median of ratios)")
    print(f"a checkpoint of {size / 1e6:.1f} MB: {1e3 * median['checkpoint']:.0f} ms")
    print(f"one every 100 steps: {100 * every_100:.2f} % of the run")


if __name__ == "__main__":
    main()
