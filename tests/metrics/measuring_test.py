import itertools

import numpy as np
import pytest

from kerasgan.faces import synthetic_faces
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.frechet import Moments, fid
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.measuring import METRICS, count_label, sample_array, score, summarize
from kerasgan.metrics.msssim import ms_ssim
from kerasgan.metrics.neighbours import prdc
from kerasgan.metrics.swd import swd


@pytest.fixture(scope="module")
def extractor():
    return open_extractor("embedded")


def faces(count, seed):
    return synthetic_faces(count, image_size=(64, 64), seed=seed)[0]


def in_order(images):
    return lambda first, count: images[first : first + count]


def summary(images, extractor, metrics=METRICS, **options):
    return summarize(
        in_order(images),
        len(images),
        image_shape=images.shape[1:],
        metrics=metrics,
        extractor=extractor,
        **options,
    )


def scores(real, generated, extractor, metrics):
    a, b = (summary(images, extractor, metrics) for images in (real, generated))
    return score(a, b, metrics=metrics)


@pytest.mark.slow
def test_one_pass_gives_the_values_of_the_metric_functions(extractor):
    real, generated = faces(300, 0), faces(300, 1)  # more than one batch
    values = scores(real, generated, extractor, METRICS)
    a, b = extractor.features(real), extractor.features(generated)
    expected = {
        **{name.replace("swd", "swd300"): value for name, value in swd(real, generated).items()},
        "msssim300_real": ms_ssim(real[::2], real[1::2]).mean(),
        "msssim300_generated": ms_ssim(generated[::2], generated[1::2]).mean(),
        "fid300_embedded": fid(Moments.of(a), Moments.of(b)),
        "kid300_embedded": kid(a, b),
        **{f"{name}300_embedded": value for name, value in prdc(a, b).items()},
    }
    assert 0 < values.pop("attributes300") < 0.05
    assert values == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_images_are_requested_in_order_and_in_batches(extractor):
    asked = []

    def sample(first, count):
        asked.append((first, count))
        return np.zeros([count, 64, 64, 3], np.uint8)

    progress = []
    summarize(
        sample, 700, image_shape=(64, 64, 3), metrics=("fid",), extractor=extractor,
        on_progress=progress.append,
    )  # fmt: skip
    assert asked == [(0, 256), (256, 256), (512, 188)]
    assert progress == [256, 256, 188]


def test_features_are_kept_only_for_what_needs_them(extractor):
    kept = summary(faces(20, 0), extractor, ("fid", "msssim"))
    assert kept.features is None and kept.patches is None and kept.attributes is None
    assert kept.moments.count == 20


@pytest.mark.parametrize(
    ("count", "label"), [(5000, "5k"), (50_000, "50k"), (1500, "1500"), (10_240, "10240")]
)
def test_counts_in_names(count, label):
    assert count_label(count) == label


def test_the_bare_name_is_reserved_for_the_published_protocol():
    real, generated = (np.random.default_rng(i).normal(size=[100, 3]) for i in (0, 1))

    def name(count, extractor):
        summaries = []
        for features in (real, generated):
            moments = Moments.of(features)
            kept = summary(np.zeros([0, 8, 8, 3], np.uint8), None, ())
            kept.count, kept.extractor, kept.moments = count, extractor, moments
            summaries.append(kept)
        return list(score(*summaries, metrics=("fid",)))

    assert name(50_000, "inception2015") == ["fid"]
    assert name(10_000, "inception2015") == ["fid10k_inception2015"]
    assert name(50_000, "keras") == ["fid50k_keras"]


def test_metrics_whose_data_was_not_kept_are_refused(extractor):
    a, b = summary(faces(8, 0), extractor, ("fid",)), summary(faces(8, 1), extractor, ("fid",))
    with pytest.raises(ValueError, match="kid: the summary was made without"):
        score(a, b, metrics=("kid",))
    with pytest.raises(ValueError, match="extractor=None: kid needs an extractor"):
        summary(faces(8, 0), None, ("swd", "kid"))
    b.extractor = "other"
    with pytest.raises(ValueError, match="features of embedded and other"):
        score(a, b, metrics=("fid",))
    with pytest.raises(ValueError, match="'lpips' must be one of swd"):
        score(a, a, metrics=("lpips",))


def test_an_array_is_taken_in_a_seeded_random_order():
    images = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    sample = sample_array(images, seed=1)
    taken = np.concatenate([sample(0, 60), sample(60, 40)]).ravel()
    assert sorted(taken) == list(range(100)) and list(taken) != list(range(100))
    np.testing.assert_array_equal(sample_array(images, seed=1)(0, 100).ravel(), taken)
    assert list(sample_array(images, seed=2)(0, 100).ravel()) != list(taken)


def blurred(images):
    x = images.astype(np.float32)
    for axis in (1, 2):
        x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return np.rint(x).astype(np.uint8)


def noisy(images, seed):
    noise = np.random.default_rng(seed).normal(0, 25, images.shape)
    return np.clip(images + noise, 0, 255).astype(np.uint8)


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]


def shapes(count, seed):
    """Boxes of random colours: another data set."""
    random = np.random.default_rng(seed)
    images = np.empty([count, 64, 64, 3], np.uint8)
    for image in images:
        image[:] = random.integers(0, 256, 3)
        for _ in range(6):
            y, x = random.integers(0, 56, 2)
            image[y : y + random.integers(8, 40), x : x + random.integers(8, 40)] = random.integers(
                0, 256, 3
            )
    return images


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_metrics_rank_images_by_quality(extractor, seed):
    """The full table, with more images, is in benchmarks/metrics.md."""
    real, good = faces(400, seed), faces(400, 100 + seed)
    metrics = ("fid", "kid", "prdc")
    candidates = (good, blurred(good), noisy(good, seed), shapes(400, seed))
    columns = [scores(real, images, extractor, metrics) for images in candidates]
    for name in ("fid400_embedded", "kid400_embedded"):
        values = [column[name] for column in columns]
        assert values == sorted(values), name
        assert all(b > a + 0.02 for a, b in itertools.pairwise(values)), name
    # SWD shows that noise and other data are bad, but not which is worse.
    values = [swd(real[:100], images[:100])["swd"] for images in candidates]
    assert values[0] < 0.8 * values[1] < 0.6 * min(values[2:])
    for name in ("recall400_embedded", "coverage400_embedded"):
        values = [column[name] for column in columns]
        assert values == sorted(values, reverse=True), name
    for name in ("precision400_embedded", "density400_embedded"):  # blurred faces are typical ones
        values = [column[name] for column in columns]
        assert min(values[:2]) > 1.3 * values[2] > 1.5 * values[3], name


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_ten_modes_are_worse_than_many(extractor, seed):
    real, good = faces(400, seed), faces(400, 100 + seed)
    random = np.random.default_rng(seed)
    metrics = ("fid", "kid", "prdc", "attributes")
    many, few = (
        scores(real, good[random.integers(modes, size=400)], extractor, metrics)
        for modes in (400, 10)
    )
    for name in ("fid400_embedded", "kid400_embedded", "attributes400"):
        assert few[name] > 1.5 * many[name], name
    for name in ("recall400_embedded", "coverage400_embedded"):
        assert few[name] < 0.3 * many[name], name
    values = [swd(real[:100], good[random.integers(modes, size=100)])["swd"] for modes in (400, 10)]
    assert values[1] > 1.2 * values[0]
