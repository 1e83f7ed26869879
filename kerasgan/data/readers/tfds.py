"""Data sets of tensorflow-datasets (TFDS), read from the TFRecord files it prepares."""

import contextlib
import dataclasses
import difflib
import pathlib
import re
import textwrap
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgan.data.pile import Pile
from kerasgan.data.readers.tfrecords import LabelFeature, Shard, pile_of_records
from kerasgan.errors import UserError

_SECONDS_TO_ANSWER = 5  # of a server, before it counts as out of reach

# A name with its version may contain colons and slashes, and so may the split after it.
_NAME = re.compile(r"(?P<builder>[^:]+(:(\d|\*)[\d.*]*)?)(:(?P<split>[A-Za-z_].*))?")

# Of features that can be labels, from the letters of NumPy's kinds.
_KINDS: dict[str, type[bool] | type[int] | type[float]] = {
    "b": bool,
    "i": int,
    "u": int,
    "f": float,
}


def open_tfds(name: str, *, split: str | None, data_dir: str | None) -> Pile:
    """The pictures in the feature "image" of a split of a TFDS data set.

    The data set is downloaded and prepared unless it is already in `data_dir`.

    Args:
        name: as TFDS spells it, optionally followed by a split: `name`, `name/config`,
            `name:version`, `name:split`, `name/config:version:split`.
        split: as TFDS spells it: "train", "test", "train[:10%]", "all"; None for the one in the
            name, or else "train".
        data_dir: where TFDS keeps its data; None for its default, ~/tensorflow_datasets.

    Raises:
        UserError: the data set does not exist, cannot be downloaded or prepared, or has no
            pictures to train on.
    """
    matched = _NAME.fullmatch(name)
    if matched and matched["split"]:
        if split not in (None, matched["split"]):
            raise UserError(f"--split={split}: --dataset=tfds:{name} names another split")
        name, split = matched["builder"], matched["split"]
    builder = open_builder(name, data_dir)
    _check_image_feature(name, builder.info.features)
    _prepare(name, builder)
    return pile_of_builder(name, builder, split or "train")


def open_builder(name: str, data_dir: str | None) -> Any:
    """The TFDS builder of that name, from TFDS's code or from the files in data_dir.

    Raises:
        UserError: the builder does not exist or cannot be opened.
    """
    import tensorflow_datasets as tfds  # slow to import, and only needed here

    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        known = tfds.list_builders(with_community_datasets=False)
        close = difflib.get_close_matches(name.split("/")[0].split(":")[0], known, n=5)
        hint = f"close matches: {', '.join(close)}" if close else f"TFDS knows {len(known)} others"
        raise UserError(f"--dataset=tfds:{name}: no such data set; {hint}") from error
    # Builders raise errors of many classes: ValueError, AssertionError, ImportError ...
    except Exception as error:
        raise UserError(f"--dataset=tfds:{name}: cannot be opened: {reason_of(error)}") from error


def pile_of_builder(name: str, builder: Any, split: str, attributes: str | None = None) -> Pile:
    """The pictures of a prepared data set, in the order TFDS stored them.

    Args:
        name: the name of the data set in messages.
        builder: the data set's TFDS builder.
        split: the part of the data set.
        attributes: the feature that contains the features which become labels; None: all do that
            are one number.

    Raises:
        UserError: the split does not exist, or files cannot be read.
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
        raise UserError(
            f"--dataset=tfds:{name}: its files have the format {kind}; must be tfrecord"
        )
    shards = [Shard(pathlib.Path(part.filename), part.skip, part.take) for part in instructions]
    source = f"tfds:{builder.info.full_name}"
    return pile_of_records(
        shards,
        f"tfds:{name}",
        feature="image",
        source=source,
        split=split,
        labels=_labels(builder.info.features, attributes),
    )


def _labels(features: Any, attributes: str | None) -> dict[str, LabelFeature]:
    """The features that are one number each, by the names of the labels that they become."""
    import tensorflow_datasets as tfds

    if attributes is not None:
        inner = _labels(features[attributes], None)
        return {
            name: dataclasses.replace(label, feature=f"{attributes}/{label.feature}")
            for name, label in inner.items()
        }
    found: dict[str, LabelFeature] = {}
    for name, feature in features.items():
        if isinstance(feature, tfds.features.FeaturesDict):
            inner = _labels(feature, None)
            found |= {
                f"{name}/{label}": dataclasses.replace(one, feature=f"{name}/{one.feature}")
                for label, one in inner.items()
            }
            continue
        kind = _KINDS.get(np.dtype(feature.np_dtype).kind) if feature.shape == () else None
        if kind is not None:
            has_names = getattr(feature, "num_classes", None)  # else `names` raises a TypeError
            found[name] = LabelFeature(name, kind, tuple(feature.names) if has_names else ())
    return found


def download_and_prepare(builder: Any) -> None:
    """As the builder's own method, but fails within seconds where there is no network.

    TFDS asks ten times for each file, at growing intervals.

    Raises:
        OSError: no server of the data set can be reached, and nothing was downloaded before.
        Exception: whatever TFDS or the builder's own code raises.
    """
    if builder.is_prepared():
        return
    unreachable = _why_unreachable(builder.url_infos or {})
    if unreachable is None:
        builder.download_and_prepare()
        return
    data_dir = pathlib.Path(builder.data_dir).parents[builder.info.full_name.count("/")]
    if not any((data_dir / "downloads").rglob("*")):
        raise OSError(unreachable)
    # All that is needed may be there already.
    with _without_retries():
        builder.download_and_prepare()


def _why_unreachable(urls: Any) -> str | None:
    """Why none of the servers answers; None if one does, or if there is none."""
    reason = None
    for host in sorted({urllib.parse.urljoin(url, "/") for url in urls}):
        try:
            request = urllib.request.Request(host, method="HEAD")
            with urllib.request.urlopen(request, timeout=_SECONDS_TO_ANSWER):
                return None
        except urllib.error.HTTPError:  # an answer
            return None
        except (OSError, ValueError) as error:
            reason = f"{host} cannot be reached: {getattr(error, 'reason', error)}"
    return reason


@contextlib.contextmanager
def _without_retries() -> Iterator[None]:
    from tensorflow_datasets.core.download import downloader

    before = downloader.MAX_RETRIES
    downloader.MAX_RETRIES = 0
    try:
        yield
    finally:
        downloader.MAX_RETRIES = before


def reason_of(error: Exception) -> str:
    """An error of TFDS, which may have many lines, as one line."""
    message = textwrap.shorten(str(error), width=300, placeholder=" ...")
    return f"{type(error).__name__}: {message}"


def _check_image_feature(name: str, features: Any) -> None:
    """Raises a UserError unless the feature "image" holds pictures stored as files."""
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
    """Downloads and prepares the data set, unless that has been done before."""
    try:
        download_and_prepare(builder)
    # Servers, disks, checksums, archives and each builder's own code raise errors of many classes.
    except Exception as error:
        raise UserError(
            f"--dataset=tfds:{name}: cannot be downloaded and prepared: {reason_of(error)}; "
            f"a copy prepared elsewhere can be put at {builder.data_dir} (--data_dir)"
        ) from error
