"""All metrics of a set of images, computed in one pass over it.

    real = summarize(sample_array(images, seed=0), 5000, metrics=("swd", "kid"), extractor=...)
    generated = summarize(lambda first, count: paint(first, count), 5000, ...)
    score(real, generated, metrics=("swd", "kid"))

A set is a function `sample(first, count) -> uint8 [count, H, W, C]`, called in order, so that
generated images never have to be in memory all at once. Nothing here knows of training.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasgan.config import choices
from kerasgan.data.image_set import Rows
from kerasgan.metrics.attribute_coverage import attribute_gap
from kerasgan.metrics.embedded import EmbeddedNetwork
from kerasgan.metrics.extractors import PUBLISHED, Extractor
from kerasgan.metrics.frechet import Moments, fid
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.msssim import Pairs
from kerasgan.metrics.neighbours import prdc
from kerasgan.metrics.swd import Patches, swd_of_patches

METRICS = choices("metrics")
OF_FEATURES = ("fid", "kid", "prdc")
OF_IMAGES = ("swd", "msssim", "attributes")
HIGHER_IS_BETTER = ("precision", "recall", "density", "coverage")
RANKING = choices("best_metric")  # MS-SSIM does not rank models

_BATCH_SIZE = 256
_PUBLISHED_COUNT = 50_000

Sample = Callable[[int, int], np.ndarray]


@dataclasses.dataclass
class Summary:
    """What is kept of one set of images: enough for the requested metrics.

    Attributes:
        count: images in the set.
        extractor: the name of the network that computed the features; None without features.
        moments: mean and covariance of the features.
        features: float32 [count, d].
        patches: for SWD.
        pairs: for MS-SSIM.
        attributes: what `EmbeddedNetwork.attributes` detected in the faces.
    """

    count: int
    extractor: str | None = None
    moments: Moments | None = None
    features: np.ndarray | None = None
    patches: Patches | None = None
    pairs: Pairs | None = None
    attributes: dict[str, np.ndarray] | None = None


def sample_array(images: Rows, *, seed: int) -> Sample:
    """Images as a set, in random order, because neighbours in a file are often alike."""
    order = random_order(len(images), seed)
    return lambda first, count: images[order[first : first + count]]


def random_order(count: int, seed: int) -> np.ndarray:
    """The order in which `sample_array` takes so many images."""
    return np.random.default_rng([seed, 3000]).permutation(count)


def summarize(
    sample: Sample,
    count: int,
    *,
    image_shape: tuple[int, ...],
    metrics: Sequence[str],
    extractor: Extractor | None = None,
    seed: int = 0,
    on_progress: Callable[[int], object] = lambda done: None,
) -> Summary:
    """Summarizes a set of images in one pass.

    Args:
        sample: a function of (first, count) to uint8 [count, H, W, C].
        count: how many images to take.
        image_shape: height, width, channels.
        metrics: names from METRICS; the summary keeps what they need.
        extractor: for fid, kid and prdc.
        seed: of SWD's patches.
        on_progress: called with the number of images of each batch.

    Raises:
        ValueError: a metric needs an extractor and none was given, or the images are not uint8.
    """
    of_features = [name for name in metrics if name in OF_FEATURES]
    if of_features and extractor is None:
        raise ValueError(f"extractor=None: {of_features[0]} needs an extractor")
    summary = Summary(count)
    if extractor is not None and of_features:
        summary.extractor, summary.moments = extractor.name, Moments.empty(extractor.size)
        if "kid" in metrics or "prdc" in metrics:
            summary.features = np.empty([count, extractor.size], np.float32)
    summary.patches = Patches(image_shape, count, seed=seed) if "swd" in metrics else None
    summary.pairs = Pairs() if "msssim" in metrics else None
    reader = EmbeddedNetwork() if "attributes" in metrics else None
    seen = []
    for first in range(0, count, _BATCH_SIZE):
        images = sample(first, min(_BATCH_SIZE, count - first))
        if summary.patches is not None:
            summary.patches.add(images)
        if summary.pairs is not None:
            summary.pairs.add(images)
        if extractor is not None and summary.moments is not None:
            part = extractor.features(images)
            summary.moments.add(part)
            if summary.features is not None:
                summary.features[first : first + len(images)] = part
        if reader is not None:
            seen.append(reader.attributes(images))
        on_progress(len(images))
    if seen:
        summary.attributes = {name: np.concatenate([s[name] for s in seen]) for name in seen[0]}
    return summary


def score(
    real: Summary, generated: Summary, *, metrics: Sequence[str], seed: int = 0
) -> dict[str, float]:
    """Scores by names that contain the number of images and the extractor.

    Returns:
        For 5,000 images and the embedded network: `swd5k`, `swd5k_64` and so on by level;
        `msssim5k_real` and `msssim5k_generated`; `fid5k_embedded`, `kid5k_embedded`,
        `precision5k_embedded` and so on; `attributes5k`. The number is always that of the
        generated images, even if there are fewer real ones. FID is called just `fid` if it
        follows the published protocol: 50,000 generated images and the Inception graph of 2015.

    Raises:
        ValueError: a summary lacks what a metric needs, or was made with another extractor.
    """
    if real.extractor != generated.extractor and any(name in OF_FEATURES for name in metrics):
        raise ValueError(
            f"features of {real.extractor} and {generated.extractor}: must be of the same extractor"
        )
    scores: dict[str, float] = {}
    for metric in metrics:
        if metric not in METRICS:
            raise ValueError(f"metrics: {metric!r} must be one of {', '.join(METRICS)}")
        scores.update(_score_one(metric, real, generated, seed))
    return scores


def _score_one(metric: str, real: Summary, generated: Summary, seed: int) -> dict[str, float]:
    def kept(part: str) -> tuple[Any, Any]:
        both = getattr(real, part), getattr(generated, part)
        if any(side is None for side in both):
            raise ValueError(f"{metric}: the summary was made without the data it needs")
        return both

    count = count_label(generated.count)
    if metric == "swd":
        distances = swd_of_patches(*kept("patches"), seed=seed)
        return {name.replace("swd", f"swd{count}"): value for name, value in distances.items()}
    if metric == "msssim":
        names = (f"msssim{count}_real", f"msssim{count}_generated")
        return {name: side.mean() for name, side in zip(names, kept("pairs"), strict=True)}
    if metric == "attributes":
        return {f"attributes{count}": attribute_gap(*kept("attributes"))}
    if metric == "prdc":
        values = prdc(*kept("features"))
    elif metric == "kid":
        values = {"kid": kid(*kept("features"), seed=seed)}
    else:
        values = {"fid": fid(*kept("moments"))}
    return {
        score_name(name, generated.count, generated.extractor): value
        for name, value in values.items()
    }


def score_name(metric: str, count: int, extractor: str | None = None) -> str:
    """The name that `score` gives to a metric by which models can be ranked.

    Args:
        metric: swd, fid, kid, precision, recall, density, coverage or attributes.
        count: the number of generated images.
        extractor: its name, for metrics of features.

    Raises:
        ValueError: the metric is unknown or does not rank models.
    """
    if metric not in RANKING:
        raise ValueError(f"metric={metric!r}: must be one of {', '.join(RANKING)}")
    if metric in OF_IMAGES:
        return f"{metric}{count_label(count)}"
    if metric == "fid" and (count, extractor) == (_PUBLISHED_COUNT, PUBLISHED):
        return "fid"
    return f"{metric}{count_label(count)}_{extractor}"


def count_label(count: int) -> str:
    """5000 -> "5k", 1500 -> "1500"."""
    return f"{count // 1000}k" if count % 1000 == 0 and count else str(count)
