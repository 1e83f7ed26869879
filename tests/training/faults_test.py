import pathlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasgan.config import Config
from kerasgan.errors import LostPictureError, RunError
from kerasgan.runs.checkpoints import checkpoint_steps
from kerasgan.training.callbacks.watch_nonfinite import WatchNonfinite
from kerasgan.training.faults import explain_faults
from kerasgan.training.loop import train

SETTINGS = {"config": Config(), "workers": 1}


def test_a_lost_picture_is_found_inside_a_function_of_numpy():
    def read(step):
        raise LostPictureError(f"{step}.png cannot be read: No such file")

    data = tf.data.Dataset.range(3, 4).map(lambda step: tf.numpy_function(read, [step], tf.uint8))
    with (
        pytest.raises(RunError, match=r"^3.png cannot be read: No such file; then give the"),
        explain_faults(**SETTINGS),
    ):
        next(iter(data))
    with (
        pytest.raises(RunError, match=r"^4.png cannot be read: No such file; then give the"),
        explain_faults(**SETTINGS),
    ):
        read(4)


def test_other_errors_inside_are_left_alone():
    def fail(step):
        raise RuntimeError("a fault of ours")

    data = tf.data.Dataset.range(1).map(lambda step: tf.numpy_function(fail, [step], tf.uint8))
    with (
        pytest.raises(tf.errors.UnknownError, match="a fault of ours"),
        explain_faults(**SETTINGS),
    ):
        next(iter(data))


@pytest.mark.slow
def test_a_run_whose_picture_disappears_can_be_continued(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (32, 16, 16, 3), dtype=np.uint8)
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(tmp_path / "mine" / f"{number:02}.png")
    config = Config(
        dataset="mine",
        cache="none",
        image_size=16,
        batch_size=4,
        base_filters=2,
        latent_dim=6,
        num_samples=4,
        metrics="swd",
        best_metric="swd",
        evaluate_every_epochs=1000,
        evaluate_images=16,
        evaluate_images_at_end=16,
        epochs=10,
        checkpoint_every_steps=1000,
        strategy="single",
        penalty="none",  # quick to compile
        skip_sums=False,
    )
    picture = tmp_path / "mine" / "16.png"
    content = picture.read_bytes()
    after_step = WatchNonfinite.on_train_batch_end

    def lose(callback, batch, logs=None):
        after_step(callback, batch, logs)
        if int(callback.model.step.numpy()) == 5:
            picture.unlink(missing_ok=True)

    monkeypatch.setattr(WatchNonfinite, "on_train_batch_end", lose)
    with pytest.raises(RunError, match=r"^16.png cannot be read: No such file or directory; .*$"):
        train(config, pathlib.Path("run"))
    # Epoch 1 needs the picture in its last batch, whose step is not in any checkpoint.
    assert np.random.default_rng([0, 0, 1]).permutation(32).tolist().index(16) // 4 == 7
    assert checkpoint_steps(tmp_path / "run" / "checkpoints") == [0, 8]
    picture.write_bytes(content)
    monkeypatch.setattr(WatchNonfinite, "on_train_batch_end", after_step)
    assert train(config, pathlib.Path("run")).complete
