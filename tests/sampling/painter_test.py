import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.model.build import build_gan
from kerasgan.pixels import to_uint8
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.sampling.painter import painter_of_model, painter_of_run
from kerasgan.serving.metadata import describe_run
from kerasgan.serving.saved_model import export_saved_model

CONFIG = Config(image_size="16x24", base_filters=4, latent_dim=6, skip_sums=False)


@pytest.fixture(scope="module")
def gan():
    gan = build_gan(CONFIG)
    kernel = gan.ema_generator.layers[-1].kernel
    kernel.assign(kernel * 5000)  # images as contrasty as a trained generator's
    gan.step.assign(5)
    return gan


@pytest.fixture(scope="module")
def run_dir(gan, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("run")
    CONFIG.save(run_dir / CONFIG_FILE)
    checkpoint = tf.train.Checkpoint(gan=gan)
    manager = tf.train.CheckpointManager(checkpoint, str(run_dir / "checkpoints"), max_to_keep=3)
    for step in (5, 40):
        gan.step.assign(step)
        manager.save(checkpoint_number=step)
    return run_dir


@pytest.fixture
def model(gan, tmp_path):
    metadata = describe_run(CONFIG, step=5)
    return export_saved_model(gan.ema_generator, tmp_path / "faces", metadata=metadata).parent


def test_run_and_model_paint_the_generators_pictures(gan, run_dir, model):
    latents = np.random.default_rng(0).normal(size=[70, 6])
    wanted = to_uint8(gan(latents.astype(np.float32))).astype(int)
    assert wanted.std() > 40
    of_run, of_model = painter_of_run(run_dir), painter_of_model(model)
    for painter in (of_run, of_model):
        assert (painter.latent_dim, painter.image_shape) == (6, (16, 24, 3))
        assert painter.dataset == "synthetic_faces"
        np.testing.assert_allclose(painter.paint(latents), wanted, atol=1)
        assert painter.paint(latents[:0]).shape == (0, 16, 24, 3)
        with pytest.raises(ValueError, match=r"\(5, 7\): must be \[n, 6\]"):
            painter.paint(np.zeros([5, 7]))
    assert (of_run.step, of_model.step) == (40, None)
    seeds = [2, 3, 2**40]
    np.testing.assert_array_equal(of_run.sample(seeds, 0.8), of_model.sample(seeds, 0.8))


def test_the_identity_follows_the_weights(gan, run_dir, model):
    before = painter_of_run(run_dir).identity
    assert before == painter_of_run(run_dir, "40").identity  # only the step differs
    kernel = gan.ema_generator.layers[1].kernel
    kernel.assign(kernel + 1e-3)
    export_saved_model(gan.ema_generator, model)
    kernel.assign(kernel - 1e-3)
    assert painter_of_model(model / "1").identity != painter_of_model(model / "2").identity


def test_a_model_is_its_latest_version(gan, model):
    export_saved_model(gan.ema_generator, model)
    assert painter_of_model(model).identity == painter_of_model(model / "2").identity
