"""From a data set's name or path to images of one shape, kept where they are quick to read."""

import logging
import math
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasgan.channels import has_alpha
from kerasgan.config import DataSettings, TrainingSettings
from kerasgan.data.cache import cache_key, open_cache, write_cache
from kerasgan.data.image_set import (
    DataFingerprint,
    ImageSet,
    LabelledFingerprint,
    PixelDigest,
    Rows,
    SkippedFile,
    size_text,
)
from kerasgan.data.labels.lazy import choose_labels
from kerasgan.data.labels.of_faces import label_faces
from kerasgan.data.labels.overview import warn_of_rare
from kerasgan.data.open import open_pile
from kerasgan.data.pictures.prepare import LiveImages, prepare
from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.data.pile import Pile
from kerasgan.errors import UserError
from kerasgan.files import local_path
from kerasgan.label_space import Labels
from kerasgan.pixels import with_channels

_LOG = logging.getLogger(__name__)

_SYNTHETIC_FACES = 38_400  # drawn when no number is given
_AUTO_CACHE_MAX_BYTES = 1 << 26  # --cache=auto keeps this much in memory: decoded within seconds
_LOOKED_AT = 512  # images, for transparency
_OPAQUE = "--channels=4: the pictures of %s have no transparency and are taken as opaque"
_MAX_BAD_PRINTED = 20  # bad files named in the terminal


def load_images(settings: DataSettings, *, seed: int = TrainingSettings.seed) -> ImageSet:
    """Reads or draws the pictures of a data set.

    Synthetic faces are always drawn into memory, whatever `settings.cache` says.

    Args:
        settings: which pictures, how they become images, and where those are kept.
        seed: of the synthetic faces.

    Raises:
        UserError: an unknown data set, data that cannot be read, too many bad pictures, or labels
            that the data do not have.
    """
    preprocessing = Preprocessing.of(settings)  # first of all: it checks the background
    if settings.dataset == "synthetic_faces":
        return _draw_faces(settings, seed)
    pile = open_pile(settings)
    cache = settings.cache
    if cache == "auto":
        size = len(pile) * math.prod(settings.image_shape)
        cache = "memory" if size <= _AUTO_CACHE_MAX_BYTES else "disk"
    if cache == "disk":
        cache_dir = local_path("cache_dir", settings.cache_dir)
        images = _from_disk(pile, preprocessing, cache_dir)
    else:
        images = _from_files(pile, preprocessing, keep=cache == "memory")
    _check_bad(settings, pile, images)
    if has_alpha(images.shape) and not _shows_transparency(images):
        _LOG.info(_OPAQUE, settings.dataset)
    warn_of_rare(settings.labels, images.conditions)
    return images


def _shows_transparency(images: ImageSet) -> bool:
    """Whether a pixel is transparent in some of the images, taken from all over."""
    rows = np.linspace(0, len(images) - 1, min(_LOOKED_AT, len(images)), dtype=int)
    parts = np.array_split(rows, -(-len(rows) // 32))
    return any((images[part][..., -1] < 255).any() for part in parts)


def _draw_faces(settings: DataSettings, seed: int) -> ImageSet:
    from kerasgan.faces import sample_attributes, synthetic_faces

    if settings.split not in (None, "all"):
        raise UserError(f"--split={settings.split}: synthetic_faces have no parts; leave it out")
    count, image_shape = settings.num_images or _SYNTHETIC_FACES, settings.image_shape
    attributes = sample_attributes(np.arange(count), seed=seed) if settings.labels else {}
    conditions = label_faces(settings, attributes)  # before the faces, because it may refuse
    warn_of_rare(settings.labels, conditions)
    images, labels = synthetic_faces(count, image_size=settings.image_size, seed=seed)
    rows = with_channels(images, settings.channels)
    if has_alpha(image_shape):
        _LOG.info(_OPAQUE, settings.dataset)
    digest = PixelDigest(image_shape)
    digest.update(rows)
    fingerprint = _fingerprint(
        conditions,
        source="synthetic_faces",
        files=f"seed {seed}",
        count=count,
        split="all",
        crop="none",
        resize="none",
        background="none",
        image_size=size_text(image_shape),
        pixels=digest.hexdigest(),
    )
    return ImageSet(rows=rows, fingerprint=fingerprint, labels=labels, conditions=conditions)


def _fingerprint(conditions: Labels | None, **made: Any) -> DataFingerprint:
    if conditions is None:
        return DataFingerprint(**made)
    return LabelledFingerprint(**made, labels=conditions.digest())


def _from_disk(pile: Pile, preprocessing: Preprocessing, cache_dir: pathlib.Path) -> ImageSet:
    """Images from the cache, which is written first if it is not there."""
    folder = cache_dir / "images" / cache_key(pile, preprocessing)
    cache = open_cache(folder) or write_cache(
        folder, prepare(pile, preprocessing), preprocessing.image_shape, len(pile)
    )
    size = cache.rows.shape[0] * int(np.prod(preprocessing.image_shape)) / 1e9
    place = f"{size:.2f} GB in {cache.folder}"
    return _image_set(pile, preprocessing, cache.rows, cache.chosen, cache.pixels, cache.bad, place)


def _from_files(pile: Pile, preprocessing: Preprocessing, *, keep: bool) -> ImageSet:
    """Images in memory, or, if they are not kept, decoded whenever they are needed."""
    shape = preprocessing.image_shape
    images = _allocate(len(pile) if keep else 0, shape)
    digest = PixelDigest(shape)
    numbers: list[np.ndarray] = []
    bad: list[SkippedFile] = []
    done = 0
    for part in prepare(pile, preprocessing):
        digest.update(part.images)
        numbers.append(part.chosen)
        bad += part.bad
        if keep:
            images[done : done + len(part.images)] = part.images
        done += len(part.images)
    chosen = np.concatenate([np.empty(0, np.int64), *numbers])
    rows: Rows = images[:done] if keep else LiveImages(pile, preprocessing, chosen)
    place = "in memory" if keep else "not kept: decoded whenever they are needed"
    return _image_set(pile, preprocessing, rows, chosen, digest.hexdigest(), bad, place)


def _allocate(count: int, shape: tuple[int, ...]) -> np.ndarray:
    """Room in memory for that many images.

    Raises:
        UserError: there is not so much.
    """
    try:
        return np.empty([count, *shape], np.uint8)
    except (MemoryError, ValueError) as error:  # ValueError: more than any address
        size = count * math.prod(shape) / 1e9
        raise UserError(
            f"--cache=memory: {count:,} images of {size_text(shape)} take {size:,.2f} GB, more "
            "than there is; give --cache=disk, or a smaller --image_size"
        ) from error


def _image_set(
    pile: Pile,
    preprocessing: Preprocessing,
    rows: Rows,
    chosen: np.ndarray,
    pixels: str,
    bad: Sequence[SkippedFile],
    place: str,
) -> ImageSet:
    conditions = None if pile.conditions is None else pile.conditions.of(chosen)
    fingerprint = _fingerprint(
        conditions,
        source=pile.source,
        files=pile.files_digest(),
        count=len(rows),
        split=pile.split,
        crop=preprocessing.crop,
        resize=preprocessing.resize,
        background=preprocessing.background,
        image_size=size_text(preprocessing.image_shape),
        pixels=pixels,
    )
    return ImageSet(
        rows=rows,
        fingerprint=fingerprint,
        place=place,
        labels=choose_labels(pile.labels, chosen),
        conditions=conditions,
        skipped=[*pile.skipped, *bad],
    )


def _check_bad(settings: DataSettings, pile: Pile, images: ImageSet) -> None:
    bad = [file for file in images.skipped if file.bad]
    if not bad:
        if not len(images):
            first = images.skipped[-1]  # one of the pictures, which come after the other files
            raise UserError(
                f"--dataset={settings.dataset}: holds no pictures: {first.name} {first.reason}"
            )
        return
    for file in bad[:_MAX_BAD_PRINTED]:
        _LOG.warning("%s %s", file.name, file.reason)
    if len(bad) > _MAX_BAD_PRINTED:
        _LOG.warning("... and %d more", len(bad) - _MAX_BAD_PRINTED)
    at_listing = sum(file.bad for file in pile.skipped)
    taken, listed = len(pile), pile.listed or len(pile)
    parts = [(bad, listed + at_listing)]
    # Listing goes through the whole data set, decoding only through the pictures that are used.
    if taken < listed:
        parts = [(bad[:at_listing], listed + at_listing), (bad[at_listing:], taken)]
    limit, dataset = settings.max_bad_fraction, settings.dataset
    labels = f" --labels={settings.labels}" if settings.labels else ""
    for files, total in parts:
        if files and (not len(images) or len(files) > limit * total):
            enough = math.ceil(100 * len(files) / total) / 100
            way_out = f"--max_bad_fraction={enough:g} would leave them out; " if enough < 1 else ""
            raise UserError(
                f"--max_bad_fraction={limit}: {len(files)} of {total} pictures in {dataset} "
                f"cannot be used, such as {files[0].name}, which {files[0].reason}; {way_out}"
                f"python -m kerasgan.check_data --dataset={dataset}{labels} lists them"
            )
    _LOG.warning("%d of %d pictures are skipped", len(bad), taken + at_listing)
