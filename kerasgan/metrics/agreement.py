"""How often a reader finds in a generated image the label that was asked for.

Synthetic faces are read by the embedded network, as far as it knows the attribute; all else by a
small network that is trained on the real images. How well that one reads real images, which it was
not trained on, is measured too: no generator can be expected to do better.
"""

import numpy as np

from kerasgan.data.image_set import ImageSet
from kerasgan.label_space import Labels, LabelSpace
from kerasgan.metrics.embedded import YES_NO, EmbeddedNetwork
from kerasgan.metrics.label_reader import FEWEST_IMAGES, train_label_reader
from kerasgan.metrics.measuring import count_label
from kerasgan.metrics.sources import Source

_MOST_READ = 2000
_BATCH_SIZE = 256


def agreement_scores(
    generated: Source, real: Source, *, count: int, seed: int = 0
) -> dict[str, float]:
    """The share of generated images in which a reader finds what they were asked to be.

    Of attributes it says whether both are on the same side of the middle, which is 0.5 if the real
    values are 0 and 1; images that are asked for the middle itself do not count.

    Args:
        generated: a generator that is asked for labels.
        real: images with labels, or synthetic faces, whose labels the embedded network reads.
        count: of images, of which at most 2,000 are read.
        seed: of the reader's weights.

    Returns:
        `agreement2k[cat]` for each class that was asked for or each attribute that can be read,
        `agreement2k`, over all images or the mean of the attributes, and the same as
        `agreement500_real` of as many real images where a reader was trained. {} if no labels are
        asked for or nothing can read them.
    """
    if generated.labels is None or generated.sample is None:
        return {}
    count = min(count, _MOST_READ)
    asked = generated.labels(0, count)
    known = real.images.conditions if real.images is not None else None
    if known is not None and (known.space != asked.space or len(known) < FEWEST_IMAGES):
        known = None
    by_embedded = _read_by_embedded(asked.space) if real.name == "synthetic_faces" else []
    images = [
        generated.sample(first, min(_BATCH_SIZE, count - first))
        for first in range(0, count, _BATCH_SIZE)
    ]
    rates: dict[str, float] = {}
    if by_embedded:
        network = EmbeddedNetwork()
        seen = [network.attributes(batch) for batch in images]
        for name in by_embedded:
            column = np.concatenate([part[name] for part in seen])
            target = asked.values[:, asked.space.names.index(name)]
            rates[name] = _same_side(target, column.astype(np.float32), 0.5)
    label = f"agreement{count_label(count)}"
    of_real: dict[str, float] = {}
    left = [name for name in asked.space.names if name not in rates]
    if left and known is not None and real.images is not None:
        read, of_real = _train(real.images, known, left, seed)
        values = np.concatenate([read(batch) for batch in images])
        rates |= _rates(asked, values, known, left)
    rates = {name: rate for name, rate in rates.items() if not np.isnan(rate)}
    return _named(label, rates, asked) | of_real


def _train(images: ImageSet, known: Labels, names: list[str], seed: int):
    read, held_out = train_label_reader(images, known, seed=seed)
    label = f"agreement{count_label(len(held_out))}_real"
    truth = known.of(held_out)
    rates = _rates(truth, read(images[held_out]), known, names)
    rates = {name: rate for name, rate in rates.items() if not np.isnan(rate)}
    return read, _named(label, rates, truth)


def _named(label: str, rates: dict[str, float], asked: Labels) -> dict[str, float]:
    """Rates by the names of scores, the overall one first."""
    if not rates:
        return {}
    weights = [1.0] * len(rates)
    if asked.space.kind == "classes":
        weights = [np.sum(asked.values == asked.space.names.index(name)) for name in rates]
    overall = float(np.average(list(rates.values()), weights=weights))
    return {label: overall, **{f"{label}[{name}]": rate for name, rate in rates.items()}}


def _rates(asked: Labels, read: np.ndarray, known: Labels, names: list[str]) -> dict[str, float]:
    """For each class or attribute how often it was read where it was asked for; NaN if never."""
    space, rates = asked.space, {}
    for index, name in enumerate(space.names):
        if name not in names:
            continue
        if space.kind == "classes":
            found = read[asked.values == index] == index
            rates[name] = float(found.mean()) if len(found) else np.nan
        else:
            column = known.values[:, index]
            middle = (float(column.min()) + float(column.max())) / 2
            rates[name] = _same_side(asked.values[:, index], read[:, index], middle)
    return rates


def _same_side(asked: np.ndarray, read: np.ndarray, middle: float) -> float:
    """How often both are above or both below; NaN if nothing but the middle is asked for."""
    counts = asked != middle
    if not counts.any():
        return np.nan
    return float(np.mean((read > middle)[counts] == (asked > middle)[counts]))


def _read_by_embedded(space: LabelSpace) -> list[str]:
    if space.kind != "attributes":
        return []
    return [name for name in space.names if name in YES_NO]
