"""Pictures in TFRecord files, such as those that tensorflow-datasets writes."""

import dataclasses
import functools
import logging
import os
import pathlib
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from kerasgan.data.labels.lazy import LazyLabels
from kerasgan.data.pictures.decode import BadPictureError, open_picture
from kerasgan.data.pile import Pile
from kerasgan.data.readers.folders import list_unread, read_part
from kerasgan.errors import UserError
from kerasgan.files import local_path

_LOG = logging.getLogger(__name__)

RECORD_FILE = re.compile(r"\.tfrecords?(-\d{5}-of-\d{5})?$", re.IGNORECASE)

_USUAL_FEATURES = ("image", "image/encoded")
_GZIP_MAGIC = b"\x1f\x8b\x08"  # the first bytes of a compressed file
_LABELS_AT_ONCE = 1024  # records in memory
_LENGTH, _CHECKSUM = 8, 4  # bytes; a record is length, its checksum, data, their checksum


@dataclasses.dataclass(frozen=True)
class Shard:
    """Consecutive records of a file: `take` of them (-1 for all) after the first `skip`."""

    path: pathlib.Path
    skip: int = 0
    take: int = -1


@dataclasses.dataclass(frozen=True)
class LabelFeature:
    """A feature that is a label.

    Attributes:
        feature: its name in the records.
        kind: of its one value.
        class_names: of the values 0, 1, ..., where they are known.
    """

    feature: str
    kind: type[bool] | type[int] | type[float]
    class_names: tuple[str, ...] = ()


def open_records(paths: Sequence[pathlib.Path], dataset: str) -> Pile:
    """Opens TFRecord files of `tf.train.Example`s that each hold the bytes of a picture file.

    Of a folder, the pictures and other files next to the records are listed as skipped.

    Raises:
        UserError: a file is damaged or compressed, or its first record holds no picture.
    """
    pile = pile_of_records([Shard(path) for path in paths], dataset, feature=None)
    folder = local_path("dataset", dataset)
    if not folder.is_dir():
        return pile
    count, unread = list_unread(folder, f"is not read, because {paths[0].name} is")
    if count:
        _LOG.warning(
            "--dataset=%s: %d pictures are not read, because the folder holds records: %s",
            dataset,
            count,
            paths[0].name,
        )
    known = {path.name for path in paths}
    return dataclasses.replace(pile, skipped=[file for file in unread if file.name not in known])


def pile_of_records(
    shards: Sequence[Shard],
    dataset: str,
    *,
    feature: str | None,
    source: str = "tfrecord",
    split: str = "all",
    labels: Mapping[str, LabelFeature] | None = None,
) -> Pile:
    """The pictures in the records of some shards, in order.

    Args:
        shards: the files.
        dataset: the value of --dataset in messages.
        feature: the feature that holds the picture; None to find the one that does.
        source: the kind of source.
        split: the part of the data set.
        labels: the features that are labels, by the labels' names; None to find those that hold
            one number in the first record.

    Raises:
        UserError: as in `open_records`.
    """
    parts = [_positions(shard, dataset) for shard in shards]
    starts = np.concatenate([part[0] for part in parts] or [np.empty(0, np.int64)])
    sizes = np.concatenate([part[1] for part in parts] or [np.empty(0, np.int64)])
    if not len(starts):
        raise UserError(f"--dataset={dataset}: its files hold no records")
    files = np.repeat(np.arange(len(shards)), [len(part[0]) for part in parts])
    times = np.array([shard.path.stat().st_ctime_ns for shard in shards], np.int64)

    def record(index: int) -> bytes:
        path = shards[files[index]].path
        return read_part(path, int(starts[index]), int(sizes[index]))

    name = feature or _find_feature(record(0), dataset)
    known = _label_features(record(0)) if labels is None else labels
    return Pile(
        source=source,
        names=[
            f"{shard.path.name}:{shard.skip + number}"
            for shard, part in zip(shards, parts, strict=True)
            for number in range(len(part[0]))
        ],
        sizes=sizes,
        stamps=times[files],
        read=lambda index: _picture(record(index), name),
        split=split,
        labels=_labels(record, len(starts), known) if known else {},
        class_names={name: label.class_names for name, label in known.items() if label.class_names},
    )


def _positions(shard: Shard, dataset: str) -> tuple[np.ndarray, np.ndarray]:
    """Where the data of a shard's records begin and how long they are: int64 [n] each.

    Checksums are not verified: decoding a picture finds damage anyway.
    """
    starts, sizes = [], []
    try:
        end = shard.path.stat().st_size
        with shard.path.open("rb") as file:
            is_gzip = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            at, number = 0, 0
            while at < end and (shard.take < 0 or number < shard.skip + shard.take):
                file.seek(at)
                size = int.from_bytes(file.read(_LENGTH), "little")
                start = at + _LENGTH + _CHECKSUM
                at = start + size + _CHECKSUM
                if (
                    at > end and is_gzip
                ):  # a record's length may look like gzip's first bytes, but fits
                    raise UserError(f"--dataset={dataset}: {shard.path.name} is compressed")
                if at > end:
                    raise UserError(
                        f"--dataset={dataset}: its files are damaged: truncated record {number} "
                        f"in {shard.path.name}"
                    )
                if number >= shard.skip:
                    starts.append(start)
                    sizes.append(size)
                number += 1
    except OSError as error:
        raise UserError(
            f"--dataset={dataset}: its files cannot be read: {os.fspath(shard.path)}: "
            f"{error.strerror}"
        ) from error
    return np.array(starts, np.int64), np.array(sizes, np.int64)


def _labels(
    record: Callable[[int], bytes], count: int, features: Mapping[str, LabelFeature]
) -> LazyLabels:
    """Labels [count], masked where a record does not have exactly one value."""

    def load() -> dict[str, np.ma.MaskedArray]:
        parts = [
            _parse([record(number) for number in numbers], features)
            for numbers in np.split(
                np.arange(count), range(_LABELS_AT_ONCE, count, _LABELS_AT_ONCE)
            )
        ]
        return {name: np.ma.concatenate([part[name] for part in parts]) for name in features}

    return LazyLabels(list(features), functools.cache(load))


def _parse(
    records: Sequence[bytes], features: Mapping[str, LabelFeature]
) -> dict[str, np.ma.MaskedArray]:
    """The labels of some records; none of a record that is damaged."""
    import tensorflow as tf

    wanted = {
        label.feature: tf.io.VarLenFeature(tf.float32 if label.kind is float else tf.int64)
        for label in features.values()
    }
    try:
        parsed = tf.io.parse_example(records, wanted)
    except tf.errors.InvalidArgumentError:
        if len(records) == 1:
            return {name: np.ma.masked_all(1, label.kind) for name, label in features.items()}
        singly = [_parse([record], features) for record in records]
        return {name: np.ma.concatenate([one[name] for one in singly]) for name in features}
    labels = {}
    for name, label in features.items():
        rows, values = parsed[label.feature].indices[:, 0].numpy(), parsed[label.feature].values
        is_single = np.bincount(rows, minlength=len(records)) == 1
        column = np.ma.masked_all(len(records), label.kind)
        column[is_single] = values.numpy()[is_single[rows]].astype(label.kind)
        labels[name] = column
    return labels


def _label_features(record: bytes) -> dict[str, LabelFeature]:
    """The features of an example that hold exactly one number."""
    import tensorflow as tf

    found = {}
    for name, feature in sorted(tf.train.Example.FromString(record).features.feature.items()):
        if len(feature.int64_list.value) == 1:
            found[name] = LabelFeature(name, int)
        elif len(feature.float_list.value) == 1:
            found[name] = LabelFeature(name, float)
    return found


def _bytes_features(record: bytes) -> dict[str, bytes]:
    """The features of an example that hold exactly one byte string."""
    import tensorflow as tf

    example = tf.train.Example.FromString(record)
    return {
        name: feature.bytes_list.value[0]
        for name, feature in example.features.feature.items()
        if len(feature.bytes_list.value) == 1
    }


def _picture(record: bytes, feature: str) -> bytes:
    try:
        return _bytes_features(record)[feature]
    except KeyError as error:
        raise BadPictureError(f"has no feature {feature}") from error
    except Exception as error:  # the class of protobuf's error depends on its implementation
        raise BadPictureError("is damaged: it is not a tf.train.Example") from error


def _find_feature(record: bytes, dataset: str) -> str:
    try:
        features = _bytes_features(record)
    except Exception as error:
        raise UserError(
            f"--dataset={dataset}: its first record is not a tf.train.Example"
        ) from error
    for name in (*_USUAL_FEATURES, *sorted(features)):
        try:
            open_picture(features.get(name, b""))
            return name
        except BadPictureError:
            continue
    raise UserError(
        f"--dataset={dataset}: no feature of its first record is a picture; it has "
        f"{', '.join(sorted(features)) or 'no features of bytes'}"
    )
