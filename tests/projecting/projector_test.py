import numpy as np
import pytest

from kerasgan.errors import UserError
from kerasgan.projecting.projection_settings import ProjectionSettings
from kerasgan.projecting.projector import Projector, project_images
from kerasgan.sampling.open_painter import painter_of_model, painter_of_run
from kerasgan.serving.saved_model import export_saved_model

SETTINGS = ProjectionSettings(candidates=100, starts=4, steps=80)


@pytest.fixture(scope="module")
def run(untrained_run):
    return untrained_run()


@pytest.fixture(scope="module")
def painter(run):
    return painter_of_run(run[1])


@pytest.fixture(scope="module")
def images(painter):
    """Of seeds that are no candidates."""
    return painter.sample([1000, 2000, 3000])


@pytest.fixture(scope="module")
def found(painter, images):
    return project_images(painter, images, SETTINGS)


def test_generated_images_are_recovered(painter, images, found):
    for image, projection in zip(images, found, strict=True):
        assert projection.error < 2 < 10 < projection.start_error
        np.testing.assert_array_equal(painter.paint(projection.latents[None])[0], projection.image)
        difference = np.abs(projection.image.astype(int) - image).mean()
        np.testing.assert_allclose(projection.error, difference)
        np.testing.assert_array_equal(projection.way[-1], projection.image)
        assert len(projection.way) == 6


def test_an_image_alone_gives_the_same_as_among_others(painter, images, found):
    (alone,) = project_images(painter, images[1:2], SETTINGS)
    np.testing.assert_array_equal(alone.latents, found[1].latents)
    np.testing.assert_array_equal(alone.way, found[1].way)


def test_another_seed_looks_elsewhere(painter, images, found):
    settings = ProjectionSettings(seed=500, candidates=100, starts=1, steps=1)
    (other,) = project_images(painter, images[:1], settings)
    assert other.start_error != found[0].start_error


def test_an_exported_model_has_gradients_too(run, images, tmp_path):
    folder = export_saved_model(run[0].gan.ema_generator, tmp_path).parent
    (of_model,) = project_images(painter_of_model(folder), images[:1], SETTINGS)
    assert of_model.error < 2


@pytest.mark.slow
def test_a_label_is_held_fixed(labelled_run):
    run, folder = labelled_run
    painter = painter_of_run(folder)
    labels = np.array([1, 0]) if run.config.label_kind == "classes" else np.eye(2, dtype=np.float32)
    image = painter.sample([1000], labels=labels[:1])[0]
    right = Projector(painter, SETTINGS, labels[:1]).project(image)
    np.testing.assert_array_equal(painter.paint(right.latents[None], labels[:1])[0], right.image)
    assert right.error < 2
    wrong = Projector(painter, SETTINGS, labels[1:]).project(image)
    np.testing.assert_array_equal(painter.paint(wrong.latents[None], labels[1:])[0], wrong.image)
    assert wrong.error > right.error
    with pytest.raises(ValueError, match="labels=None: the generator is conditional"):
        project_images(painter, image[None], SETTINGS)


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 4])
def test_a_generators_images_of_other_channels_are_recovered(untrained_run, channels):
    painter = painter_of_run(untrained_run(channels=channels)[1])
    (found,) = project_images(painter, painter.sample([1000]), SETTINGS)
    assert found.error < 2 < 10 < found.start_error


def test_images_that_the_generator_cannot_paint_are_refused(painter, images):
    for wrong in (images[:, :8], images[..., :1], images[0], images.astype(np.float32)):
        with pytest.raises(ValueError, match=r"must be uint8 of shape \[n, 16, 16, 3\], as the"):
            project_images(painter, wrong, SETTINGS)


def test_more_starts_than_candidates_are_refused():
    with pytest.raises(UserError, match="--starts=8: must be at most --candidates=5"):
        ProjectionSettings(candidates=5)
