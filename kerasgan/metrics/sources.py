"""What can be evaluated: a run, an exported model, pictures on disk, a data set, or statistics."""

import dataclasses
import hashlib
import pathlib
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasgan.channels import CHECKERBOARD, PLAIN, colour_of, has_alpha
from kerasgan.compositing import lay_on
from kerasgan.config import DataSettings
from kerasgan.data import ImageSet, load_images
from kerasgan.data.image_set import Rows
from kerasgan.errors import UserError
from kerasgan.files import local_path
from kerasgan.label_space import Labels, LabelSpace
from kerasgan.metrics.measuring import Sample, Summary, random_order, sample_array
from kerasgan.metrics.statistics_file import Origin, is_statistics, load_statistics
from kerasgan.runs.folder import CONFIG_FILE

_DEFAULT_FACES = 10_240


@dataclasses.dataclass(frozen=True)
class Source:
    """A set of images, or the statistics of one.

    Attributes:
        flag: the flag that named it, for messages.
        name: as the user wrote it.
        digest: of its content: SHA-256 of the images, or the identity of a generator's weights.
        image_shape: height, width, channels.
        available: how many images there are; None for a generator, which has no limit.
        sample: a function of (first, count) to uint8 [count, H, W, C]; None for statistics.
        images: all of them, if they are on disk or in memory.
        statistics: a summary and its origin, if the source is a statistics file.
        labels: a function of (first, count) to the labels of what `sample` returns; None if there
            are none.
        label_space: what a conditional generator can be asked for; None for all else.
        sample_labels: of such a generator, like `sample` with a third argument, the values of
            labels; None for all else.
        step: the training step, if it is known.
        crop: how pictures were cropped.
        filter: how they were resized.
        split: the part of the data set.
        background: the colour on which images with alpha were laid, or what a generator's are to
            be laid on; None if they have none.
    """

    flag: str
    name: str
    digest: str
    image_shape: tuple[int, int, int]
    available: int | None
    sample: Sample | None
    images: ImageSet | None = None
    statistics: tuple[Summary, Origin] | None = None
    labels: Callable[[int, int], Labels] | None = None
    label_space: LabelSpace | None = None
    sample_labels: Callable[[int, int, np.ndarray], np.ndarray] | None = None
    step: int | None = None
    crop: str = "none"
    filter: str = "none"
    split: str = "all"
    background: str | None = None


def on_background(source: Source, background: str) -> Source:
    """What metrics measure of a source: of images with alpha how they look on a plain colour.

    Args:
        source: which stays as it is if its images have no alpha.
        background: a colour; for the checkerboard white.
    """
    if not has_alpha(source.image_shape):
        return source
    colour = PLAIN if background == CHECKERBOARD else background
    images = source.images

    def laid(sample: Callable[..., np.ndarray] | None) -> Callable[..., np.ndarray] | None:
        return sample and (lambda *which: lay_on(sample(*which), colour))

    return dataclasses.replace(
        source,
        digest=hashlib.sha256(f"{source.digest} on {colour_of(colour)}".encode()).hexdigest(),
        image_shape=(*source.image_shape[:2], 3),
        sample=laid(source.sample),
        sample_labels=laid(source.sample_labels),
        images=images and dataclasses.replace(images, rows=_LaidRows(images.rows, colour)),
        background=colour,
    )


class _LaidRows:
    """Images with alpha, each laid on a colour whenever it is requested."""

    def __init__(self, rows: Rows, colour: str):
        self._rows, self._colour = rows, colour
        self.shape = (*rows.shape[:-1], 3)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: Any) -> np.ndarray:
        return lay_on(self._rows[rows], self._colour)


def open_generated(name: str, *, which: str, seed: int, settings: DataSettings) -> Source:
    """Opens a run's folder, an exported model, a folder or archive of pictures, or a .npz file.

    Args:
        name: the path.
        which: the checkpoint of a run: "last", "best" or the number of a step.
        seed: of the latents, and of the order of pictures.
        settings: how pictures are read.

    Raises:
        UserError: the path is none of these, or cannot be read.
    """
    path = local_path("generated", name)
    if path.suffix == ".npz" and is_statistics(path):
        return _open_statistics("generated", path, settings.image_shape)
    try:
        exists = path.exists()
        is_run = (path / CONFIG_FILE).is_file()
        is_model = (path / "saved_model.pb").is_file() or any(path.glob("*/saved_model.pb"))
    except OSError as error:
        raise UserError(f"--generated={name}: cannot be read: {error.strerror}") from error
    if is_run or is_model:
        return _open_generator(path, is_run=is_run, which=which, seed=seed)
    if not exists:
        raise UserError(
            f"--generated={name}: no such run, model, folder or file; must be a run's folder, a "
            "SavedModel, a folder or archive of pictures, or .npz statistics"
        )
    return _open_pictures("generated", dataclasses.replace(settings, dataset=name), seed=seed)


def open_real(name: str, *, seed: int, num_samples: int = 0, settings: DataSettings) -> Source:
    """Opens a data set as in training, or a .npz file of statistics.

    Args:
        name: the name of the data set, or its path.
        seed: of the order, and of synthetic faces.
        num_samples: the least number of synthetic faces to draw.
        settings: how pictures are read.

    Raises:
        UserError: the data set or file cannot be read.
    """
    path = local_path("real", name)
    settings = dataclasses.replace(settings, dataset=name)
    if path.suffix == ".npz" and is_statistics(path):
        return _open_statistics("real", path, settings.image_shape)
    if name == "synthetic_faces":
        settings = dataclasses.replace(settings, num_images=max(num_samples, _DEFAULT_FACES))
    return _open_pictures("real", settings, seed=seed)


def source_of_images(flag: str, name: str, images: ImageSet, *, seed: int) -> Source:
    """Images as a source, in a random order that depends on the seed."""
    known, labels = images.fingerprint, images.conditions
    height, width, channels = images.shape[1:]
    return Source(
        flag=flag,
        name=name,
        digest=known.pixels,
        image_shape=(height, width, channels),
        available=len(images),
        sample=sample_array(images, seed=seed),
        images=images,
        labels=None if labels is None else _in_order(labels, random_order(len(images), seed)),
        crop=known.crop,
        filter=known.resize,
        split=known.split,
    )


def _open_pictures(flag: str, settings: DataSettings, *, seed: int) -> Source:
    try:
        images = load_images(settings, seed=seed)
    except UserError as error:
        raise UserError(re.sub("^--dataset=", f"--{flag}=", str(error))) from error
    return source_of_images(flag, settings.dataset, images, seed=seed)


def _open_generator(path: pathlib.Path, *, is_run: bool, which: str, seed: int) -> Source:
    from kerasgan.sampling.open_painter import painter_of_model, painter_of_run

    try:
        painter = painter_of_run(path, which) if is_run else painter_of_model(path)
    except UserError as error:
        raise UserError(re.sub("^--(run_dir|model)=", "--generated=", str(error))) from error
    offset = seed << 32  # so that no two seeds share latents
    space = painter.label_space

    def seeds(first: int, count: int) -> range:
        return range(offset + first, offset + first + count)

    def sample(first: int, count: int) -> np.ndarray:
        return painter.sample(seeds(first, count))

    def sample_labels(first: int, count: int, values: np.ndarray) -> np.ndarray:
        return painter.sample(seeds(first, count), labels=values)

    return Source(
        flag="generated",
        name=str(path),
        digest=painter.identity,
        image_shape=painter.image_shape,
        available=None,
        sample=sample,
        labels=None if space is None else _even(space, seeds),
        label_space=space,
        sample_labels=sample_labels if space else None,
        step=painter.step,
        background=painter.background if has_alpha(painter.image_shape) else None,
    )


def _in_order(labels: Labels, order: np.ndarray) -> Callable[[int, int], Labels]:
    return lambda first, count: labels.of(order[first : first + count])


def _even(space: LabelSpace, seeds: Callable[[int, int], range]) -> Callable[[int, int], Labels]:
    return lambda first, count: Labels(space=space, values=space.evenly(seeds(first, count)))


def _open_statistics(flag: str, path: pathlib.Path, wanted: tuple[int, int, int]) -> Source:
    """Statistics as a source; `wanted` is the image size where the file does not say it."""
    try:
        summary, origin = load_statistics(path)
        height, width, channels = wanted
        if origin.image_size:
            height, width, channels = map(int, origin.image_size.split("x"))
    except (UserError, ValueError) as error:
        raise UserError(f"--{flag}={path}: {str(error).removeprefix(f'{path}: ')}") from error
    return Source(
        flag=flag,
        name=origin.data,
        digest=origin.data_digest,
        image_shape=(height, width, channels),
        available=summary.count,
        sample=None,
        statistics=(summary, origin),
        crop=origin.crop,
        filter=origin.filter,
        split=origin.split,
        background=origin.background,
    )
