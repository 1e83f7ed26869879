"""The networks that turn images into features, for FID, KID, precision and recall.

A distance between features means nothing without the network that computed them, so its name is
part of every metric's name and the digest of its weights is part of every result.
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
from kerasgan.files import local_path, tensorflow_path
from kerasgan.metrics import inception2015
from kerasgan.metrics.checks import check_images
from kerasgan.metrics.embedded import EmbeddedNetwork
from kerasgan.pixels import to_float

DEFAULT_CACHE_DIR = pathlib.Path(DataSettings.cache_dir)
PUBLISHED = "inception2015"  # the network of published FIDs
_BUILT_IN = ("embedded", PUBLISHED, "keras")

_BATCH_SIZE = 64
_KERAS_SIDE = 299  # pixels; the size that keras.applications' InceptionV3 was trained on


@dataclasses.dataclass(frozen=True)
class Extractor:
    """A fixed network.

    Attributes:
        name: appears in the names of metrics, such as kid5k_embedded.
        digest: SHA-256 of the weights or of the file that holds them.
        size: the length of a feature vector.
        run: a function from uint8 [B, H, W, 3] to float32 [B, size].
        layers: a function from images float32 [B, H, W, 3] in [-1, 1] to features, [B, d] or maps
            [B, h, w, d] each, that has gradients; None where there are none.
    """

    name: str
    digest: str
    size: int
    run: Callable[[np.ndarray], np.ndarray]
    layers: Callable[[tf.Tensor], list[tf.Tensor]] | None = None

    def features(self, images: Rows) -> np.ndarray:
        """Features of images; grey images are repeated in all three channels.

        Args:
            images: uint8 [B, H, W, 1 or 3].

        Returns:
            float32 [B, size].

        Raises:
            ValueError: there are no images, or they are not uint8 of this shape.
            UserError: the network returned NaN or infinity.
        """
        if not len(images):
            raise ValueError("0 images: must be at least 1")
        parts = []
        for start in range(0, len(images), _BATCH_SIZE):
            part = images[start : start + _BATCH_SIZE]
            check_images(part)
            parts.append(self.run(np.repeat(part, 3 // part.shape[-1], axis=-1)))
        features = np.concatenate(parts)
        if not np.isfinite(features).all():
            raise UserError(
                f"--extractor={self.name}: returned NaN or infinite features; must be finite"
            )
        return features


def open_extractor(wanted: str, *, cache_dir: pathlib.Path = DEFAULT_CACHE_DIR) -> Extractor:
    """Opens an extractor by its name or path.

    Args:
        wanted: "embedded" (ships with the package), "inception2015" (the network of published
            FIDs, from the cache or downloaded once), "inception2015:<file>", "keras"
            (keras.applications' InceptionV3), or the path of a .keras file, a SavedModel or a
            frozen graph (.pb). A .keras file or SavedModel takes images float32 [B, H, W, 3] in
            [-1, 1], a frozen graph uint8 levels 0 to 255 as "inception2015" does.
        cache_dir: where downloads are kept.

    Raises:
        UserError: the name is unknown, a file cannot be read or downloaded, or a file has the
            name of a built-in extractor.
    """
    if wanted == "embedded":
        network = EmbeddedNetwork()
        return Extractor("embedded", network.digest, network.size, network.features, network.layers)
    if wanted.partition(":")[0] == PUBLISHED:
        given = wanted.partition(":")[2]
        path = inception2015.find_graph(
            local_path("extractor", given) if given else None,
            cache_dir=local_path("cache_dir", cache_dir),
        )
        return _frozen_graph(PUBLISHED, path)
    if wanted == "keras":
        return _keras_inception()
    path = local_path("extractor", wanted)
    name = path.name if path.is_dir() else path.stem
    if name in _BUILT_IN and path.exists():
        raise UserError(
            f"--extractor={wanted}: rename it: scores would carry the name {name}, which belongs "
            "to a built-in extractor"
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
    except Exception as error:  # Keras wraps download errors in a plain Exception
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
    if not (isinstance(shape, tuple) and len(shape) == 4):  # several inputs, for example
        raise UserError(f"--extractor={path}: must have one input, images float32 [B, H, W, 3]")
    return _of_network(path.stem, _digest([path]), network, shape[1:3])


def _saved_model(path: pathlib.Path) -> Extractor:
    try:
        model = tf.saved_model.load(tensorflow_path(path))
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
        # Keeps the model alive: it owns the variables that its signature reads.
        return signature(**{input_name: images})[output_name]

    files = sorted(file for file in path.rglob("*") if file.is_file())
    return _of_network(path.name, _digest(files), network, spec.shape[1:3])


def _of_network(
    name: str, digest: str, network: Callable, size: tuple[int | None, int | None]
) -> Extractor:
    """Wraps a network that takes images in [-1, 1] of one size, or of any size (None)."""

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8)])
    def run(images: tf.Tensor) -> tf.Tensor:
        floats = tf.cast(images, tf.float32)
        if None not in size:
            floats = tf.image.resize(floats, size, antialias=True)
        features = network(to_float(floats))
        # A feature map [B, h, w, d] is averaged over its positions.
        return tf.reduce_mean(features, [1, 2]) if len(features.shape) == 4 else features

    def layers(images: tf.Tensor) -> list[tf.Tensor]:
        if None not in size:
            images = tf.image.resize(images, size, antialias=True)
        return [tf.cast(network(images), tf.float32)]

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
            f"--extractor={name}: must return features [B, d] or [B, h, w, d]; got {given}"
        )
    return Extractor(name, digest, features.shape[-1], as_arrays, layers)


def _digest(paths: list[pathlib.Path]) -> str:
    """SHA-256 of the concatenated contents of files."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(2**20):
                digest.update(chunk)
    return digest.hexdigest()
