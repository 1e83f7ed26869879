"""Inputs that would give nonsense are refused: float images, and features that are not finite."""

import numpy as np
import pytest

from kerasgan.errors import UserError
from kerasgan.metrics.embedded import EmbeddedNetwork
from kerasgan.metrics.extractors import Extractor, open_extractor
from kerasgan.metrics.frechet import Moments, fid, frechet_distance
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.measuring import Summary, summarize
from kerasgan.metrics.msssim import Pairs, ms_ssim
from kerasgan.metrics.nearest import nearest_real_images
from kerasgan.metrics.neighbours import nearest, prdc
from kerasgan.metrics.statistics_file import Origin, load_statistics, save_statistics
from kerasgan.metrics.swd import Patches, sliced_wasserstein, swd

GOOD = np.random.default_rng(0).integers(0, 256, [20, 32, 32, 3], np.uint8)


@pytest.fixture(scope="module")
def embedded():
    return open_extractor("embedded")


def image_metrics(embedded):
    """Each function that takes images, as a function of one bad set next to a good one."""
    return {
        "ms_ssim, first": lambda bad: ms_ssim(bad, GOOD),
        "ms_ssim, second": lambda bad: ms_ssim(GOOD, bad),
        "Pairs": lambda bad: Pairs().add(bad),
        "swd, real": lambda bad: swd(bad, GOOD),
        "swd, generated": lambda bad: swd(GOOD, bad),
        "Patches": lambda bad: Patches((32, 32, 3), 20).add(bad),
        "features": embedded.features,
        "attributes": EmbeddedNetwork().attributes,
        "nearest, generated": lambda bad: nearest_real_images(bad, GOOD, embedded),
        "nearest, real": lambda bad: nearest_real_images(GOOD, bad, embedded),
        "summarize": lambda bad: summarize(
            lambda first, count: bad[first : first + count],
            20,
            image_shape=(32, 32, 3),
            metrics=("swd", "msssim", "kid"),
            extractor=embedded,
        ),
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int64, bool])
def test_only_uint8_images_are_measured(embedded, dtype):
    for name, measure in image_metrics(embedded).items():
        with pytest.raises(ValueError, match=r"images must be uint8; kerasgan\.to_uint8") as caught:
            measure((GOOD / 127.5 - 1).astype(dtype))
        assert np.dtype(dtype).name in str(caught.value), name


@pytest.mark.parametrize(
    "bad", [GOOD[0], GOOD[..., 0], np.concatenate([GOOD, GOOD[..., :1]], -1), GOOD[..., :2]]
)
def test_images_of_another_shape_are_refused_with_it(embedded, bad):
    for name, measure in image_metrics(embedded).items():
        if name != "summarize":
            with pytest.raises(ValueError, match=r"images have shape \(.*\); must be") as caught:
                measure(bad)
            assert str(bad.shape) in str(caught.value), name


def test_too_few_images_are_refused(embedded):
    with pytest.raises(ValueError, match="0 real and 0 generated images: must be at least 1"):
        swd(GOOD[:0], GOOD[:0])
    with pytest.raises(ValueError, match=r"\(0, 5\) and \(0, 5\): must be equal and not empty"):
        sliced_wasserstein(np.zeros([0, 5]), np.zeros([0, 5]), directions=4)
    with pytest.raises(ValueError, match=r"\(3, 5\) and \(2, 5\): must be equal"):
        sliced_wasserstein(np.zeros([3, 5]), np.zeros([2, 5]), directions=4)
    with pytest.raises(ValueError, match="0 images: must be at least 1"):
        embedded.features(GOOD[:0])
    with pytest.raises(ValueError, match=r"\(0, 5\) and \(3, 5\): sets must not be empty"):
        nearest(np.zeros([0, 5]), np.zeros([3, 5]))
    with pytest.raises(ValueError, match=r"\(3, 5\) and \(0, 5\): sets must not be empty"):
        nearest(np.zeros([3, 5]), np.zeros([0, 5]))
    pairs = Pairs()
    with pytest.raises(ValueError, match="needs at least 2 images"):
        pairs.mean()
    pairs.add(GOOD[:1])
    with pytest.raises(ValueError, match="needs at least 2 images"):
        pairs.mean()
    pairs.add(GOOD[:1])
    assert pairs.mean() == pytest.approx(1.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_features_that_are_not_finite_are_refused(value, side):
    sets = np.random.default_rng(1).standard_normal([2, 30, 8])
    assert prdc(*sets)["precision"] > 0.5
    sets[side, 17, 3] = value  # one value in one feature of one set
    measures = {
        "prdc": lambda: prdc(*sets),
        "kid": lambda: kid(*sets),
        "kid, subsets": lambda: kid(*sets, subsets=1, subset_size=2),  # most miss the value
        "nearest": lambda: nearest(*sets),
        "sliced_wasserstein": lambda: sliced_wasserstein(*sets, directions=4),
        "fid": lambda: fid(*(Moments.of(features) for features in sets)),
    }
    for name, measure in measures.items():
        with pytest.raises(ValueError, match="finite; 1 of 240 values are NaN or inf") as caught:
            measure()
        assert "features must be" in str(caught.value), name


@pytest.mark.parametrize("position", range(4))
def test_moments_that_are_not_finite_are_refused(position):
    moments = [np.zeros(3), np.eye(3), np.ones(3), np.eye(3)]
    moments[position][..., 0] = np.nan
    with pytest.raises(ValueError, match="must be finite"):
        frechet_distance(*moments)


def test_a_network_that_returns_nan_is_named():
    def run(images):
        features = np.ones([len(images), 4], np.float32)
        features[images.max((1, 2, 3)) == 0] = np.nan
        return features

    broken = Extractor("broken", "0" * 64, 4, run)
    assert broken.features(GOOD).shape == (20, 4)
    black = np.concatenate([GOOD, np.zeros_like(GOOD[:1])])
    with pytest.raises(UserError, match="--extractor=broken: returned NaN or infinite features"):
        broken.features(black)


@pytest.mark.parametrize("part", ["mean", "scatter", "features"])
def test_a_file_of_statistics_that_are_not_finite_is_refused(tmp_path, part):
    features = np.random.default_rng(2).standard_normal([9, 4]).astype(np.float32)
    summary = Summary(9, "embedded", Moments.of(features), features)
    origin = Origin(
        data="faces", data_digest="0", image_size="8x8x3", extractor="embedded",
        extractor_digest="1", seed=0,
    )  # fmt: skip
    path = tmp_path / "statistics.npz"
    save_statistics(path, summary, origin)
    load_statistics(path)
    (features if part == "features" else getattr(summary.moments, part))[2] = np.nan
    save_statistics(path, summary, origin)
    with pytest.raises(UserError, match=r"statistics\.npz: .*must be finite"):
        load_statistics(path)
