import json

import keras
import numpy as np
import pytest

from kerasgan.callbacks import Checkpoint
from kerasgan.data.batches import batches
from kerasgan.errors import UserError
from kerasgan.model.gan import GAN
from kerasgan.runs.checkpoints import checkpoint_steps

IMAGES = np.random.default_rng(0).integers(0, 255, [16, 4, 4, 1], np.uint8)
REAL = (IMAGES / 127.5 - 1).astype(np.float32)


class KilledError(Exception):
    pass


class KillAt(keras.callbacks.Callback):
    """Ends the process, as it were, after the callbacks before it have seen this step."""

    def __init__(self, step):
        super().__init__()
        self._step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step.numpy()) == self._step:
            raise KilledError


def new_gan(seed, units=6):
    keras.utils.set_random_seed(seed)  # a new kernel begins with other weights
    layers = keras.layers
    generator = [keras.Input([5]), layers.Dense(units, "relu"), layers.BatchNormalization()]
    discriminator = [keras.Input([4, 4, 1]), layers.Flatten(), layers.Dense(units, "relu")]
    gan = GAN(
        generator=keras.Sequential([*generator, layers.Dense(16), layers.Reshape([4, 4, 1])]),
        discriminator=keras.Sequential([*discriminator, layers.Dense(1)]),
        seed=3,
    )
    gan.compile(g_optimizer="adam", d_optimizer="adam")
    return gan


def fit(gan, *callbacks, epochs=4):
    """Four steps an epoch."""
    options = {"batch_size": 4, "shuffle": False, "verbose": 0}
    return gan.fit(REAL, epochs=epochs, callbacks=list(callbacks), **options).epoch


def state(gan):
    networks = gan.generator, gan.ema_generator, gan.discriminator
    parts = *networks, gan.g_optimizer, gan.d_optimizer
    return [np.asarray(variable) for part in parts for variable in part.variables]


def assert_same(gan, other):
    for actual, expected in zip(state(gan), state(other), strict=True):
        np.testing.assert_array_equal(actual, expected)
    assert int(gan.step.numpy()) == int(other.step.numpy())


@pytest.mark.slow
def test_the_notebook_runs_again_and_continues_bit_for_bit(tmp_path):
    uninterrupted = new_gan(1)
    fit(uninterrupted)
    with pytest.raises(KilledError):
        fit(new_gan(1), Checkpoint(tmp_path), KillAt(11))
    assert checkpoint_steps(tmp_path / "checkpoints") == [4, 8]
    again = new_gan(2)
    assert fit(again, Checkpoint(tmp_path)) == [2, 3]
    assert_same(again, uninterrupted)
    assert checkpoint_steps(tmp_path / "checkpoints") == [12, 16]
    # Once more there is nothing left to do, and asking for more epochs continues.
    third = new_gan(3)
    assert fit(third, Checkpoint(tmp_path)) == []
    assert_same(third, uninterrupted)
    assert fit(third, epochs=1) == [0]  # a fit of its own counts for itself
    assert fit(new_gan(4), Checkpoint(tmp_path), epochs=5) == [4]


@pytest.mark.slow
def test_shuffled_data_continue_at_any_step(tmp_path):
    def train(gan, step, *callbacks):
        data = batches(IMAGES, batch_size=4, first_step=step, last_step=10, seed=0)
        gan.fit(data, shuffle=False, verbose=0, callbacks=list(callbacks))

    uninterrupted, killed, again = new_gan(1), new_gan(1), new_gan(2)
    train(uninterrupted, 0)
    with pytest.raises(KilledError):
        train(killed, 0, Checkpoint(tmp_path, every_steps=3), KillAt(7))
    checkpoint = Checkpoint(tmp_path, every_steps=3)
    with pytest.raises(UserError, match=r"of step 6, is from within an epoch; call checkpoint"):
        fit(new_gan(2), checkpoint)
    assert checkpoint.restore(again) == 6
    train(again, 6, checkpoint)
    assert_same(again, uninterrupted)


def test_a_second_fit_goes_on_in_memory(tmp_path):
    checkpoint, gan = Checkpoint(tmp_path, keep=1), new_gan(1)
    assert fit(gan, checkpoint, epochs=1) == fit(gan, checkpoint, epochs=1) == [0]
    assert checkpoint_steps(tmp_path / "checkpoints") == [8]


def test_an_epoch_that_was_ended_early_is_not_complete(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = int(self.model.step.numpy()) == 6

    fit(new_gan(1), Checkpoint(tmp_path), Stop())
    record = json.loads((tmp_path / "checkpoints" / "ckpt-6.json").read_text())["record"]
    assert (record["epochs"], record["steps_in_epoch"]) == (1, 2)


@pytest.mark.slow
def test_several_steps_in_one_execution_are_saved_after_it(tmp_path):
    gan = new_gan(1)
    gan.steps_per_execution = 2
    with pytest.raises(KilledError):
        fit(gan, Checkpoint(tmp_path, every_steps=3), KillAt(6))
    assert checkpoint_steps(tmp_path / "checkpoints") == [4, 6]


def test_what_cannot_be_continued_is_refused(tmp_path):
    fit(new_gan(1), Checkpoint(tmp_path / "run"), epochs=2)
    elsewhere = new_gan(2)
    fit(elsewhere, epochs=1)
    with pytest.raises(UserError, match="holds a GAN at step 8, and this one is at step 4"):
        fit(elsewhere, Checkpoint(tmp_path / "run"))
    with pytest.raises(UserError, match="cannot be read"):
        fit(new_gan(2, units=4), Checkpoint(tmp_path / "run"))
    (tmp_path / "run" / "config.json").touch()
    with pytest.raises(UserError, match=r"run: holds a run of kerasgan\.main"):
        Checkpoint(tmp_path / "run")
    with pytest.raises(UserError, match="--run_dir=gs://bucket"):
        Checkpoint("gs://bucket")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="file: File exists"):
        Checkpoint(tmp_path / "file")
    with pytest.raises(ValueError, match="keep=0: must be at least 1"):
        Checkpoint(tmp_path, keep=0)


@pytest.mark.slow
def test_a_damaged_checkpoint_costs_an_epoch(tmp_path, caplog):
    fit(new_gan(1), Checkpoint(tmp_path), epochs=2)
    with (tmp_path / "checkpoints" / "ckpt-8.data-00000-of-00001").open("r+b") as file:
        file.truncate(100)
    again = new_gan(2)
    assert fit(again, Checkpoint(tmp_path), epochs=2) == [1]
    assert "Going back to the checkpoint before it" in caplog.text
    uninterrupted = new_gan(1)
    fit(uninterrupted, epochs=2)
    assert_same(again, uninterrupted)
