"""Statistics of a set of images in a .npz file, to avoid reading the images again."""

import dataclasses
import json
import pathlib

import numpy as np

from kerasgan.errors import UserError
from kerasgan.files import new_file
from kerasgan.metrics.checks import check_features
from kerasgan.metrics.frechet import Moments
from kerasgan.metrics.measuring import Summary

_FORMAT = 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the statistics in a file come from.

    Attributes:
        data: the name of the data set or generator.
        data_digest: SHA-256 of the images, or the identity of a generator's weights.
        image_size: such as "64x64x3".
        extractor: the name of the network.
        extractor_digest: SHA-256 of its weights.
        seed: of the choice of images.
        crop: how pictures were cropped.
        filter: how they were resized.
        split: the part of the data set.
    """

    data: str
    data_digest: str
    image_size: str
    extractor: str
    extractor_digest: str
    seed: int
    crop: str = "none"
    filter: str = "none"
    split: str = "all"


def save_statistics(path: pathlib.Path, summary: Summary, origin: Origin) -> None:
    """Writes the mean, the covariance and, if the summary has them, the features.

    The file appears only when complete.

    Raises:
        ValueError: the summary has no moments.
        UserError: the file cannot be written.
    """
    if summary.moments is None:
        raise ValueError("the summary has no moments: it was made without fid, kid or prdc")
    arrays = {
        "mean": summary.moments.mean,
        "covariance": summary.moments.covariance,
        "count": np.array(summary.count),
        "format": np.array(_FORMAT),
        "origin": np.array(json.dumps(dataclasses.asdict(origin))),
    }
    if summary.features is not None:
        arrays["features"] = summary.features
    try:
        with new_file(path, shared=True) as unfinished, unfinished.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error


def load_statistics(path: pathlib.Path) -> tuple[Summary, Origin]:
    """Reads a file that `save_statistics` wrote; nothing in it is ever executed.

    Raises:
        UserError: the file cannot be read, or is not a statistics file.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            content = {name: arrays[name] for name in arrays.files}
        origin = Origin(**json.loads(str(content["origin"])))
        count, mean = int(content["count"]), content["mean"]
        moments = Moments(count, mean, content["covariance"] * (count - 1))
        features = content.get("features")
        if content["format"] != _FORMAT or moments.scatter.shape != (len(mean), len(mean)):
            raise ValueError("another format")
        if features is not None and features.shape != (count, len(mean)):
            raise ValueError(f"features of shape {features.shape}")
        check_features(mean, moments.scatter, *([] if features is None else [features]))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from error
    # On damaged files, NumPy, zipfile and Python's tokenizer raise errors of many classes.
    except Exception as error:
        message = " ".join(str(error).split())
        raise UserError(f"{path}: is not a statistics file of kerasgan: {message}") from error
    return Summary(count, origin.extractor, moments, features), origin
