"""What takes part in comparisons at equal seconds, each trained in a process of its own.

`equal_seconds.py` starts this file as a program. A contestant is a class that is made from images
and a seed and has `step(progress)`, which trains for one step, and `paint(count, seed=)`. The clock
runs during steps alone, from the first on, so that it counts the compilation in the first steps,
which a user has to wait for too. Imports, the reading of images, the building of networks and the
painting of samples do not count.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

_LATENT_SEED = 1_000_000  # of all painted samples
_RATE_CHANGES = 1000  # how often the learning rates may change in a run


class Kerasgan:
    """A recipe of this package; the learning rates follow the share of the time that has passed.

    A run knows its length in steps. Here it is known in seconds, and everything else that a
    schedule may move, beta_2 and the penalty's weight, stays.
    """

    def __init__(self, images: np.ndarray, *, seed: int, **settings: Any):
        import tensorflow as tf

        from kerasgan.config import Config
        from kerasgan.data import batches
        from kerasgan.model.build import build_gan
        from kerasgan.training.devices import use_devices

        size = images.shape[1:3]
        self._config = Config(seed=seed, image_size=size, channels=images.shape[3], **settings)
        use_devices(self._config)
        self._gan = build_gan(dataclasses.replace(self._config, learning_rate_decay="none"))
        self._train = tf.function(self._gan.train_step)
        self._rates = {
            self._gan.g_optimizer: self._config.g_learning_rate,
            self._gan.d_optimizer: self._config.d_learning_rate,
        }
        self._changes = 0
        self._data = iter(
            batches(
                images,
                batch_size=self._config.images_per_step,
                first_step=0,
                last_step=2**40,
                seed=seed,
                random_flip=self._config.random_flip,
            )
        )

    def step(self, progress: float) -> None:
        """Trains for one step; returns when its results are known."""
        if int(progress * _RATE_CHANGES) > self._changes:
            self._changes = int(progress * _RATE_CHANGES)
            self._move_rates()
        for value in self._train(next(self._data)).values():
            value.numpy()

    def paint(self, count: int, *, seed: int) -> np.ndarray:
        """Samples of the averaged generator, uint8 [count, H, W, C]."""
        return self._gan.generate(count, seed=seed)

    def _move_rates(self) -> None:
        from kerasgan.model.build import rate_share

        share = 1.0
        if self._config.learning_rate_decay != "none":
            share = rate_share(self._config, self._changes, _RATE_CHANGES)
        for optimizer, rate in self._rates.items():
            optimizer.learning_rate = share * rate


class PyTorchDCGAN:
    """PyTorch's DCGAN, fed from memory."""

    def __init__(self, images: np.ndarray, *, seed: int, base_filters: int, batch_size: int):
        import torch
        from peers_pytorch import DCGAN

        self._as_tensor = torch.from_numpy
        self._gan = DCGAN(batch_size=batch_size, base_filters=base_filters, seed=seed)
        self._images, self._batch_size = images, batch_size
        self._random = np.random.default_rng(seed)
        self._order = np.empty(0, np.int64)

    def step(self, progress: float) -> None:
        """Trains for one step."""
        del progress  # the rates are constant
        if len(self._order) < self._batch_size:
            self._order = self._random.permutation(len(self._images))
        rows, self._order = np.split(self._order, [self._batch_size])
        batch = self._as_tensor(self._images[rows]).permute(0, 3, 1, 2)
        self._gan.step(batch.contiguous().float() / 127.5 - 1.0)

    def paint(self, count: int, *, seed: int) -> np.ndarray:
        """Samples, uint8 [count, 64, 64, 3]."""
        return self._gan.paint(count, seed=seed)


def keras_io(name: str) -> Callable:
    """One of keras.io's examples, by the name of its class."""

    def build(images: np.ndarray, *, seed: int) -> Any:
        import peers_keras_io

        return getattr(peers_keras_io, name)(images, seed=seed)

    return build


CLASSES: dict[str, Callable] = {
    "kerasgan": Kerasgan,
    "pytorch": PyTorchDCGAN,
    "keras_io_dcgan": keras_io("DCGAN"),
    "keras_io_ada": keras_io("AdaptiveGAN"),
}


def train(
    contestant: Any, *, marks: list[float], num_samples: int
) -> tuple[list[np.ndarray], list[dict[str, float]]]:
    """Trains until the last of the marks, in seconds, and paints at each of them.

    Returns:
        The samples, and the number of steps and the exact seconds, for each mark.
    """
    clock, steps, painted, reached = 0.0, 0, [], []
    for mark in marks:
        while clock < mark:
            began = time.perf_counter()
            contestant.step(clock / marks[-1])
            clock += time.perf_counter() - began
            steps += 1
        painted.append(contestant.paint(num_samples, seed=_LATENT_SEED))
        reached.append({"seconds": round(clock, 2), "steps": steps})
    return painted, reached


def main() -> None:
    """Trains one contestant and writes its samples and where its clock stood."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", choices=CLASSES, required=True)
    parser.add_argument("--settings", type=json.loads, default={})
    parser.add_argument("--images", type=pathlib.Path, required=True, help="a .npy file")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--marks", type=json.loads, required=True, help="seconds, a list")
    parser.add_argument("--num_samples", type=int, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="a .npz file")
    options = parser.parse_args()
    images = np.load(options.images)
    contestant = CLASSES[options.name](images, seed=options.seed, **options.settings)
    painted, reached = train(contestant, marks=options.marks, num_samples=options.num_samples)
    np.savez(options.output, painted=np.stack(painted), reached=json.dumps(reached))


if __name__ == "__main__":
    main()
