import logging

import keras
import numpy as np
import pytest

from kerasgan.callbacks import WatchHealth
from kerasgan.model.gan import GAN
from kerasgan.training.callbacks.watch_health import SENTENCES

REAL = np.random.default_rng(0).normal(size=[28, 2]).astype(np.float32)


def points_gan(*, generator=None, g_rate=1e-2, steps_per_execution=1):
    gan = GAN(
        generator=generator
        or keras.Sequential(
            [keras.Input([3]), keras.layers.Dense(8, "relu"), keras.layers.Dense(2)]
        ),
        discriminator=keras.Sequential(
            [keras.Input([2]), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)]
        ),
    )
    gan.compile(
        g_optimizer=keras.optimizers.SGD(g_rate),
        d_optimizer=keras.optimizers.SGD(1e-2),
        steps_per_execution=steps_per_execution,
    )
    return gan


class EachStep(keras.callbacks.Callback):
    """The losses of each step, from the trackers' sums."""

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_epoch_begin(self, epoch, logs=None):
        self._total = 0.0

    def on_train_batch_end(self, batch, logs=None):
        total = float(self.model._trackers["d_loss"].total.numpy())
        self.losses.append(total - self._total)
        self._total = total


def test_a_window_is_the_mean_over_its_steps_across_epochs():
    watch, each = WatchHealth(every_steps=5), EachStep()
    gan = points_gan()
    for _ in range(2):  # a second fit begins another window
        gan.fit(REAL, batch_size=4, epochs=2, verbose=0, callbacks=[watch, each])
    losses = np.array(each.losses)  # 7 steps an epoch
    expected = [losses[:5], losses[5:10], losses[14:15], losses[15:20], losses[20:25]]
    windows = watch.state()["windows"]
    np.testing.assert_allclose(
        [window["d_loss"] for window in windows], [part.mean() for part in expected], rtol=1e-4
    )


@pytest.mark.slow
def test_several_steps_in_one_execution_are_looked_at_too():
    watch = WatchHealth(every_steps=5)
    points_gan(steps_per_execution=7).fit(
        REAL, batch_size=4, epochs=3, verbose=0, callbacks=[watch]
    )
    assert len(watch.state()["windows"]) == 3  # after steps 7, 14 and 21


def test_a_fall_of_diversity_is_noticed_without_real_images(caplog):
    latents = keras.Input([3])
    scale = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    generator = keras.Model(latents, keras.layers.Concatenate()([scale(latents), scale(latents)]))
    gan = points_gan(generator=generator, g_rate=0.0)

    class Shrink(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            scale.kernel.assign(np.full([3, 1], 1.0 if epoch < 2 else 0.1))

    watch = WatchHealth(every_steps=2)
    callbacks = [Shrink(), watch]
    with caplog.at_level(logging.WARNING):
        gan.fit(REAL, batch_size=4, epochs=6, verbose=0, callbacks=callbacks)
    (warning,) = watch.warnings
    assert warning.cause == "collapse"
    assert "The diversity of generated images is 10% of what it was at its best" in caplog.text
    assert f"step {warning.step}: {warning.sentence}" in caplog.text
    assert "--" not in warning.sentence and 'normalization="spectral"' in warning.sentence


@pytest.mark.parametrize("cause", SENTENCES)
def test_no_sentence_names_a_flag(cause):
    from kerasgan.callbacks.watch_training import _in_python

    sentence = _in_python(SENTENCES[cause])
    assert "--" not in sentence
    if cause == "discriminator_won":
        assert "Lower the learning rate of d_optimizer or raise the learning rate of g" in sentence


def test_steps_that_are_not_finite_are_said_and_many_end_training(caplog):
    gan = points_gan()
    gan.fit(
        np.full_like(REAL, np.nan),
        batch_size=4,
        epochs=9,
        verbose=0,
        callbacks=[WatchHealth(max_nonfinite_steps=3)],
    )
    assert int(gan.step.numpy()) == 3
    first, last = caplog.messages
    assert "a loss or a gradient is not finite; steps not applied so far: 1" in first
    assert last.startswith("Training has ended")


def test_real_images_are_what_diversity_is_compared_with():
    with pytest.raises(ValueError, match="images must be uint8"):
        WatchHealth(np.zeros([4, 8, 8, 1], np.float32))
    images = np.zeros([100, 8, 8, 1], np.uint8)
    images[1::2] = 255
    assert WatchHealth(images)._real_diversity == pytest.approx(1.0, rel=0.02)
