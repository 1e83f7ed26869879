"""Settings that change as a run goes on: held first, then moved to their final value."""

import math

import keras
import tensorflow as tf

from kerasgan.config import choices

DECAYS = choices("learning_rate_decay")


@keras.saving.register_keras_serializable("kerasgan")
class HoldThenDecay(keras.optimizers.schedules.LearningRateSchedule):
    """`start` for the first part of a run, and then on the way to `end`, which the last step nears.

    Args:
        start: the value until the decay begins.
        end: the value that it approaches.
        total_steps: steps of the whole run.
        decay: "linear", or "cosine" (half a period; Loshchilov & Hutter 2017).
        fraction: the share of the run, at its end, in which the value moves: in (0, 1].

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(
        self, start: float, end: float, *, total_steps: int, decay: str, fraction: float = 1.0
    ):
        if decay not in DECAYS[1:]:
            raise ValueError(f"decay={decay!r}: must be one of {DECAYS[1:]}")
        if not 0 < fraction <= 1:
            raise ValueError(f"fraction={fraction}: must be above 0 and at most 1")
        if total_steps < 1:
            raise ValueError(f"total_steps={total_steps}: must be at least 1")
        self.start = start
        self.end = end
        self.total_steps = total_steps
        self.decay = decay
        self.fraction = fraction

    def __call__(self, step) -> tf.Tensor:
        """The value at a step, counted from 0: a float32 scalar."""
        held = (1.0 - self.fraction) * self.total_steps
        # In float64: float32 counts steps exactly up to 16 million only.
        step = tf.cast(tf.convert_to_tensor(step), tf.float64)
        way = tf.clip_by_value((step - held) / (self.total_steps - held), 0.0, 1.0)
        if self.decay == "cosine":
            way = 0.5 - 0.5 * tf.cos(math.pi * way)
        return tf.cast(self.start + (self.end - self.start) * way, tf.float32)

    def get_config(self) -> dict:
        """The arguments."""
        return {
            "start": self.start,
            "end": self.end,
            "total_steps": self.total_steps,
            "decay": self.decay,
            "fraction": self.fraction,
        }


def value_at(value: float | HoldThenDecay, step, dtype="float32") -> tf.Tensor:
    """The value of a setting at a step, a scalar, whether it has a schedule or not."""
    if isinstance(value, HoldThenDecay):
        return tf.cast(value(step), dtype)
    return tf.constant(value, dtype)
