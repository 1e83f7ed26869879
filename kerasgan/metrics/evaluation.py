"""The whole evaluation of generated against real images, from two sources to a result."""

import contextlib
import functools
import hashlib
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from kerasgan.config import MeasuringSettings
from kerasgan.data.image_set import size_text
from kerasgan.errors import UserError
from kerasgan.files import local_path
from kerasgan.metrics.attribute_coverage import describe_attributes
from kerasgan.metrics.extractors import Extractor
from kerasgan.metrics.labelled import label_scores
from kerasgan.metrics.measuring import (
    OF_FEATURES,
    OF_IMAGES,
    Summary,
    score,
    summarize,
)
from kerasgan.metrics.results import Fingerprint, Result
from kerasgan.metrics.sources import Source
from kerasgan.metrics.statistics_file import Origin, load_statistics, save_statistics
from kerasgan.settings import split_names

FEWEST_IMAGES = 16  # with fewer the scores mean nothing


def parse_metrics(text: str) -> list[str]:
    """Splits a list such as "swd,kid" into names, without repetitions.

    Raises:
        UserError: a metric is unknown, or none is named.
    """
    return split_names(MeasuringSettings(metrics=text).metrics)


def choose_count(num_samples: int | None, sources: Sequence[Source], default: int) -> int:
    """The number of images to take from each set.

    Raises:
        UserError: more are asked for than there are, or too few for meaningful scores.
    """
    limits = [
        (source, source.available)
        for source in sources
        if source.sample and source.available is not None
    ]
    if num_samples is not None and num_samples < FEWEST_IMAGES:
        raise UserError(f"--num_samples={num_samples}: must be at least {FEWEST_IMAGES}")
    for source, available in limits:
        if available < FEWEST_IMAGES:
            raise UserError(
                f"--{source.flag}={source.name}: holds {available} images; must be at least "
                f"{FEWEST_IMAGES}"
            )
        if num_samples is not None and num_samples > available:
            raise UserError(
                f"--num_samples={num_samples}: must be at most {available}, the number of "
                f"images in --{source.flag}={source.name}"
            )
    if num_samples is None:
        return min([default, *(available for _, available in limits)])
    return num_samples


def check_metrics(metrics: Sequence[str], real: Source, generated: Source) -> None:
    """Checks that every metric can be computed, before anything slow begins.

    Raises:
        UserError: a metric needs images or features that a statistics file does not hold,
            attributes are asked for with data other than `synthetic_faces`, or the two sets have
            images of different shapes.
    """
    for source in (real, generated):
        for metric in metrics:
            if source.statistics is None:
                continue
            lacks_features = metric != "fid" and source.statistics[0].features is None
            if metric in OF_IMAGES or lacks_features:
                what = "images" if metric in OF_IMAGES else "features"
                raise UserError(
                    f"--metrics: {metric} needs {what}, which the statistics in --{source.flag} "
                    "do not hold"
                )
    if "attributes" in metrics and real.name != "synthetic_faces":
        raise UserError(
            f"--real={real.name}: attributes can only be measured with synthetic_faces; remove "
            "them from --metrics"
        )
    if real.background != generated.background and real.statistics and generated.background:
        raise UserError(
            f"--real: its statistics are of images on {real.background or 'no background'}; must "
            f"be on {generated.background}, as those of --generated"
        )
    if real.image_shape != generated.image_shape:
        raise UserError(
            f"--generated: images are {size_text(generated.image_shape)} and those of --real are "
            f"{size_text(real.image_shape)}; must have the same size"
        )


def evaluate(
    generated: Source,
    real: Source,
    *,
    metrics: Sequence[str],
    count: int,
    extractor: Extractor | None,
    seed: int,
    cache_dir: pathlib.Path | None = None,
    real_summary: Summary | None = None,
    show_progress: bool = True,
) -> Result:
    """Scores generated images, and if they were asked for labels, each class and what is read.

    Args:
        generated: what to evaluate.
        real: what it should look like.
        metrics: names from `kerasgan.metrics.measuring.METRICS`.
        count: images of each set; a statistics file keeps its own number.
        extractor: for fid, kid and prdc.
        seed: of everything random.
        cache_dir: where the real images' features are cached; None to cache nothing.
        real_summary: the summary of `real`, if it is already known.
        show_progress: whether to show a progress bar.

    Raises:
        UserError: a statistics file was made with another extractor.
    """
    summarize_one = functools.partial(
        summarize_source,
        count=count,
        metrics=metrics,
        extractor=extractor,
        seed=seed,
        show_progress=show_progress,
    )
    real_summary = real_summary or summarize_one(real, cache_dir=cache_dir)
    summary = summarize_one(generated)
    attributes: list[str] = []
    if real_summary.attributes and summary.attributes:
        attributes = describe_attributes(real_summary.attributes, summary.attributes)
    network = extractor if any(name in OF_FEATURES for name in metrics) else None
    made = Fingerprint(
        **_about_images(real),
        num_real=real_summary.count,
        num_generated=summary.count,
        extractor=network.name if network else None,
        extractor_digest=network.digest if network else None,
        seed=seed,
        step=generated.step,
    )
    scores = score(real_summary, summary, metrics=metrics, seed=seed)
    scores |= label_scores(generated, real, summary, real_summary, metrics=metrics, seed=seed)
    name = f"{generated.name} ({generated.digest})"
    return Result(scores=scores, fingerprint=made, generated=name, attributes=attributes)


def summarize_source(
    source: Source,
    count: int,
    *,
    metrics: Sequence[str],
    extractor: Extractor | None,
    seed: int,
    cache_dir: pathlib.Path | None = None,
    show_progress: bool = True,
) -> Summary:
    """Summarizes a source in one pass, reusing what a statistics file or the cache holds.

    Raises:
        UserError: a statistics file was made with another extractor.
    """
    if source.statistics is not None:
        summary, origin = source.statistics
        if extractor is not None and not origin.extractor_digest:
            _check_foreign(source.flag, summary, extractor)
        elif extractor is not None and origin.extractor_digest != extractor.digest:
            raise UserError(
                f"--{source.flag}: the statistics were made with the extractor {origin.extractor} "
                f"{origin.extractor_digest[:12]}; must be {extractor.name} {extractor.digest[:12]}"
            )
        return summary
    known, cached = None, None
    if cache_dir is not None and extractor is not None:
        cached = _cache_path(cache_dir, source, count, metrics, extractor, seed)
        known = _read_cache(cached)
    left = [name for name in metrics if known is None or name not in OF_FEATURES]
    with _progress(source, count if left else 0, show_progress) as advance:
        summary = summarize(
            source.sample or _no_images,
            count if left else 0,
            image_shape=source.image_shape,
            metrics=left,
            extractor=extractor,
            seed=seed,
            on_progress=advance,
        )
    summary.count = count
    if known is not None:
        summary.extractor, summary.moments = known.extractor, known.moments
        summary.features = known.features
    elif cached is not None and summary.moments is not None and extractor is not None:
        with contextlib.suppress(UserError, OSError):  # the cache is optional
            cached.parent.mkdir(parents=True, exist_ok=True)
            save_statistics(cached, summary, origin_of(source, extractor, seed))
    return summary


def _check_foreign(flag: str, summary: Summary, extractor: Extractor) -> None:
    """Refuses an extractor that cannot have made the statistics of another program."""
    size = len(summary.moments.mean) if summary.moments is not None else 0
    if (summary.extractor, size) != (extractor.name, extractor.size):
        raise UserError(
            f"--{flag}: the statistics are of another program, with {size} features for each "
            f"image; --extractor must be {summary.extractor}, the network of published FIDs, and "
            f"have as many; {extractor.name} has {extractor.size}"
        )


def origin_of(source: Source, extractor: Extractor, seed: int) -> Origin:
    """The origin to store in a statistics file of this source."""
    return Origin(
        **_about_images(source),
        extractor=extractor.name,
        extractor_digest=extractor.digest,
        seed=seed,
    )


def _about_images(source: Source) -> dict[str, Any]:
    """What a fingerprint and an origin say of the real images."""
    return {
        "data": source.name,
        "data_digest": source.digest,
        "image_size": size_text(source.image_shape),
        "crop": source.crop,
        "filter": source.filter,
        "split": source.split,
        "background": source.background,
    }


def _cache_path(
    cache_dir: pathlib.Path,
    source: Source,
    count: int,
    metrics: Sequence[str],
    extractor: Extractor,
    seed: int,
) -> pathlib.Path:
    keeps_features = "kid" in metrics or "prdc" in metrics
    key = f"{source.digest} {extractor.digest} {count} {seed} {keeps_features}"
    name = hashlib.sha256(key.encode()).hexdigest()
    return local_path("cache_dir", cache_dir) / "statistics" / f"{name}.npz"


def _read_cache(path: pathlib.Path) -> Summary | None:
    try:
        return load_statistics(path)[0]
    except UserError:  # missing, or from another version: it is made again
        return None


@contextlib.contextmanager
def _progress(source: Source, count: int, shown: bool) -> Iterator[Callable[[int], object]]:
    if not shown or not count:
        yield lambda done: None
        return
    with tqdm(
        total=count, desc=f"{source.flag} images", unit=" images", delay=1, disable=None
    ) as bar:
        yield bar.update


def _no_images(first: int, count: int) -> np.ndarray:
    raise ValueError("a statistics file holds no images")
