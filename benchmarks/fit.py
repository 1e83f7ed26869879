"""The overhead of `fit` over the bare compiled step: `python benchmarks/fit.py`.

The default recipe on the same data, in turns: the compiled step in a loop that waits for its
losses; and `fit` with every callback of a run (rows, health, progress, TensorBoard), one step at a
time as on a CPU, and ten steps per execution as on a GPU. The times are those between ordinary
steps: sample grids, evaluations and checkpoints, which come every few hundred steps, are not
included.
"""

import argparse
import os
import pathlib
import statistics
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.data import batches, load_images
from kerasgan.model.build import build_gan
from kerasgan.training.callbacks.setup import watch
from kerasgan.training.devices import use_devices
from kerasgan.training.open_run import OpenRun, open_measuring

_IMAGES = 1024
_STEPS = 200  # timed, after the first execution
_STEPS_PER_EXECUTION = 10


class EndlessEpoch(OpenRun):
    """A run whose epochs are so long that no measurement falls due."""

    steps_per_epoch = 10**6


class Clock(keras.callbacks.Callback):
    """Times all steps except the first execution; last in the list, to include the others."""

    def on_train_batch_end(self, batch, logs=None):
        """Starts the clock, or updates the mean time per step."""
        now = time.perf_counter()
        if not hasattr(self, "began"):
            self.began, self.first = now, batch
        self.seconds = (now - self.began) / max(1, batch - self.first)


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    config = Config(epochs=1000, num_images=_IMAGES, sample_every_steps=10**6)
    use_devices(config)
    images = load_images(config)
    bare, one, several = (
        "the compiled step in a loop",
        "fit, one step at a time",
        f"fit, {_STEPS_PER_EXECUTION} steps per execution",
    )
    gans = {name: build_gan(config) for name in (bare, one, several)}
    gans[several].steps_per_execution = _STEPS_PER_EXECUTION
    step_function = tf.function(gans[bare].train_step)
    extractor = open_measuring(config, cache_dir=pathlib.Path(config.cache_dir))

    def data(gan):
        first = int(gan.step.numpy())
        return batches(
            images, batch_size=config.batch_size, first_step=first, last_step=10**6, seed=0
        )

    def loop(gan) -> float:
        for number, batch in zip(range(_STEPS + 1), data(gan), strict=False):
            step_function(batch)["d_loss"].numpy()
            if number == 0:
                began = time.perf_counter()
        return (time.perf_counter() - began) / _STEPS

    def fit(gan) -> float:
        clock = Clock()
        with tempfile.TemporaryDirectory() as folder:
            run = EndlessEpoch(
                config=config,
                run_dir=pathlib.Path(folder),
                images=images,
                gan=gan,
                extractor=extractor,
            )
            callbacks = watch(run, {})
            gan.fit(
                data(gan),
                callbacks=[*callbacks, clock],
                steps_per_epoch=_STEPS + gan.steps_per_execution,
                shuffle=False,
                verbose=0,
            )
        return clock.seconds

    ways = {bare: loop, one: fit, several: fit}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            seconds = way(gans[name])
            if number:  # the first round compiles
                times[name].append(seconds)
    _print_table(times, reference=times[bare])


def _print_table(times: dict[str, list[float]], *, reference: list[float]) -> None:
    """A row for each way: its median time, and the median ratio to the reference in a round."""
    print(f"{len(reference)} rounds of {_STEPS} steps\n\n| | ms/step | ratio |\n|---|---|---|")
    for name, seconds in times.items():
        ratio = statistics.median(a / b for a, b in zip(seconds, reference, strict=True))
        print(f"| {name} | {1e3 * statistics.median(seconds):.2f} | {ratio:.3f} |")


if __name__ == "__main__":
    main()
