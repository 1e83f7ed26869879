"""Statistics of a set of images in a .npz file, to avoid reading the images again.

Mean and covariance are called mu and sigma, as in the files of pytorch-fid, TTUR and guided
diffusion. So those programs can read the files written here, and theirs are read here.
"""

import dataclasses
import hashlib
import json
import pathlib
import zipfile
from collections.abc import Mapping

import numpy as np

from kerasgan.errors import UserError
from kerasgan.files import new_file
from kerasgan.metrics.checks import check_features
from kerasgan.metrics.extractors import PUBLISHED
from kerasgan.metrics.frechet import Moments
from kerasgan.metrics.measuring import Summary

_FORMAT = 3
_FOREIGN = {"mu.npy", "sigma.npy"}  # all that other programs write
_MEAN_AND_COVARIANCE = {2: ("mean", "covariance"), 3: ("mu", "sigma")}  # by format


@dataclasses.dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the statistics in a file come from.

    Attributes:
        data: the name of the data set or generator.
        data_digest: SHA-256 of the images, or the identity of a generator's weights.
        image_size: such as "64x64x3".
        extractor: the name of the network.
        extractor_digest: SHA-256 of its weights; "" in files of other programs, which do not say.
        seed: of the choice of images.
        crop: how pictures were cropped.
        filter: how they were resized.
        split: the part of the data set.
        background: the colour on which images with alpha were laid; None if they have none.
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
    background: str | None = None


def save_statistics(path: pathlib.Path, summary: Summary, origin: Origin) -> None:
    """Writes the mean, the covariance and, if the summary has them, the features.

    The file appears only when complete.

    Raises:
        ValueError: the summary has no moments.
        UserError: the file cannot be written, or the statistics are another program's.
    """
    if summary.moments is None:
        raise ValueError("the summary has no moments: it was made without fid, kid or prdc")
    if not summary.count:
        raise UserError(f"{path}: these are statistics of another program; copy their file instead")
    arrays = {
        "mu": summary.moments.mean,
        "sigma": summary.moments.covariance,
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
    """Reads a file of `save_statistics` or of another program; nothing in it is ever executed.

    Of another program's, the count is 0 and the size of the images "": the file does not say.

    Raises:
        UserError: the file cannot be read, or is not a statistics file.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            content = {name: arrays[name] for name in arrays.files}
        if "origin" not in content and {"mu", "sigma"} <= content.keys():
            summary, origin = _foreign(path, content["mu"], content["sigma"])
        else:
            summary, origin = _own(content)
        _check(summary)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from error
    # On damaged files, NumPy, zipfile and Python's tokenizer raise errors of many classes.
    except Exception as error:
        message = " ".join(str(error).split())
        raise UserError(f"{path}: is not a statistics file of kerasgan: {message}") from error
    return summary, origin


def is_statistics(path: pathlib.Path) -> bool:
    """Whether a .npz file holds statistics and no images.

    The reference batches of guided diffusion have both: their images suit every metric.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return True  # its reader says what is wrong with it
    has_images = names & {"arr_0.npy", "images.npy"}
    return "origin.npy" in names or (names >= _FOREIGN and not has_images)


def _foreign(
    path: pathlib.Path, mean: np.ndarray, covariance: np.ndarray
) -> tuple[Summary, Origin]:
    """Another program's statistics: no count, no origin, and the network of published FIDs."""
    count = 2  # with which Moments gives back the covariance; the true count is not in the file
    moments = Moments(count, np.asarray(mean, np.float64), np.asarray(covariance, np.float64))
    origin = Origin(
        data=str(path),
        data_digest=hashlib.sha256(moments.mean.tobytes() + moments.scatter.tobytes()).hexdigest(),
        image_size="",
        extractor=PUBLISHED,
        extractor_digest="",
        seed=0,
    )
    return Summary(0, PUBLISHED, moments), origin


def _own(content: Mapping[str, np.ndarray]) -> tuple[Summary, Origin]:
    origin = Origin(**json.loads(str(content["origin"])))
    names = _MEAN_AND_COVARIANCE.get(int(content["format"]))
    if names is None:
        raise ValueError("another format")
    count, (mean, covariance) = int(content["count"]), (content[name] for name in names)
    moments = Moments(count, mean, covariance * (count - 1))
    return Summary(count, origin.extractor, moments, content.get("features")), origin


def _check(summary: Summary) -> None:
    """Raises ValueError if the arrays do not fit together, or are not finite."""
    moments, features = summary.moments, summary.features
    if moments is None or moments.scatter.shape != (len(moments.mean), len(moments.mean)):
        raise ValueError("mean and covariance are of different sizes")
    if features is not None and features.shape != (summary.count, len(moments.mean)):
        raise ValueError(f"features of shape {features.shape}")
    check_features(moments.mean, moments.scatter, *([] if features is None else [features]))
