"""A small network that reads labels off images, to see whether a generator paints what was asked.

It is trained on the real images and their labels, and never sees a generated one.
"""

import math
from collections.abc import Callable

import keras
import numpy as np

from kerasgan.data.image_set import Rows
from kerasgan.label_space import Labels
from kerasgan.model.reader import build_reader
from kerasgan.pixels import to_float

FEWEST_IMAGES = 64
_MOST_IMAGES = 8192  # that it is trained on
_IMAGES_SEEN = 40_000  # over all epochs
_BATCH_SIZE = 64

Read = Callable[[np.ndarray], np.ndarray]


def train_label_reader(images: Rows, labels: Labels, *, seed: int) -> tuple[Read, np.ndarray]:
    """Trains a reader, in seconds.

    Args:
        images: real ones, uint8 [N, H, W, C]; at least `FEWEST_IMAGES`.
        labels: theirs.
        seed: of its weights, and of which images it learns from.

    Returns:
        A function of images uint8 [n, H, W, C] to labels as `Labels.values` are, and the rows
        [m] of the images that it was not trained on, to see how well it reads.
    """
    order = np.random.default_rng([seed, 6000]).permutation(len(images))[:_MOST_IMAGES]
    split = len(order) * 7 // 8
    rows = np.sort(order[:split])  # which files are read quickest in
    keras.utils.set_random_seed(seed % 2**32)
    height, width, channels = images.shape[1:]
    network = build_reader((height, width, channels), labels.space.width, dropout=0.3)
    of_classes = labels.space.kind == "classes"
    network.compile(
        optimizer=keras.optimizers.Adam(2e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True) if of_classes else "mse",
    )
    network.fit(
        to_float(images[rows]),
        labels.values[rows],
        batch_size=_BATCH_SIZE,
        epochs=math.ceil(_IMAGES_SEEN / split),
        verbose=0,
    )

    def read(some: np.ndarray) -> np.ndarray:
        outputs = network.predict(to_float(some), batch_size=_BATCH_SIZE, verbose=0)
        values: np.ndarray = outputs.argmax(axis=-1) if of_classes else outputs
        return values

    return read, np.sort(order[split:])
