import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.model.build import build_gan
from kerasgan.model.latents import latents_from_seeds
from kerasgan.pixels import to_uint8
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.sampling.open_painter import painter_of_gan, painter_of_model, painter_of_run
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


def test_many_large_images_are_painted_a_few_at_a_time(gan, run_dir, monkeypatch):
    painter = painter_of_run(run_dir, "last")
    painted = []

    def sample(**inputs):
        painted.append(len(inputs["seed"]))
        return painter.signatures["sample"](**inputs)

    counting = dataclasses.replace(painter, signatures={"sample": sample})
    whole = counting.sample(range(7))
    monkeypatch.setattr("kerasgan.sampling.painter._PIXELS_AT_ONCE", 3 * 16 * 24 + 1)
    np.testing.assert_array_equal(counting.sample(range(7)), whole)
    assert painted == [7, 3, 3, 1]


def test_the_painter_of_a_gan_paints_what_it_is_at_that_moment(gan, run_dir):
    painter, of_run = painter_of_gan(gan), painter_of_run(run_dir)
    assert (painter.identity, painter.step) == (of_run.identity, 40)
    np.testing.assert_array_equal(painter.sample([3, 4]), of_run.sample([3, 4]))
    kernel = gan.ema_generator.layers[-1].kernel
    kernel.assign(-kernel)
    np.testing.assert_allclose(painter.sample([3]), 255 - of_run.sample([3]).astype(int), atol=1)
    kernel.assign(-kernel)


@pytest.mark.slow
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


def export(run, folder):
    return export_saved_model(
        run.gan.ema_generator,
        folder,
        discriminator=run.gan.discriminator,
        labels=run.config.label_space,
        metadata=describe_run(run.config, step=run.step),
    )


def labels_for(space, count):
    """Different labels one after another."""
    if space.kind == "classes":
        return np.arange(count) % space.width
    return np.random.default_rng(1).uniform(-1, 1, [count, space.width]).astype(np.float32)


@pytest.mark.slow
def test_one_seed_and_label_is_one_picture_wherever_it_is_painted(labelled_run, tmp_path):
    run, folder = labelled_run
    space = run.config.label_space
    of_run = painter_of_run(folder)
    of_model = painter_of_model(export(run, tmp_path))
    assert of_run.label_space == of_model.label_space == space
    seeds = np.arange(7, 47)
    labels = labels_for(space, 40)
    images = of_run.sample(seeds, 0.9, labels)
    np.testing.assert_array_equal(of_model.sample(seeds, 0.9, labels), images)
    for row in (0, 20, 39):  # alone as in any batch
        alone = of_model.sample(seeds[row : row + 1], 0.9, labels[row : row + 1])
        np.testing.assert_array_equal(alone[0], images[row])
    latents = 0.9 * latents_from_seeds(seeds, 6).numpy()
    for painter in (of_run, of_model):
        np.testing.assert_allclose(painter.paint(latents, labels), images.astype(int), atol=1)
    wanted = run.gan.generate(40, labels=space.conditions(labels), seed=7)
    np.testing.assert_allclose(of_run.sample(seeds, 1.0, labels), wanted.astype(int), atol=1)
    other = of_run.sample(seeds, 0.9, labels_for(space, 41)[1:])
    assert (np.abs(other.astype(int) - images).max(axis=(1, 2, 3)) > 20).all()


def test_without_labels_each_seed_has_its_own(labelled_run):
    run, folder = labelled_run
    painter = painter_of_run(folder)
    labels = run.config.label_space.evenly(range(5, 25))
    np.testing.assert_array_equal(
        painter.sample(range(5, 25)), painter.sample(range(5, 25), labels=labels)
    )


@pytest.mark.slow
def test_between_labels_is_a_straight_line_of_conditions_at_one_latent(labelled_run, tmp_path):
    run, folder = labelled_run
    space = run.config.label_space
    start, end = labels_for(space, 2)[:1].repeat(3, 0), labels_for(space, 2)[1:].repeat(3, 0)
    position = np.array([0, 0.25, 1])
    share = position[:, None]
    conditions = (1 - share) * space.conditions(start) + share * space.conditions(end)
    wanted = run.gan.run_generator(
        latents_from_seeds([4, 4, 4], 6),
        tf.constant(conditions, tf.float32),
        averaged=True,
        training=False,
    )
    for painter in (painter_of_run(folder), painter_of_model(export(run, tmp_path))):
        images = painter.between_labels([4, 4, 4], start, end, position)
        np.testing.assert_allclose(images, to_uint8(wanted).astype(int), atol=1)
        ends = painter.sample([4, 4], labels=np.concatenate([start[:1], end[:1]]))
        np.testing.assert_array_equal(images[[0, 2]], ends)
        painted = painter.paint_conditions(latents_from_seeds([4, 4, 4], 6), conditions)
        np.testing.assert_allclose(painted, images.astype(int), atol=1)


def test_labels_that_are_none_are_refused(run_of_classes, run_of_attributes, run_dir):
    painter = painter_of_run(run_of_classes[1])
    for labels, message in (
        ([3], "label 3: must be 0 to 2"),
        ([-1], "label -1: must be 0 to 2"),
        ([0, 1], "labels: must be 1, one for each image"),
        ([[1.0, 0, 0]], "must be integers"),
    ):
        with pytest.raises(ValueError, match=message):
            painter.sample([0], labels=np.array(labels))
    with pytest.raises(ValueError, match="labels=None: the generator is conditional; must be 2"):
        painter.paint(np.zeros([2, 6]))
    with pytest.raises(ValueError, match=r"smile=1\.5: must be a number in"):
        painter_of_run(run_of_attributes[1]).sample([0], labels=np.array([[0, 1.5]]))
    with pytest.raises(ValueError, match="labels: the generator is not conditional"):
        painter_of_run(run_dir).sample([0], labels=np.array([0]))
    with pytest.raises(ValueError, match=r"shape \(2, 2\): the generator takes \[2, 3\]"):
        painter.paint_conditions(np.zeros([2, 6]), np.zeros([2, 2]))
    with pytest.raises(ValueError, match="the generator takes none"):
        painter_of_run(run_dir).paint_conditions(np.zeros([2, 6]), np.zeros([2, 2]))


def test_a_model_whose_metadata_lost_the_labels_is_refused(run_of_classes, tmp_path):
    version = export(run_of_classes[0], tmp_path)
    (version / "assets" / "metadata.json").write_text("{}")
    with pytest.raises(UserError, match="metadata do not say what its labels mean"):
        painter_of_model(tmp_path)
