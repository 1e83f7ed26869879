import json
import resource

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.gan import GAN
from kerasgan.runs.checkpoints import CheckpointWriter, checkpoint_steps
from kerasgan.runs.records import MetricsFile
from kerasgan.training.callbacks.save_checkpoints import SaveCheckpoints


class KilledError(Exception):
    pass


class FailAfter(keras.callbacks.Callback):
    """Comes after the other callbacks, as a kill between two steps would."""

    def __init__(self, step):
        super().__init__()
        self._step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step.numpy()) == self._step:
            raise KilledError


def test_no_checkpoint_comes_before_the_rows_that_waited_for_room(tmp_path):
    networks = [keras.Sequential([keras.Input([1]), keras.layers.Dense(1)]) for _ in range(2)]
    gan = GAN(generator=networks[0], discriminator=networks[1])
    gan.compile(g_optimizer=keras.optimizers.SGD(0.1), d_optimizer=keras.optimizers.SGD(0.1))
    file = MetricsFile(tmp_path / "metrics.jsonl", step=0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5, hard))  # as a full disk
    file.append({"step": 1})
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "metrics.jsonl").read_text() == ""
    save = SaveCheckpoints(
        CheckpointWriter(tf.train.Checkpoint(gan=gan)),
        tmp_path / "checkpoints",
        flush=file.flush,
        every_steps=2,
        steps_per_epoch=100,
        keep=3,
        nonfinite_limit=10,
    )
    gan.step.assign(1)
    data = tf.data.Dataset.from_tensor_slices(np.zeros([4, 1], np.float32)).batch(1)
    with pytest.raises(KilledError):
        gan.fit(data, callbacks=[save, FailAfter(2)], shuffle=False, verbose=0)
    assert checkpoint_steps(tmp_path / "checkpoints") == [2]
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {"step": 1}
