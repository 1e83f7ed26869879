"""Random numbers as pure functions of (seed, number), without any state.

Each use of random numbers has a stream of its own, so that no two uses share numbers. The algorithm
is named (Philox) so that it does not depend on the kind of device. XLA hands out Philox's numbers
in another order: a run that is compiled with XLA draws other numbers than one that is not.

Reference: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

import enum

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


def normal(shape, seed, dtype: tf.DType | str = "float32") -> tf.Tensor:
    """Standard normal numbers of this shape; `seed` is int64 [2]."""
    return tf.random.stateless_normal(shape, seed=seed, dtype=dtype, alg="philox")


def uniform(shape, seed, dtype: tf.DType | str = "float32") -> tf.Tensor:
    """Numbers in [0, 1) of this shape; `seed` is int64 [2]."""
    return tf.random.stateless_uniform(shape, seed=seed, dtype=dtype, alg="philox")


def replica_slice(draw, per_replica: tf.Tensor) -> tf.Tensor:
    """This replica's rows of numbers that belong to the global batch.

    Args:
        draw: a function from the number of rows of the global batch to a tensor of as many rows.
        per_replica: rows of each replica, a scalar.
    """
    context = tf.distribute.get_replica_context()
    start = context.replica_id_in_sync_group * per_replica
    return draw(context.num_replicas_in_sync * per_replica)[start : start + per_replica]
