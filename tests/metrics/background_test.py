"""Images with alpha are measured as they look on a background, which results name."""

import dataclasses

import numpy as np
import pytest

from kerasgan.compositing import lay_on
from kerasgan.config import DataSettings
from kerasgan.data.load import load_images
from kerasgan.errors import UserError
from kerasgan.metrics.evaluation import check_metrics, evaluate
from kerasgan.metrics.results import Fingerprint, Result, refuse_differences
from kerasgan.metrics.sources import on_background, source_of_images
from kerasgan.metrics.statistics_file import Origin
from kerasgan.metrics.swd import swd


@pytest.fixture(scope="module")
def sprites(tmp_path_factory):
    path = tmp_path_factory.mktemp("sprites") / "sprites.npz"
    images = np.random.default_rng(0).integers(0, 256, (32, 16, 16, 4), dtype=np.uint8)
    images[..., :3] *= images[..., 3:] > 0
    np.savez(path, images=images)
    settings = DataSettings(dataset=str(path), image_size=16, channels=4)
    return source_of_images("real", "sprites", load_images(settings), seed=0), images


def measured(source):
    return evaluate(source, source, metrics=["swd"], count=16, extractor=None, seed=0)


def test_a_source_shows_its_images_on_the_background(sprites):
    source, images = sprites
    laid = on_background(source, "navy")
    assert laid.image_shape == (16, 16, 3)
    np.testing.assert_array_equal(laid.images[3:5], lay_on(images[3:5], "navy"))
    sample = laid.sample(0, 4)
    np.testing.assert_array_equal(sample, lay_on(source.sample(0, 4), "navy"))
    assert swd(sample, sample)["swd"] == 0
    assert on_background(laid, "white") is laid  # opaque


def test_figures_on_two_backgrounds_are_never_compared(sprites):
    source, _ = sprites
    white, board, navy = (
        measured(on_background(source, name)).fingerprint
        for name in ("white", "checkerboard", "navy")
    )
    assert white == board and white.background == "white" and white.image_size == "16x16x3"
    assert white.data_digest != navy.data_digest
    with pytest.raises(UserError, match=r"differ in data_digest .*, background \(white and navy\)"):
        refuse_differences(white, navy)


def test_statistics_of_another_background_are_refused(sprites):
    source, _ = sprites
    made = {"data": "d", "data_digest": "e", "image_size": "16x16x3", "seed": 0}
    origin = Origin(**made, extractor="x", extractor_digest="y", background="black")
    real = dataclasses.replace(
        on_background(source, "black"), statistics=(None, origin), sample=None
    )
    with pytest.raises(UserError, match="statistics are of images on black; must be on white"):
        check_metrics([], real, on_background(source, "white"))


def test_results_of_opaque_images_are_written_as_before(tmp_path):
    made = Fingerprint(
        data="d", data_digest="e", image_size="16x16x3", num_real=16, num_generated=16
    )
    for background in (None, "white"):
        result = Result(
            scores={"swd16": 1.0},
            attributes=[],
            fingerprint=dataclasses.replace(made, background=background),
        )
        assert ("background" in result.row()["fingerprint"]) == (background is not None)
        result.save(tmp_path / "result.json")
        assert ("background" in (tmp_path / "result.json").read_text()) == bool(background)
        assert Result.load(tmp_path / "result.json") == result
