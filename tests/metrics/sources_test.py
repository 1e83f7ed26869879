"""Statistics of other programs in place of real images."""

import numpy as np
import pytest

from kerasgan.config import DataSettings
from kerasgan.errors import UserError
from kerasgan.metrics.evaluation import check_metrics, evaluate
from kerasgan.metrics.extractors import Extractor
from kerasgan.metrics.frechet import frechet_distance
from kerasgan.metrics.sources import open_generated, open_real
from kerasgan.metrics.statistics_file import save_statistics

SHAPE = (8, 8, 3)
SETTINGS = DataSettings(image_size=SHAPE[:2], channels=SHAPE[2])


def mean_colour(images):
    return images.mean((1, 2), dtype=np.float32)


@pytest.fixture
def sources(tmp_path):
    """20 images, and the statistics of 60 others as pytorch-fid writes them."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (20, *SHAPE), dtype=np.uint8)
    features = random.normal(120, 9, size=[60, 3])
    np.savez(tmp_path / "mine.npz", images)
    np.savez(tmp_path / "fid.npz", mu=features.mean(0), sigma=np.cov(features, rowvar=False))
    options = {"seed": 0, "settings": SETTINGS}
    generated = open_generated(str(tmp_path / "mine.npz"), which="last", **options)
    return generated, open_real(str(tmp_path / "fid.npz"), **options), images, features


def test_fid_against_statistics_of_pytorch_fid(sources):
    generated, real, images, features = sources
    check_metrics(["fid"], real, generated)
    network = Extractor("inception2015", "digest", 3, mean_colour)
    result = evaluate(
        generated, real, metrics=["fid"], count=20, extractor=network, seed=0, show_progress=False
    )
    seen = mean_colour(images)
    expected = frechet_distance(
        features.mean(0), np.cov(features, rowvar=False), seen.mean(0), np.cov(seen, rowvar=False)
    )
    assert result.scores == {"fid20_inception2015": pytest.approx(expected, rel=1e-5)}
    assert result.fingerprint.num_real == 0  # the file does not say
    assert len(result.fingerprint.data_digest) == 64


@pytest.mark.parametrize("metric", ["swd", "msssim", "kid", "prdc"])
def test_other_metrics_say_what_they_lack(sources, metric):
    generated, real, *_ = sources
    with pytest.raises(UserError, match=rf"--metrics: {metric} needs .* which the statistics in"):
        check_metrics([metric], real, generated)


@pytest.mark.parametrize(("name", "size"), [("embedded", 3), ("inception2015", 4)])
def test_another_network_is_refused(sources, name, size):
    generated, real, *_ = sources
    network = Extractor(name, "digest", size, mean_colour)
    with pytest.raises(UserError, match=r"of another program, with 3 features for each image; --e"):
        evaluate(
            generated, real, metrics=["fid"], count=20, extractor=network, seed=0,
            show_progress=False,
        )  # fmt: skip


def test_statistics_of_another_program_are_not_saved_as_ours(sources, tmp_path):
    _, real, *_ = sources
    with pytest.raises(UserError, match=r"statistics of another program; copy their file instead"):
        save_statistics(tmp_path / "new.npz", *real.statistics)
    assert not (tmp_path / "new.npz").exists()


def test_images_with_statistics_next_to_them_are_images(tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (20, *SHAPE), dtype=np.uint8)
    np.savez(tmp_path / "adm.npz", images, mu=np.zeros(3), sigma=np.eye(3))
    real = open_real(str(tmp_path / "adm.npz"), seed=0, settings=SETTINGS)
    assert (real.available, real.statistics) == (20, None)
