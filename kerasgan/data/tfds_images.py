"""Data sets of tensorflow-datasets (TFDS) -> one array of uint8 images of one shape."""

import difflib
import textwrap
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgan.data.files import fit_image, with_progress
from kerasgan.errors import UserError


def read_tfds(
    name: str,
    *,
    image_shape: tuple[int, int, int],
    data_dir: str | None,
    num_images: int | None = None,
) -> np.ndarray:
    """Reads the feature "image" of the split "train" of a TFDS data set.

    The data set is downloaded and prepared if it is not in `data_dir` yet.

    Args:
        name: as TFDS spells it: `name`, `name/config`, `name:version`, `name/config:version`.
            A name of TFDS holds no split; it is always "train".
        image_shape: height, width and channels (1 or 3) of the result; see `fit_image`.
        data_dir: where TFDS keeps its data; None for its default, ~/tensorflow_datasets.
        num_images: read only so many, the first in the order TFDS stored them.

    Returns:
        uint8 [N, H, W, C], in the order TFDS stored them.

    Raises:
        UserError: no such data set, one that cannot be downloaded or prepared, or one without
            pictures to train on.
    """
    import tensorflow_datasets as tfds  # slow to import, and needed for --dataset=tfds:... alone

    builder = _open(name, data_dir)
    _check_image_feature(name, builder.info.features)
    _prepare(name, builder)
    splits = builder.info.splits
    if "train" not in splits:
        raise UserError(
            f'--dataset=tfds:{name}: it has no split "train", only {", ".join(sorted(splits))}'
        )
    dataset = builder.as_dataset(
        split="train",
        decoders=tfds.decode.PartialDecoding({"image": True}),  # labels and boxes stay unread
        # One file after the other, so that the first pictures are the first of the first file.
        read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
    )
    available = splits["train"].num_examples
    count = available if num_images is None else min(num_images, available)
    return _collect(dataset, count, image_shape, name)


def _collect(
    dataset: tf.data.Dataset, count: int, image_shape: tuple[int, int, int], name: str
) -> np.ndarray:
    """The first `count` pictures of a data set, fitted: uint8 [count, H, W, C].

    Raises:
        UserError: the prepared files cannot be read.
    """
    images = np.empty([count, *image_shape], np.uint8)
    fitted = dataset.take(count).map(
        lambda example: fit_image(example["image"], image_shape),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    try:
        for index, image in enumerate(with_progress(fitted.as_numpy_iterator(), count, name)):
            images[index] = image
    except tf.errors.OpError as error:
        reason = error.message.splitlines()[0]
        raise UserError(f"--dataset=tfds:{name}: its files are damaged: {reason}") from error
    return images


def _open(name: str, data_dir: str | None) -> Any:
    """The TFDS builder of that name: its code, or the files in data_dir."""
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        known = tfds.list_builders(with_community_datasets=False)
        close = difflib.get_close_matches(name.split("/")[0].split(":")[0], known, n=5)
        hint = f"close matches: {', '.join(close)}" if close else f"TFDS knows {len(known)} others"
        raise UserError(f"--dataset=tfds:{name}: no such data set; {hint}") from error
    # TFDS lets through whatever its builders raise: ValueError, AssertionError, ImportError ...
    except Exception as error:
        raise UserError(f"--dataset=tfds:{name}: cannot be opened: {_reason(error)}") from error


def _check_image_feature(name: str, features: Any) -> None:
    """Raises UserError unless the feature "image" is a picture that `fit_image` takes."""
    if "image" not in features:
        raise UserError(
            f'--dataset=tfds:{name}: it has no feature "image", only {", ".join(sorted(features))}'
        )
    feature = features["image"]
    dtype = tf.as_dtype(feature.dtype)
    if dtype != tf.uint8 or len(feature.shape) != 3 or feature.shape[-1] not in (1, 3, 4):
        raise UserError(
            f'--dataset=tfds:{name}: its feature "image" is {dtype.name} '
            f"{list(feature.shape)}; it must be uint8 with 1, 3 or 4 channels"
        )


def _prepare(name: str, builder: Any) -> None:
    """Downloads and prepares the data set, if that was not done before."""
    try:
        builder.download_and_prepare()
    # Servers, disks, checksums, archives and each builder's own code fail in ways of their own.
    except Exception as error:
        raise UserError(
            f"--dataset=tfds:{name}: cannot be downloaded and prepared: {_reason(error)}; "
            f"a copy prepared elsewhere can be put at {builder.data_dir} (--data_dir)"
        ) from error


def _reason(error: Exception) -> str:
    """An error of TFDS, which may run over many lines, in one."""
    message = textwrap.shorten(str(error), width=300, placeholder=" ...")
    return f"{type(error).__name__}: {message}"
