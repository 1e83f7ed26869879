"""How a training process uses the machine's CPU and GPUs."""

import math

import tensorflow as tf

from kerasgan.config import Config
from kerasgan.cores import usable_cores

# From this amount of work on, an operation is large enough to be split over all cores: 32 filters
# and batches of 64 at 64 x 64 pixels. benchmarks/speed.md has measurements on both sides of it.
_LARGE_STEP = 64 * 64 * 64 * 32**2

_MAX_STEPS_PER_EXECUTION = 10  # a signal waits until an execution ends


def use_devices(config: Config) -> None:
    """Sets threads and memory for a run, before TensorFlow does any work.

    Two operations run at a time: the discriminator's passes over real and generated images do not
    wait for each other, and neither do the gradients of the two networks. In a small step each of
    them gets half of the cores, as splitting small operations costs more than it gains; in a large
    one each may use all cores, so that no core is idle when only one operation is ready.

    On GPUs memory is allocated as needed, not all of it at the start.
    """
    share = 1 if _work(config) >= _LARGE_STEP else 2
    tf.config.threading.set_inter_op_parallelism_threads(2)
    tf.config.threading.set_intra_op_parallelism_threads(max(1, usable_cores() // share))
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def choose_steps_per_execution(
    config: Config, *, steps_per_epoch: int, first_step: int, on_gpu: bool
) -> int:
    """How many steps run before Python and the callbacks have their turn.

    The number divides the intervals of all callbacks and the step where the run stands: callbacks
    see each step that concerns them, and the run is the same as with one step at a time. On a CPU
    this gains nothing, and a signal would wait longer; steps that are traced must come one by one.

    Args:
        config: the run's settings; each called *_every_steps is a callback's interval.
        steps_per_epoch: steps in an epoch.
        first_step: how many steps are done.
        on_gpu: whether steps run on a GPU, which is idle while Python handles the last one.
    """
    if not on_gpu or config.profile is not None:
        return 1
    settings = vars(config).items()
    intervals = [value for name, value in settings if name.endswith("_every_steps")]
    common = math.gcd(first_step, steps_per_epoch, *intervals)
    return max(number for number in range(1, _MAX_STEPS_PER_EXECUTION + 1) if common % number == 0)


def _work(config: Config) -> int:
    """The work on a part of a batch, up to a factor: multiplications are proportional to it."""
    height, width = config.image_size
    return config.batch_size // config.accumulate_steps * height * width * config.base_filters**2
