import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.model.build import build_gan
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.runs.restore import find_checkpoint, restore_run
from kerasgan.training.loop import train

CONFIG = Config(image_size="16x24", base_filters=4, latent_dim=6)


@pytest.fixture(scope="module")
def gan():
    gan = build_gan(CONFIG)
    for weight in gan.weights:
        weight.assign(weight + 1)  # so that nothing is as in a new one
    return gan


@pytest.fixture(scope="module")
def run_dir(gan, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("run")
    CONFIG.save(run_dir / CONFIG_FILE)
    checkpoint = tf.train.Checkpoint(gan=gan)
    manager = tf.train.CheckpointManager(checkpoint, str(run_dir / "checkpoints"), max_to_keep=3)
    for step in (5, 40, 300):  # as text, 5 would be the last of them
        gan.step.assign(step)
        manager.save(checkpoint_number=step)
    return run_dir


def test_every_checkpoint_is_found_by_its_step_and_the_last_by_number(run_dir):
    assert find_checkpoint(run_dir, "last").name == "ckpt-300"
    assert restore_run(run_dir, "40").step == 40
    assert restore_run(run_dir).step == 300
    with pytest.raises(
        UserError, match="--checkpoint=41: must be last, best, or a step of 5, 40, 300"
    ):
        find_checkpoint(run_dir, "41")


def test_a_checkpoint_of_another_model_or_a_damaged_one_is_refused(run_dir, tmp_path):
    (tmp_path / "checkpoints").symlink_to(run_dir / "checkpoints")
    Config(image_size="16x24", base_filters=8, latent_dim=6).save(tmp_path / CONFIG_FILE)
    with pytest.raises(UserError, match="ckpt-300 cannot be read, or is not of the model in"):
        restore_run(tmp_path)
    (tmp_path / "broken" / "checkpoints").mkdir(parents=True)
    CONFIG.save(tmp_path / "broken" / CONFIG_FILE)
    (tmp_path / "broken" / "checkpoints" / "ckpt-7.index").write_bytes(b"nonsense")
    with pytest.raises(UserError, match="ckpt-7 is damaged and cannot be read"):
        restore_run(tmp_path / "broken")


def test_restoring_leaves_nothing_of_a_new_gan(gan, run_dir):
    keras.utils.set_random_seed(99)
    restored = restore_run(run_dir).gan
    for wanted, weight in zip(gan.get_weights(), restored.get_weights(), strict=True):
        if wanted.shape:  # the step moved on
            np.testing.assert_array_equal(weight, wanted)


def test_another_order_of_axes_is_refused_before_anything_is_built(run_dir, tmp_path):
    keras.config.set_image_data_format("channels_first")
    try:
        for work in (lambda: restore_run(run_dir), lambda: train(CONFIG, tmp_path / "new")):
            with pytest.raises(UserError, match=r"^Keras's image_data_format is channels_first, "):
                work()
    finally:
        keras.config.set_image_data_format("channels_last")
    assert not any(tmp_path.iterdir())
