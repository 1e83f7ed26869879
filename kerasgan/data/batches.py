"""The order of the data: which images make the batch of a step."""

import functools

import numpy as np
import tensorflow as tf

from kerasgan.images import to_float


def batches(
    images: np.ndarray,
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
    uninterrupted one would have. In every epoch each image comes at most once; the few that do
    not fill a batch sit that epoch out.

    Args:
        images: uint8 [N, H, W, C].
        batch_size: at most N.
        first_step: counted from 0.
        last_step: the length of the data set is last_step - first_step.
        seed: of the order and of the flips.
        random_flip: mirror half of the images left to right.
        shard: (index, count): only the index-th of `count` equal parts of every batch, for one of
            several workers. Together the parts are the batch.

    Returns:
        A data set of float32 [batch_size / count, H, W, C] in [-1, 1].
    """
    index, count = shard
    share = batch_size // count

    def pick(step: np.int64) -> np.ndarray:
        batch = _batch_of_step(images, int(step), batch_size, seed, random_flip)
        return batch[index * share : (index + 1) * share]

    def load(step: tf.Tensor) -> tf.Tensor:
        batch = tf.numpy_function(pick, [step], tf.uint8, stateful=False)
        return to_float(tf.ensure_shape(batch, [share, *images.shape[1:]]))

    steps = tf.data.Dataset.range(first_step, last_step)
    return steps.map(load, num_parallel_calls=2, deterministic=True).prefetch(2)


def _batch_of_step(
    images: np.ndarray, step: int, batch_size: int, seed: int, random_flip: bool
) -> np.ndarray:
    epoch, batch_index = divmod(step, len(images) // batch_size)
    order = _order_of_epoch(len(images), seed, epoch)
    batch = images[order[batch_index * batch_size : (batch_index + 1) * batch_size]]
    if random_flip:
        flipped = np.random.default_rng([seed, 1, step]).random(batch_size) < 0.5
        batch[flipped] = batch[flipped, :, ::-1]
    return batch


@functools.lru_cache(maxsize=2)
def _order_of_epoch(count: int, seed: int, epoch: int) -> np.ndarray:
    """A permutation of 0..count-1."""
    return np.random.default_rng([seed, 0, epoch]).permutation(count)
