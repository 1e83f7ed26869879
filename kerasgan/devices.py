"""How a training process uses the processor."""

import os

import tensorflow as tf


def share_cores() -> None:
    """Lets two operations run at a time, each on half of the processor's cores.

    The passes of the discriminator over real and over generated images do not wait for each
    other, and neither do the gradients of the two networks. TensorFlow's own choice, every
    operation on every core and as many at a time as there are cores, loses time to small pieces.

    Call it before TensorFlow does any work.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    tf.config.threading.set_inter_op_parallelism_threads(2)
    tf.config.threading.set_intra_op_parallelism_threads(max(1, (cores or 1) // 2))
