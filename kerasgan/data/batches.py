"""The order of the data: which images are in the batch of each step."""

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from kerasgan.data.image_set import ImageSet, Rows
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

    The batch of a step is a pure function of (seed, step), so that a continued run sees the same
    batches as an uninterrupted one. Every epoch has its own permutation of all images; the few at
    its end that do not fill a batch are left out of that epoch.

    Args:
        images: an array uint8 [N, H, W, C], or an `ImageSet`, whose `conditions` come with it.
        batch_size: images in all shards together; at most N.
        first_step: counted from 0.
        last_step: excluded; the data set has last_step - first_step batches.
        seed: of the order and of the flips.
        random_flip: mirror half of the images left to right, chosen at random; they keep their
            labels.
        shard: (i, n) for the i-th of n equal parts of each batch, counted from 0: several workers
            divide the same batches that a single worker would get.

    Returns:
        A data set of float32 [batch_size / n, H, W, C] in [-1, 1]; if the images have conditions,
        of pairs with them, float32 [batch_size / n, width].

    Raises:
        ValueError: the images are not uint8, the batch is larger than their number or cannot be
            divided equally, or the shard does not exist.
    """
    _check_images(images, batch_size)
    index, count = shard
    if not 0 <= index < count or batch_size % count:
        raise ValueError(
            f"shard={shard}: must be (i, n) with 0 <= i < n and n a divisor of {batch_size}"
        )
    size = batch_size // count
    mine = slice(index * size, (index + 1) * size)

    def rows_of(step: np.int64) -> np.ndarray:
        return _rows_of_step(len(images), int(step), batch_size, seed)[mine]

    def flipped(step: np.int64) -> np.ndarray:
        coins = np.random.default_rng([seed, 1, int(step)]).random(batch_size)[mine]
        return (coins < 0.5) & random_flip

    load = functools.partial(_load, images, size, rows_of, flipped)
    steps = tf.data.Dataset.range(first_step, last_step)
    return steps.map(load, num_parallel_calls=2, deterministic=True).prefetch(2)


def _check_images(images: Rows, batch_size: int) -> None:
    if images[:1].dtype != np.uint8:
        raise ValueError(
            f"images must be uint8, grey levels 0 to 255; got {images[:1].dtype}: "
            "kerasgan.to_uint8 makes them from [-1, 1]"
        )
    if not 1 <= batch_size <= len(images):
        raise ValueError(
            f"batch_size={batch_size}: must be 1 to {len(images)}, the number of images"
        )


def _load(
    images: Rows,
    size: int,
    rows_of: Callable[[np.int64], np.ndarray],
    flipped: Callable[[np.int64], np.ndarray],
    step: tf.Tensor,
) -> tf.Tensor | tuple[tf.Tensor, tf.Tensor]:
    """The batch of a step in a graph, with its conditions if the images have any."""

    def pick(step: np.int64) -> np.ndarray:
        batch, mirrored = images[rows_of(step)], flipped(step)
        batch[mirrored] = batch[mirrored, :, ::-1]
        return batch

    batch = tf.numpy_function(pick, [step], tf.uint8, stateful=False)
    batch = to_float(tf.ensure_shape(batch, [size, *images.shape[1:]]))
    labels = images.conditions if isinstance(images, ImageSet) else None
    if labels is None:
        return batch
    asked = tf.numpy_function(
        lambda step: labels.conditions(rows_of(step)), [step], tf.float32, stateful=False
    )
    return batch, tf.ensure_shape(asked, [size, labels.space.width])


def _rows_of_step(count: int, step: int, batch_size: int, seed: int) -> np.ndarray:
    """Which of the images are in the batch of a step."""
    epoch, batch_index = divmod(step, count // batch_size)
    order = _order_of_epoch(count, seed, epoch)
    return order[batch_index * batch_size : (batch_index + 1) * batch_size]


@functools.lru_cache(maxsize=2)
def _order_of_epoch(count: int, seed: int, epoch: int) -> np.ndarray:
    """A permutation of 0..count-1."""
    return np.random.default_rng([seed, 0, epoch]).permutation(count)
