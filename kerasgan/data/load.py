"""From a name or a place to images of one shape, kept where they are quick to read."""

import logging
import os
import pathlib
from collections.abc import Sequence

import numpy as np

from kerasgan.data.cache import cache_key, open_cache, write_cache
from kerasgan.data.image_set import (
    DataFingerprint,
    ImageSet,
    PixelDigest,
    Rows,
    SkippedFile,
    size_text,
)
from kerasgan.data.labels import choose_labels
from kerasgan.data.open import open_pile
from kerasgan.data.pictures.prepare import LiveImages, prepare
from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.data.pile import Pile
from kerasgan.errors import UserError
from kerasgan.files import local_path
from kerasgan.pixels import to_grey

_LOG = logging.getLogger(__name__)

_SYNTHETIC_FACES = 25_600
_LITTLE = 1 << 26  # bytes of images that --cache=auto keeps in memory: decoded in some seconds
_CACHES = ("auto", "memory", "disk", "none")
_LISTED = 20  # bad files in the terminal


def load_images(
    dataset: str,
    *,
    image_shape: tuple[int, int, int],
    num_images: int | None = None,
    data_dir: str | None = None,
    split: str | None = None,
    crop: str = "center",
    resize: str = "bilinear",
    background: str = "white",
    cache: str = "memory",
    cache_dir: str | os.PathLike = "~/.cache/kerasgan",
    max_bad_fraction: float = 0.01,
    seed: int = 0,
) -> ImageSet:
    """Reads or draws the pictures of a data set.

    Args:
        dataset: "synthetic_faces", or what `open_pile` takes.
        image_shape: height, width, channels (1 or 3).
        num_images: the first so many; None for all, or for 25,600 synthetic faces.
        data_dir: where CelebA lies, and where tensorflow-datasets keeps its data.
        split: the part, of data sets that have parts.
        crop: see `Preprocessing`.
        resize: see `Preprocessing`.
        background: see `Preprocessing`.
        cache: where the images are kept: in "memory", on "disk", "auto" (in memory where they are
            few), or "none": decoded anew whenever they are needed. Synthetic faces are always
            drawn into memory.
        cache_dir: holds the caches on disk.
        max_bad_fraction: of the pictures that cannot be read; more are refused.
        seed: of the synthetic faces.

    Raises:
        UserError: an unknown data set or cache, data that cannot be read, or too many bad pictures.
    """
    preprocessing = Preprocessing(
        image_shape=image_shape, crop=crop, resize=resize, background=background
    )
    if cache not in _CACHES:
        raise UserError(f"--cache={cache}: must be one of {', '.join(_CACHES)}")
    if dataset == "synthetic_faces":
        return _draw_faces(num_images or _SYNTHETIC_FACES, image_shape, split, seed)
    pile = open_pile(dataset, data_dir=data_dir, split=split, num_images=num_images)
    if cache == "auto":
        cache = "memory" if len(pile) * int(np.prod(image_shape)) <= _LITTLE else "disk"
    if cache == "disk":
        images = _from_disk(pile, preprocessing, local_path("cache_dir", cache_dir))
    else:
        images = _from_files(pile, preprocessing, keep=cache == "memory")
    _check_bad(dataset, pile, images, max_bad_fraction)
    return images


def _draw_faces(
    count: int, image_shape: tuple[int, int, int], split: str | None, seed: int
) -> ImageSet:
    from kerasgan.faces import synthetic_faces

    if split not in (None, "all"):
        raise UserError(f"--split={split}: synthetic_faces have no parts; leave it out")
    images, labels = synthetic_faces(count, image_size=image_shape[:2], seed=seed)
    rows = images if image_shape[2] == 3 else to_grey(images)
    digest = PixelDigest(image_shape)
    digest.update(rows)
    fingerprint = DataFingerprint(
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
    return ImageSet(rows=rows, fingerprint=fingerprint, labels=labels)


def _from_disk(pile: Pile, preprocessing: Preprocessing, cache_dir: pathlib.Path) -> ImageSet:
    """Images of a cache that is there, or is written now."""
    folder = cache_dir / "images" / cache_key(pile, preprocessing)
    cache = open_cache(folder) or write_cache(
        folder, prepare(pile, preprocessing), preprocessing.image_shape, len(pile)
    )
    size = cache.rows.shape[0] * int(np.prod(preprocessing.image_shape)) / 1e9
    place = f"{size:.2f} GB in {cache.folder}"
    return _image_set(pile, preprocessing, cache.rows, cache.chosen, cache.pixels, cache.bad, place)


def _from_files(pile: Pile, preprocessing: Preprocessing, *, keep: bool) -> ImageSet:
    """Images in memory, or, where they are not kept, decoded again and again."""
    shape = preprocessing.image_shape
    images = np.empty([len(pile) if keep else 0, *shape], np.uint8)
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


def _image_set(
    pile: Pile,
    preprocessing: Preprocessing,
    rows: Rows,
    chosen: np.ndarray,
    pixels: str,
    bad: Sequence[SkippedFile],
    place: str,
) -> ImageSet:
    fingerprint = DataFingerprint(
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
        skipped=[*pile.skipped, *bad],
    )


def _check_bad(dataset: str, pile: Pile, images: ImageSet, max_bad_fraction: float) -> None:
    bad = [file for file in images.skipped if file.bad]
    if not bad:
        return
    for file in bad[:_LISTED]:
        _LOG.warning("%s %s", file.name, file.reason)
    if len(bad) > _LISTED:
        _LOG.warning("... and %d more", len(bad) - _LISTED)
    at_listing = sum(file.bad for file in pile.skipped)
    taken, listed = len(pile), pile.listed or len(pile)
    parts = [(bad, listed + at_listing)]
    if taken < listed:  # what was found by listing is of the whole place, the rest of the taken
        parts = [(bad[:at_listing], listed + at_listing), (bad[at_listing:], taken)]
    for files, total in parts:
        if files and (len(files) == total or len(files) > max_bad_fraction * total):
            raise UserError(
                f"--max_bad_fraction={max_bad_fraction}: {len(files)} of {total} pictures in "
                f"{dataset} cannot be read, as {files[0].name}, which {files[0].reason}; python -m "
                f"kerasgan.check_data --dataset={dataset} lists them"
            )
    _LOG.warning("%d of %d pictures are skipped", len(bad), taken + at_listing)
