"""What a conditional generator is asked for when it is measured, and how well it obeys."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from kerasgan.errors import UserError
from kerasgan.label_space import Labels, LabelSpace
from kerasgan.metrics.agreement import agreement_scores
from kerasgan.metrics.class_scores import class_scores
from kerasgan.metrics.measuring import Summary, random_order
from kerasgan.metrics.sources import Source
from kerasgan.sampling.asked_labels import AskedLabels, parse_labels

_STREAM = 4000
_BLOCK = 64


def ask_for_labels(
    generated: Source, real: Source, *, texts: Sequence[str] | None, seed: int
) -> tuple[Source, Source]:
    """The same sources, where a conditional generator is asked for labels.

    Without any they are drawn from those of the real images, so that like is compared with like;
    if these have none, from all labels evenly. Labels that are given are asked for in turn; if they
    are classes, and the real images have them, only real images of these classes remain.

    Args:
        generated: what to evaluate.
        real: what it should look like.
        texts: of --labels; None if it is not given.
        seed: of the labels drawn.

    Raises:
        UserError: labels for something unconditional, or labels that there are not.
    """
    space = generated.label_space
    if space is None or generated.sample_labels is None:
        if texts is not None:
            raise UserError(
                f"--labels={texts[0]}: --generated={generated.name} cannot be asked for labels; "
                "must be a run or a model that was trained with labels, or --labels be left out"
            )
        return generated, real
    known = real.images.conditions if real.images is not None else None
    if known is not None and known.space != space:
        known = None
    if texts is not None:
        asked = parse_labels(texts, space)
        if known is not None and space.kind == "classes":
            real = _of_classes(real, known, asked, seed)
        return _asking(generated, _in_turn(asked, space)), real
    if known is not None:
        return _asking(generated, _drawn(known, seed)), real
    return _asking(generated, generated.labels), real


def label_scores(
    generated: Source,
    real: Source,
    summary: Summary,
    real_summary: Summary,
    *,
    metrics: Sequence[str],
    seed: int,
) -> dict[str, float]:
    """Scores of classes, and how often what was asked for is found; {} without labels.

    Args:
        generated: what is evaluated.
        real: what it should look like.
        summary: of generated images, the first ones of the source.
        real_summary: of real ones.
        metrics: those that are measured.
        seed: of everything random.
    """
    scores = {}
    if real.labels is not None and generated.labels is not None:
        scores = class_scores(
            real_summary,
            real.labels(0, real_summary.count),
            summary,
            generated.labels(0, summary.count),
            metrics=metrics,
            seed=seed,
        )
    return scores | agreement_scores(generated, real, count=summary.count, seed=seed)


def _asking(generated: Source, labels: Callable[[int, int], Labels] | None) -> Source:
    paint = generated.sample_labels
    if labels is None or paint is None:
        return generated
    return dataclasses.replace(
        generated,
        labels=labels,
        sample=lambda first, count: paint(first, count, labels(first, count).values),
    )


def _in_turn(asked: AskedLabels, space: LabelSpace) -> Callable[[int, int], Labels]:
    def labels(first: int, count: int) -> Labels:
        rows = np.arange(first, first + count) % len(asked)
        return Labels(space=space, values=asked.values[rows])

    return labels


def _drawn(known: Labels, seed: int) -> Callable[[int, int], Labels]:
    def labels(first: int, count: int) -> Labels:
        # Those of a block are a function of its number alone.
        blocks = range(first // _BLOCK, -(-(first + count) // _BLOCK))
        drawn = [known.drawn(_BLOCK, [seed, _STREAM, block]).values for block in blocks]
        start = first % _BLOCK
        return Labels(space=known.space, values=np.concatenate(drawn)[start : start + count])

    return labels


def _of_classes(real: Source, known: Labels, asked: AskedLabels, seed: int) -> Source:
    """The real images of some classes.

    Raises:
        UserError: there are none.
    """
    images = real.images
    order = random_order(len(known), seed)
    rows = order[np.isin(known.values[order], asked.values)]
    if images is None or not len(rows):
        raise UserError(f"--labels={','.join(asked.names)}: {real.name} has no such images")
    chosen = np.sort(asked.values).tolist()
    digest = hashlib.sha256(f"{real.digest} {known.digest()} classes {chosen}".encode())
    return dataclasses.replace(
        real,
        digest=digest.hexdigest(),
        available=len(rows),
        sample=lambda first, count: images[rows[first : first + count]],
        labels=lambda first, count: known.of(rows[first : first + count]),
    )
