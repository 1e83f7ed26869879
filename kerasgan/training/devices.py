"""How a training process uses the machine's processor and GPUs."""

import math

import tensorflow as tf

from kerasgan.config import Config
from kerasgan.cores import usable_cores

# From here on an operation is large enough to be cut up for all cores: 32 filters and batches of
# 64 at 64 x 64 pixels. benchmarks/speed.md has the measurements on both sides of it.
_LARGE = 64 * 64 * 64 * 32**2

_MOST_STEPS = 10  # in an execution; a signal waits for the end of it


def use_devices(config: Config) -> None:
    """Sets threads and memory for a run, before TensorFlow does any work.

    Two operations run at a time: the passes of the discriminator over real and over generated
    images do not wait for each other, and neither do the gradients of the two networks. In a small
    step each of them has half of the cores, as cutting small pieces up costs more than it brings;
    in a large one each may use all cores, so that none is idle where only one operation is ready.

    On GPUs memory is taken as it is needed, not all of it at the start.
    """
    share = 1 if _work(config) >= _LARGE else 2
    tf.config.threading.set_inter_op_parallelism_threads(2)
    tf.config.threading.set_intra_op_parallelism_threads(max(1, usable_cores() // share))
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def choose_steps_per_execution(
    config: Config, *, steps_per_epoch: int, first_step: int, on_gpu: bool
) -> int:
    """How many steps run before Python and the callbacks have their turn.

    It divides every interval between things to do, and where the run stands: callbacks see each
    step that concerns them, and the run is the same as with one step at a time. On a processor
    nothing is gained by it, and a signal would wait longer; nor may steps that are traced come
    together with others.

    Args:
        config: every setting; each named *_every_steps is an interval.
        steps_per_epoch: steps in an epoch.
        first_step: how many steps the run has behind it.
        on_gpu: whether steps run on a GPU, which idles while Python looks at the last one.
    """
    if not on_gpu or config.profile is not None:
        return 1
    settings = vars(config).items()
    intervals = [value for name, value in settings if name.endswith("_every_steps")]
    common = math.gcd(first_step, steps_per_epoch, *intervals)
    return max(number for number in range(1, _MOST_STEPS + 1) if common % number == 0)


def _work(config: Config) -> int:
    """What the multiplications in a step are proportional to."""
    height, width = config.image_size
    return config.batch_size * height * width * config.base_filters**2
