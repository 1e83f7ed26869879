"""From what the user writes as --dataset to a pile of pictures."""

import pathlib

import numpy as np

from kerasgan.data.archives import open_tar, open_zip
from kerasgan.data.arrays import open_arrays
from kerasgan.data.folders import open_folder
from kerasgan.data.pile import Pile
from kerasgan.data.records import RECORD_FILE, open_records
from kerasgan.errors import UserError


def open_pile(
    dataset: str,
    *,
    data_dir: str | None = None,
    split: str | None = None,
    num_images: int | None = None,
) -> Pile:
    """Finds and lists the pictures of a data set, without decoding any.

    Args:
        dataset: "celeba", "tfds:<name>[:<split>]", a folder, or a .zip, .tar, .npy, .npz or
            .tfrecord file.
        data_dir: where CelebA lies, and where tensorflow-datasets keeps its data.
        split: the part, of data sets that have parts.
        num_images: the first so many; None for all.

    Raises:
        UserError: no such data set, or one that cannot be listed.
    """
    if dataset == "celeba":
        from kerasgan.data.celeba import open_celeba

        pile = open_celeba(data_dir, split)
    elif dataset.startswith("tfds:"):
        from kerasgan.data.tfds_images import open_tfds

        pile = open_tfds(dataset.removeprefix("tfds:"), split=split, data_dir=data_dir)
    else:
        pile = _open_path(dataset)
        if split not in (None, "all"):
            raise UserError(
                f"--split={split}: {dataset} has no parts; leave it out, or give --split=all"
            )
    return pile if num_images is None else pile.take(np.arange(min(num_images, len(pile))))


def _open_path(dataset: str) -> Pile:
    path = pathlib.Path(dataset).expanduser()
    if path.is_dir():
        records = sorted(file for file in path.iterdir() if RECORD_FILE.search(file.name))
        return open_records(records, dataset) if records else open_folder(path)
    if not path.is_file():
        raise UserError(
            f"--dataset={dataset}: no such data set, folder or file; known are synthetic_faces, "
            "celeba, a folder of pictures, a .zip, .tar, .npy, .npz or .tfrecord file, and "
            "tfds:<name>"
        )
    if path.suffix in (".npy", ".npz"):
        return open_arrays(path)
    if RECORD_FILE.search(path.name):
        return open_records([path], dataset)
    if ".tar" in path.suffixes or path.suffix in (".tgz", ".tbz2", ".txz"):
        return open_tar(path)
    return open_zip(path)
