"""From what the user writes as --dataset to a pile of pictures."""

import os

import numpy as np

from kerasgan.config import PictureSettings
from kerasgan.data.labels.of_pile import label_pile
from kerasgan.data.pictures.decode import ENDINGS
from kerasgan.data.pile import Pile
from kerasgan.data.readers.archives import open_tar, open_zip
from kerasgan.data.readers.arrays import open_arrays, split_array_name
from kerasgan.data.readers.folders import open_folder
from kerasgan.data.readers.tfrecords import RECORD_FILE, open_records
from kerasgan.errors import UserError
from kerasgan.files import WINDOWS_PATH, local_path


def open_pile(settings: PictureSettings) -> Pile:
    """Finds and lists the pictures of a data set, without decoding any.

    What labels mean depends on all pictures of the part, and so not on how many are used.

    Args:
        settings: the data set, the folder of its files, its part, its labels, and how many of its
            pictures; any data set except synthetic_faces.

    Raises:
        UserError: no such data set, or one that cannot be listed, or no such labels.
    """
    try:
        pile = _open(settings.dataset, settings.data_dir, settings.split)
    except OSError as error:  # such as a folder without permission to enter it
        where = f" ({error.filename})" if error.filename else ""
        raise UserError(
            f"--dataset={settings.dataset}: cannot be read: {error.strerror or error}{where}"
        ) from error
    pile = label_pile(pile, settings)
    if settings.num_images is None:
        return pile
    return pile.take(np.arange(min(settings.num_images, len(pile))))


def _open(dataset: str, data_dir: str | None, split: str | None) -> Pile:
    if dataset == "celeba":
        from kerasgan.data.readers.celeba import open_celeba

        return open_celeba(data_dir, split)
    if dataset.startswith("tfds:"):
        from kerasgan.data.readers.tfds import open_tfds

        return open_tfds(dataset.removeprefix("tfds:"), split=split, data_dir=data_dir)
    pile = _open_path(dataset)
    if split not in (None, "all"):
        raise UserError(
            f"--split={split}: {dataset} has no parts; leave it out, or give --split=all"
        )
    return pile


def _open_path(dataset: str) -> Pile:
    path = local_path("dataset", dataset)
    named = split_array_name(dataset)
    if named and not path.exists():
        return open_arrays(local_path("dataset", named[0]), named[1])
    if os.name != "nt" and WINDOWS_PATH.match(dataset) and not path.exists():
        raise UserError(f"--dataset={dataset}: is a path on Windows; must be one on this machine")
    if path.is_dir():
        records = sorted(file for file in path.iterdir() if RECORD_FILE.search(file.name))
        return open_records(records, dataset) if records else open_folder(path)
    if not path.is_file():
        raise UserError(
            f"--dataset={dataset}: no such data set, folder or file; must be synthetic_faces, "
            "celeba, a folder of pictures, a .zip, .tar, .npy, .npz or .tfrecord file, or "
            "tfds:<name>"
        )
    endings = [ending.lower() for ending in path.suffixes]
    ending = endings[-1] if endings else ""
    if ending in (".npy", ".npz"):
        return open_arrays(path)
    if RECORD_FILE.search(path.name):
        return open_records([path], dataset)
    if ".tar" in endings or ending in (".tgz", ".tbz2", ".txz"):
        return open_tar(path)
    if ending == ".zip":
        return open_zip(path)
    if ending in ENDINGS:
        raise UserError(f"--dataset={dataset}: is a single picture; must be a folder of pictures")
    raise UserError(
        f"--dataset={dataset}: must be a folder of pictures, or a file that ends in .zip, .tar, "
        ".npy, .npz or .tfrecord"
    )
