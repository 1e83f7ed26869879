"""Scores of each class on its own, next to those of all images together."""

from collections.abc import Sequence

import numpy as np

from kerasgan.label_space import Labels
from kerasgan.metrics.frechet import Moments, fid
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.measuring import Summary, score_name
from kerasgan.metrics.neighbours import prdc

FEWEST_OF_CLASS = 100  # with fewer, chance decides


def class_scores(
    real: Summary,
    real_labels: Labels,
    generated: Summary,
    asked: Labels,
    *,
    metrics: Sequence[str],
    seed: int = 0,
) -> dict[str, float]:
    """FID, KID and coverage of the classes that have enough images on both sides.

    Args:
        real: of real images, with features, which kid and prdc keep.
        real_labels: of these images, in their order.
        generated: of generated ones.
        asked: what they were asked to be, in their order.
        metrics: those that are measured; FID and coverage need features too.
        seed: of KID's subsets.

    Returns:
        Such as `kid500_embedded[cat]`, where 500 is the number of generated cats.
    """
    if real.features is None or generated.features is None or asked.space.kind != "classes":
        return {}
    if real_labels.space != asked.space:
        return {}
    scores = {}
    for index, name in enumerate(asked.space.names):
        wanted = real.features[real_labels.values == index]
        found = generated.features[asked.values == index]
        if min(len(wanted), len(found)) < FEWEST_OF_CLASS:
            continue
        for metric, value in _scores(wanted, found, metrics, seed).items():
            scores[f"{score_name(metric, len(found), generated.extractor)}[{name}]"] = value
    return scores


def _scores(
    real: np.ndarray, generated: np.ndarray, metrics: Sequence[str], seed: int
) -> dict[str, float]:
    scores = {}
    if "fid" in metrics:
        scores["fid"] = fid(Moments.of(real), Moments.of(generated))
    if "kid" in metrics:
        scores["kid"] = kid(real, generated, seed=seed)
    if "prdc" in metrics:
        scores["coverage"] = prdc(real, generated)["coverage"]
    return scores
