"""From images to features: the networks that FID, KID, precision and recall look through.

A distance between features means nothing without the network that made them: its name is part of
every metric's name, and the digest of its weights part of every result.
"""

import dataclasses
import hashlib
import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgan.config import DataSettings
from kerasgan.data.image_set import Rows
from kerasgan.errors import UserError
from kerasgan.metrics import inception2015
from kerasgan.metrics.embedded import EmbeddedNetwork

DEFAULT_CACHE_DIR = pathlib.Path(DataSettings.cache_dir)
PUBLISHED = "inception2015"  # the name of the network of published FIDs
_BUILT_IN = ("embedded", PUBLISHED, "keras")

_BATCH_SIZE = 64
_KERAS_SIDE = 299  # what keras.applications' Inception was trained on


@dataclasses.dataclass(frozen=True)
class Extractor:
    """A fixed network.

    Attributes:
        name: in the names of metrics, as in kid5k_embedded.
        digest: SHA-256 of the weights or of the file that holds them.
        size: the length of a feature vector.
        run: a function from uint8 [B, H, W, 3] to float32 [B, size].
    """

    name: str
    digest: str
    size: int
    run: Callable[[np.ndarray], np.ndarray]

    def features(self, images: Rows) -> np.ndarray:
        """uint8 [B, H, W, 1 or 3] to float32 [B, size]; grey becomes colour."""
        colours = 3 // images.shape[-1]
        parts = [
            self.run(np.repeat(images[start : start + _BATCH_SIZE], colours, axis=-1))
            for start in range(0, len(images), _BATCH_SIZE)
        ]
        return np.concatenate(parts)


def open_extractor(wanted: str, *, cache_dir: pathlib.Path = DEFAULT_CACHE_DIR) -> Extractor:
    """The extractor of a name or a path.

    Args:
        wanted: "embedded" (ships with the package), "inception2015" (published FIDs; from the
            cache or fetched once), "inception2015:<file>", "keras" (keras.applications'
            InceptionV3), or the path of a .keras file, a SavedModel or a frozen graph (.pb). A
            model of the user's takes images float32 [B, H, W, 3] in [-1, 1].
        cache_dir: where downloads are kept.

    Raises:
        UserError: an unknown name, a file that cannot be read or fetched, or one that is called
            as a network that comes with the package.
    """
    if wanted == "embedded":
        network = EmbeddedNetwork()
        return Extractor("embedded", network.digest, network.size, network.features)
    if wanted.partition(":")[0] == PUBLISHED:
        given = wanted.partition(":")[2]
        path = inception2015.find_graph(
            pathlib.Path(given).expanduser() if given else None, cache_dir=cache_dir.expanduser()
        )
        return _frozen_graph(PUBLISHED, path)
    if wanted == "keras":
        return _keras_inception()
    path = pathlib.Path(wanted).expanduser()
    name = path.name if path.is_dir() else path.stem
    if name in _BUILT_IN and path.exists():
        raise UserError(
            f"--extractor={wanted}: must be called otherwise: figures would bear the name {name}, "
            "which is another network's"
        )
    if path.suffix == ".keras" and path.is_file():
        return _keras_model(path)
    if path.suffix == ".pb" and path.is_file():
        return _frozen_graph(path.stem, path)
    if (path / "saved_model.pb").is_file():
        return _saved_model(path)
    raise UserError(
        f"--extractor={wanted}: must be embedded, inception2015, inception2015:<file>, keras, or "
        "the path of a .keras file, a SavedModel or a frozen graph (.pb)"
    )


def _frozen_graph(name: str, path: pathlib.Path) -> Extractor:
    run = inception2015.load_frozen_graph(path)
    size = run(np.zeros([1, 64, 64, 3], np.uint8)).shape[1]
    return Extractor(name, _digest([path]), size, run)


def _keras_inception() -> Extractor:
    try:
        network = keras.applications.InceptionV3(include_top=False, pooling="avg")
    except Exception as error:  # Keras wraps what its download raises in a plain Exception
        raise UserError(f"--extractor=keras: cannot get the weights: {error}") from error
    digest = hashlib.sha256()
    for weight in network.get_weights():
        digest.update(weight.tobytes())
    return _of_network("keras", digest.hexdigest(), network, (_KERAS_SIDE, _KERAS_SIDE))


def _keras_model(path: pathlib.Path) -> Extractor:
    try:
        network = keras.models.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"--extractor={path}: cannot be read: {reason}") from error
    shape = getattr(network, "input_shape", None)
    if not (isinstance(shape, tuple) and len(shape) == 4):  # as of several inputs
        raise UserError(f"--extractor={path}: must have one input, images float32 [B, H, W, 3]")
    return _of_network(path.stem, _digest([path]), network, shape[1:3])


def _saved_model(path: pathlib.Path) -> Extractor:
    try:
        model = tf.saved_model.load(str(path))
    except (OSError, ValueError, tf.errors.OpError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"--extractor={path}: cannot be read: {reason}") from error
    signature: Any = getattr(model, "signatures", {}).get("serving_default")
    inputs = signature.structured_input_signature[1] if signature else {}
    outputs = signature.structured_outputs if signature else {}
    if len(inputs) != 1 or len(outputs) != 1:
        raise UserError(
            f"--extractor={path}: must have a signature serving_default with one input and one "
            "output"
        )
    ((input_name, spec),) = inputs.items()
    (output_name,) = outputs

    def network(images: tf.Tensor, model: object = model) -> tf.Tensor:
        # The model is kept: it owns the variables that its signature reads.
        return signature(**{input_name: images})[output_name]

    files = sorted(file for file in path.rglob("*") if file.is_file())
    return _of_network(path.name, _digest(files), network, spec.shape[1:3])


def _of_network(
    name: str, digest: str, network: Callable, size: tuple[int | None, int | None]
) -> Extractor:
    """A network that takes images in [-1, 1] of one size, or of any (None)."""

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8)])
    def run(images: tf.Tensor) -> tf.Tensor:
        floats = tf.cast(images, tf.float32)
        if None not in size:
            floats = tf.image.resize(floats, size, antialias=True)
        features = network(floats / 127.5 - 1.0)
        # A map of features [B, h, w, d] is averaged over its places.
        return tf.reduce_mean(features, [1, 2]) if len(features.shape) == 4 else features

    def as_arrays(images: np.ndarray) -> np.ndarray:
        features: np.ndarray = run(tf.constant(images)).numpy()
        return features

    try:
        features = network(tf.zeros([1, *(side or 64 for side in size), 3]))
    except (ValueError, TypeError, tf.errors.OpError) as error:
        raise UserError(
            f"--extractor={name}: the model does not take images float32 [B, H, W, 3]: "
            f"{str(error).splitlines()[0]}"
        ) from error
    given = list(features.shape) if tf.is_tensor(features) else type(features).__name__
    if not tf.is_tensor(features) or len(features.shape) not in (2, 4):
        raise UserError(
            f"--extractor={name}: must give features [B, d] or [B, h, w, d], not {given}"
        )
    return Extractor(name, digest, features.shape[-1], as_arrays)


def _digest(paths: list[pathlib.Path]) -> str:
    """SHA-256 of the contents of files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(2**20):
                digest.update(chunk)
    return digest.hexdigest()
