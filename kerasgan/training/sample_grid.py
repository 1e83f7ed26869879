"""What the sample grids of a run show: latents, and what a conditional generator is asked for."""

import math

import numpy as np
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.data import ImageSet
from kerasgan.label_space import Labels
from kerasgan.training.callbacks.record_samples import SampleGrid, sample_latents

_FEWEST_COLUMNS = 4  # where there are many classes or attributes


def lay_out_samples(config: Config, images: ImageSet) -> SampleGrid:
    """The grids of a run; of a conditional one a row shows one class, or one set of attributes.

    In a conditional grid all images of a column have the same latents. With more classes than
    rows, the rows are classes at even distances. Of attributes the first row has what is usual of
    each, and each row after it the other extreme of one of them. The real images of a row are
    those whose labels are nearest to it; of a class with few images its row stays incomplete.

    Args:
        config: the run's settings; num_samples is the largest number of images.
        images: of the run.
    """
    side = math.ceil(math.sqrt(config.num_samples))
    labels = images.conditions
    if labels is None:
        return SampleGrid(
            latents=sample_latents(config.num_samples, config.latent_dim, config.seed),
            real_images=images[spread(len(images), config.num_samples)],
            columns=side,
            background=config.background,
        )
    names, conditions = _rows(labels, max(side, config.num_samples // _FEWEST_COLUMNS))
    columns = min(side, config.num_samples // len(names))
    latents = sample_latents(columns, config.latent_dim, config.seed)
    return SampleGrid(
        latents=tf.tile(latents, [len(names), 1]),
        conditions=np.repeat(conditions, columns, axis=0),
        real_images=_real_rows(images, labels, conditions, columns),
        columns=columns,
        background=config.background,
        row_names=names,
    )


def spread(count: int, wanted: int) -> np.ndarray:
    """Some of the numbers below `count`, from all over: neighbours in a folder are often alike."""
    return np.linspace(0, count - 1, min(wanted, count), dtype=int)


def _rows(labels: Labels, most: int) -> tuple[list[str], np.ndarray]:
    """Names of rows, and what each asks for, float32 [rows, width]; `most` of them at the most."""
    space = labels.space
    if space.kind == "classes":
        chosen = spread(space.width, most)
        return [space.names[index] for index in chosen], space.conditions(chosen)
    ordered = np.sort(labels.values, axis=0)
    usual, low, high = ordered[(len(ordered) - 1) // 2], ordered[0], ordered[-1]
    other = np.where(high - usual >= usual - low, high, low)
    chosen = spread(space.width, most - 1)
    settings = np.tile(usual, [1 + len(chosen), 1])
    settings[1 + np.arange(len(chosen)), chosen] = other[chosen]
    names = ["usual", *(f"{space.names[index]}={other[index]:g}" for index in chosen)]
    return names, space.conditions(settings)


def _real_rows(
    images: ImageSet, labels: Labels, conditions: np.ndarray, columns: int
) -> np.ndarray:
    """Real images for each row, uint8 [rows * columns, H, W, C]; white where there is none."""
    grid = np.full([len(conditions) * columns, *images.shape[1:]], 255, np.uint8)
    for row, wanted in enumerate(conditions):
        if labels.space.kind == "classes":
            members = np.flatnonzero(labels.values == np.argmax(wanted))
            rows = members[spread(len(members), columns)]
        else:
            distances = np.abs(labels.values - wanted).sum(axis=1)
            rows = np.argsort(distances, kind="stable")[:columns]
        if len(rows):
            grid[row * columns : row * columns + len(rows)] = images[rows]
    return grid
