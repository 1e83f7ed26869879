"""Random numbers as pure functions of (seed, number), without any state.

Each use of random numbers has a stream of its own, so that no two uses share numbers. The algorithm
is named (Philox) so that it does not depend on the kind of device. XLA draws the same bits as
TensorFlow but makes other numbers of them: where it compiles the draw, say so.

Reference: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

import enum
import math

import tensorflow as tf

_SEED_STRIDE = 2**48  # far above a run's seed (below 2**32) and its rollbacks (2**40 each)


class Stream(enum.IntEnum):
    """Fixed latents: they stand where a training step's number would, and steps start at 0."""

    SAMPLE_GRIDS = -1
    SEEDS = -2
    EVALUATION = -3
    HEALTH = -4
    TOY = -5
    HELD_OUT = -6


class StepStream(enum.IntEnum):
    """What one update of D, and the G update with it, draws in a training step."""

    LATENTS = 0
    REAL_AUGMENTATION = 1
    FAKE_AUGMENTATION = 2
    G_AUGMENTATION = 3
    INTERPOLATION = 4
    PENALTY_AUGMENTATION = 5


def step_seed(seed: tf.Tensor | int, step: tf.Tensor, stream: int) -> tf.Tensor:
    """The pair of numbers, int64 [2], that a training step's stream is drawn from."""
    seed = tf.cast(seed, tf.int64) + stream * _SEED_STRIDE
    return tf.stack([seed, tf.cast(step, tf.int64)])


def normal(shape, seed, dtype: tf.DType | str = "float32", *, compiled: bool = False) -> tf.Tensor:
    """Standard normal numbers.

    Args:
        shape: of the numbers.
        seed: int64 [2].
        dtype: of the numbers.
        compiled: whether XLA compiles this; the numbers are the same up to rounding.
    """
    if not compiled:
        return tf.random.stateless_normal(shape, seed=seed, dtype=dtype, alg="philox")
    dtype = tf.as_dtype(dtype)
    drawn = dtype if dtype == tf.float64 else tf.float32  # half precision is rounded afterwards
    count = tf.reduce_prod(shape)
    pairs = tf.reshape(_uniform_of_bits([2 * ((count + 1) // 2)], seed, drawn), [-1, 2])
    # TensorFlow's own way from two uniform numbers to two normal ones (Box and Muller 1958).
    radius = tf.sqrt(-2.0 * tf.math.log(tf.maximum(pairs[:, 0], 1e-7)))
    angle = 2.0 * math.pi * pairs[:, 1]
    numbers = tf.stack([radius * tf.sin(angle), radius * tf.cos(angle)], axis=1)
    return tf.cast(tf.reshape(tf.reshape(numbers, [-1])[:count], shape), dtype)


def uniform(shape, seed, dtype: tf.DType | str = "float32", *, compiled: bool = False) -> tf.Tensor:
    """Numbers in [0, 1), float32 or float64; the arguments are those of `normal`."""
    if not compiled:
        return tf.random.stateless_uniform(shape, seed=seed, dtype=dtype, alg="philox")
    return _uniform_of_bits(shape, seed, tf.as_dtype(dtype))


def _uniform_of_bits(shape, seed, dtype: tf.DType) -> tf.Tensor:
    """As TensorFlow makes them: random bits become the fraction of a number in [1, 2), minus 1."""
    words = [*shape, 2] if dtype == tf.float64 else shape
    bits = tf.random.stateless_uniform(
        words, seed=seed, minval=None, maxval=None, dtype=tf.uint32, alg="philox"
    )
    fraction_bits = 23
    if dtype == tf.float64:
        high, low = tf.unstack(tf.cast(bits, tf.uint64), axis=-1)
        bits, fraction_bits = tf.bitwise.left_shift(high, tf.constant(32, tf.uint64)) | low, 52
    one = tf.bitcast(tf.ones([], dtype), bits.dtype)
    fraction = bits & tf.constant(2**fraction_bits - 1, bits.dtype)
    return tf.bitcast(fraction | one, dtype) - 1.0


def replica_slice(draw, rows: tf.Tensor, *, part: tf.Tensor | int = 0, parts: int = 1) -> tf.Tensor:
    """The rows of this replica, or of a part of its share, of numbers of the global batch.

    Args:
        draw: a function from the number of rows of the global batch to a tensor of as many rows.
        rows: of the part, a scalar.
        part: its number, counted from 0.
        parts: of each replica's share.
    """
    context = tf.distribute.get_replica_context()
    start = (context.replica_id_in_sync_group * parts + part) * rows
    return draw(context.num_replicas_in_sync * parts * rows)[start : start + rows]
