"""Data sets of tensorflow-datasets (TFDS), read from the TFRecord files it prepares."""

import difflib
import pathlib
import re
import textwrap
from typing import Any

import tensorflow as tf

from kerasgan.data.pile import Pile
from kerasgan.data.readers.tfrecords import Shard, pile_of_records
from kerasgan.errors import UserError

# A name and its version may have colons and slashes, and so may the split that follows.
_NAME = re.compile(r"(?P<builder>[^:]+(:(\d|\*)[\d.*]*)?)(:(?P<split>[A-Za-z_].*))?")


def open_tfds(name: str, *, split: str | None, data_dir: str | None) -> Pile:
    """The pictures of the feature "image" of a split of a TFDS data set.

    The data set is downloaded and prepared if it is not in `data_dir` yet.

    Args:
        name: as TFDS spells it, with a split behind if it is wished: `name`, `name/config`,
            `name:version`, `name:split`, `name/config:version:split`.
        split: as TFDS spells it: "train", "test", "train[:10%]", "all"; None for what the name
            says, or else "train".
        data_dir: where TFDS keeps its data; None for its default, ~/tensorflow_datasets.

    Raises:
        UserError: no such data set, one that cannot be downloaded or prepared, or one without
            pictures to train on.
    """
    matched = _NAME.fullmatch(name)
    if matched and matched["split"]:
        if split not in (None, matched["split"]):
            raise UserError(f"--split={split}: --dataset=tfds:{name} names another")
        name, split = matched["builder"], matched["split"]
    builder = open_builder(name, data_dir)
    _check_image_feature(name, builder.info.features)
    _prepare(name, builder)
    return pile_of_builder(name, builder, split or "train")


def open_builder(name: str, data_dir: str | None) -> Any:
    """The TFDS builder of that name: its code, or the files in data_dir.

    Raises:
        UserError: there is none, or it cannot be opened.
    """
    import tensorflow_datasets as tfds  # slow to import, and needed for data sets of TFDS alone

    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        known = tfds.list_builders(with_community_datasets=False)
        close = difflib.get_close_matches(name.split("/")[0].split(":")[0], known, n=5)
        hint = f"close matches: {', '.join(close)}" if close else f"TFDS knows {len(known)} others"
        raise UserError(f"--dataset=tfds:{name}: no such data set; {hint}") from error
    # TFDS lets through whatever its builders raise: ValueError, AssertionError, ImportError ...
    except Exception as error:
        raise UserError(f"--dataset=tfds:{name}: cannot be opened: {reason_of(error)}") from error


def pile_of_builder(name: str, builder: Any, split: str, attributes: str | None = None) -> Pile:
    """The pictures of a prepared data set, in the order TFDS stored them.

    Args:
        name: what messages call the data set.
        builder: of the data set.
        split: its part.
        attributes: the feature that holds features of yes and no, which become labels.

    Raises:
        UserError: no such split, or files that cannot be read.
    """
    splits = builder.info.splits
    try:
        instructions = splits[split].file_instructions
    except (KeyError, ValueError, AssertionError) as error:
        raise UserError(
            f'--dataset=tfds:{name}: it has no split "{split}", only {", ".join(sorted(splits))}'
        ) from error
    kind = builder.info.file_format.value
    if kind != "tfrecord":
        raise UserError(f"--dataset=tfds:{name}: its files are {kind}; must be tfrecord")
    shards = [Shard(pathlib.Path(part.filename), part.skip, part.take) for part in instructions]
    source = f"tfds:{builder.info.full_name}"
    return pile_of_records(
        shards,
        f"tfds:{name}",
        feature="image",
        source=source,
        split=split,
        attributes=f"{attributes}/" if attributes else None,
    )


def reason_of(error: Exception) -> str:
    """An error of TFDS, which may run over many lines, in one."""
    message = textwrap.shorten(str(error), width=300, placeholder=" ...")
    return f"{type(error).__name__}: {message}"


def _check_image_feature(name: str, features: Any) -> None:
    """Raises UserError unless the feature "image" is a picture that is stored as a file."""
    import tensorflow_datasets as tfds

    if "image" not in features:
        raise UserError(
            f'--dataset=tfds:{name}: it has no feature "image", only {", ".join(sorted(features))}'
        )
    feature = features["image"]
    dtype = tf.as_dtype(feature.dtype)
    if not isinstance(feature, tfds.features.Image) or dtype not in (tf.uint8, tf.uint16):
        raise UserError(
            f'--dataset=tfds:{name}: its feature "image" is {dtype.name} '
            f"{list(feature.shape)}; it must be an Image of uint8 or uint16"
        )


def _prepare(name: str, builder: Any) -> None:
    """Downloads and prepares the data set, if that was not done before."""
    try:
        builder.download_and_prepare()
    # Servers, disks, checksums, archives and each builder's own code fail in ways of their own.
    except Exception as error:
        raise UserError(
            f"--dataset=tfds:{name}: cannot be downloaded and prepared: {reason_of(error)}; "
            f"a copy prepared elsewhere can be put at {builder.data_dir} (--data_dir)"
        ) from error
