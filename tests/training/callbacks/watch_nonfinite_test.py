import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.gan import GAN
from kerasgan.training.callbacks.watch_nonfinite import WatchNonfinite


def fit(bad_steps, *, steps_per_execution, limit=100, total=12):
    """Trains a line against a line; the batches of `bad_steps`, counted from 1, hold no numbers."""
    networks = [keras.Sequential([keras.Input([1]), keras.layers.Dense(1)]) for _ in range(2)]
    gan = GAN(generator=networks[0], discriminator=networks[1])
    gan.compile(
        g_optimizer=keras.optimizers.SGD(0.01),
        d_optimizer=keras.optimizers.SGD(0.01),
        steps_per_execution=steps_per_execution,
    )
    samples = np.zeros([total, 1], np.float32)
    samples[[step - 1 for step in bad_steps]] = np.nan
    watch = WatchNonfinite(limit)
    data = tf.data.Dataset.from_tensor_slices(samples).batch(1, drop_remainder=True)
    gan.fit(data, steps_per_epoch=total, callbacks=[watch], shuffle=False, verbose=0)
    return watch, int(gan.step.numpy())


@pytest.mark.parametrize(
    ("steps_per_execution", "warnings"),
    [(1, [(2, 1), (9, 4)]), (4, [(4, 3), (12, 4)]), (12, [(12, 4)])],
)
def test_every_streak_brings_one_warning_as_soon_as_python_runs_again(
    steps_per_execution, warnings, caplog
):
    watch, step = fit([2, 3, 4, 9], steps_per_execution=steps_per_execution)
    assert caplog.messages == [
        f"step {step}: a loss or a gradient is not finite; steps not applied so far: {count}."
        for step, count in warnings
    ]
    assert not watch.exceeded and step == 12


@pytest.mark.parametrize(("steps_per_execution", "stopped_at"), [(1, 6), (4, 8)])
def test_too_many_in_a_row_end_training(steps_per_execution, stopped_at):
    watch, step = fit(range(4, 13), steps_per_execution=steps_per_execution, limit=3)
    assert watch.exceeded and step == stopped_at
