"""The order of the data: which images make the batch of a step."""

import functools

import numpy as np
import tensorflow as tf

from kerasgan.data.image_set import Rows
from kerasgan.pixels import to_float


def batches(
    images: Rows,
    *,
    batch_size: int,
    first_step: int,
    last_step: int,
    seed: int,
    random_flip: bool = False,
    shard: tuple[int, int] = (0, 1),
) -> tf.data.Dataset:
    """The batches of steps first_step (included) to last_step (excluded).

    The batch of a step is a pure function of (seed, step), so that a continued run sees what the
    uninterrupted one would have. Every epoch has a permutation of all images, in which each comes
    once; the few at its end that do not fill a batch sit that epoch out.

    Args:
        images: an array uint8 [N, H, W, C], or an `ImageSet`.
        batch_size: of all shards together; at most N.
        first_step: counted from 0.
        last_step: the length of the data set is last_step - first_step.
        seed: of the order and of the flips.
        random_flip: mirror half of the images left to right.
        shard: (i, n) for the i-th of n equal parts of each batch, counted from 0: the workers of
            a run share out the very batches that one worker would have had.

    Returns:
        A data set of float32 [batch_size / n, H, W, C] in [-1, 1].

    Raises:
        ValueError: a batch larger than the images, one that cannot be shared out equally, or no
            such shard.
    """
    if not 1 <= batch_size <= len(images):
        raise ValueError(
            f"batch_size={batch_size}: must be 1 to {len(images)}, as many as there are"
        )
    index, count = shard
    if not 0 <= index < count or batch_size % count:
        raise ValueError(
            f"shard={shard}: must be (i, n) with 0 <= i < n and n a divisor of {batch_size}"
        )
    size = batch_size // count
    mine = slice(index * size, (index + 1) * size)

    def pick(step: np.int64) -> np.ndarray:
        return _batch_of_step(images, int(step), batch_size, seed, random_flip, mine)

    def load(step: tf.Tensor) -> tf.Tensor:
        batch = tf.numpy_function(pick, [step], tf.uint8, stateful=False)
        return to_float(tf.ensure_shape(batch, [size, *images.shape[1:]]))

    steps = tf.data.Dataset.range(first_step, last_step)
    return steps.map(load, num_parallel_calls=2, deterministic=True).prefetch(2)


def _batch_of_step(
    images: Rows, step: int, batch_size: int, seed: int, random_flip: bool, mine: slice
) -> np.ndarray:
    epoch, batch_index = divmod(step, len(images) // batch_size)
    order = _order_of_epoch(len(images), seed, epoch)
    batch = images[order[batch_index * batch_size : (batch_index + 1) * batch_size][mine]]
    if random_flip:
        flipped = (np.random.default_rng([seed, 1, step]).random(batch_size) < 0.5)[mine]
        batch[flipped] = batch[flipped, :, ::-1]
    return batch


@functools.lru_cache(maxsize=2)
def _order_of_epoch(count: int, seed: int, epoch: int) -> np.ndarray:
    """A permutation of 0..count-1."""
    return np.random.default_rng([seed, 0, epoch]).permutation(count)
