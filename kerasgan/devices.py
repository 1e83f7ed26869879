"""How a training process uses the machine's processor and GPUs."""

import os

import tensorflow as tf

from kerasgan.config import Config

# From here on an operation is large enough to be cut up for all cores: 32 filters and batches of
# 64 at 64 x 64 pixels. benchmarks/speed.md has the measurements on both sides of it.
_LARGE = 64 * 64 * 64 * 32**2


def use_devices(config: Config) -> None:
    """Sets threads and memory for a run, before TensorFlow does any work.

    Two operations run at a time: the passes of the discriminator over real and over generated
    images do not wait for each other, and neither do the gradients of the two networks. In a small
    step each of them has half of the cores, as cutting small pieces up costs more than it brings;
    in a large one each may use all cores, so that none is idle where only one operation is ready.

    On GPUs memory is taken as it is needed, not all of it at the start.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    share = 1 if _work(config) >= _LARGE else 2
    tf.config.threading.set_inter_op_parallelism_threads(2)
    tf.config.threading.set_intra_op_parallelism_threads(max(1, (cores or 1) // share))
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def _work(config: Config) -> int:
    """What the multiplications in a step are proportional to."""
    height, width = config.image_size
    return config.batch_size * height * width * config.base_filters**2
