"""A trained generator, from a run's folder or an exported model, with the same two methods."""

import dataclasses
import json
import pathlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgan.errors import UserError
from kerasgan.files import tensorflow_path
from kerasgan.pixels import to_uint8
from kerasgan.runs.public import data_set_name
from kerasgan.runs.restore import RestoredRun, refuse_labels, restore_run
from kerasgan.serving import metadata
from kerasgan.serving.endpoints import Endpoints
from kerasgan.serving.saved_model import latest_version

_BATCH_SIZE = 64  # latents painted at a time, so that memory does not grow with their number


@dataclasses.dataclass(frozen=True)
class Painter:
    """A trained generator, wherever it came from.

    Attributes:
        latent_dim: the length of a latent vector.
        image_shape: height, width, channels.
        dataset: the name of what it was trained on; None where that is not known.
        identity: differs between any two generators with different weights.
        step: of training; None for an exported model.
        metadata: what `describe_run` says of it; empty where that is not known.
        signatures: the functions of `kerasgan.serving.endpoints` that it has, by name.
        notes: the folder for what is found out about it.
    """

    latent_dim: int
    image_shape: tuple[int, int, int]
    dataset: str | None
    identity: str
    step: int | None
    metadata: dict[str, Any]
    signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]
    notes: pathlib.Path
    _sample: Callable[..., dict[str, tf.Tensor]]
    _paint: Callable[..., dict[str, tf.Tensor]]
    _owner: object = None  # of the variables that the two functions read

    def sample(self, seeds: Sequence[int], truncation: float = 1.0) -> np.ndarray:
        """Seeds [n] -> uint8 [n, H, W, C], each seed's image independent of the others."""
        inputs = {
            "seed": tf.constant(np.fromiter(seeds, np.int64, len(seeds))),
            "truncation": tf.fill([len(seeds)], tf.constant(truncation, tf.float32)),
        }
        images: np.ndarray = self._sample(**inputs)["images"].numpy()
        return images

    def paint(self, latents: np.ndarray) -> np.ndarray:
        """Latents float [n, latent_dim] -> uint8 [n, H, W, C].

        Raises:
            ValueError: latents of another shape.
        """
        latents = np.asarray(latents, np.float32)
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise ValueError(f"latents of shape {latents.shape}: must be [n, {self.latent_dim}]")
        images = [np.zeros([0, *self.image_shape], np.uint8)]
        for start in range(0, len(latents), _BATCH_SIZE):
            batch = tf.constant(latents[start : start + _BATCH_SIZE])
            images.append(to_uint8(self._paint(latents=batch)["images"].numpy()))
        return np.concatenate(images)


def painter_of_run(run_dir: pathlib.Path, which: str = "last") -> Painter:
    """The averaged generator of a run.

    Args:
        run_dir: the run's folder.
        which: "last" (the last checkpoint that can be read), "best", or the number of a step.

    Raises:
        UserError: no such run or checkpoint, one that cannot be read, or a conditional run.
    """
    return painter_of_restored(restore_run(run_dir, which), run_dir)


def painter_of_restored(run: RestoredRun, run_dir: pathlib.Path) -> Painter:
    """The averaged generator of a run's checkpoint that has been read already."""
    config, gan, step = run
    refuse_labels(config, run_dir)
    functions = Endpoints(gan.ema_generator, gan.discriminator).functions()
    checksum = 0
    for weight in gan.ema_generator.get_weights():
        checksum = zlib.crc32(weight.tobytes(), checksum)
    return Painter(
        latent_dim=config.latent_dim,
        image_shape=config.image_shape,
        dataset=data_set_name(config.dataset),
        identity=f"weights {checksum:08x}",
        step=step,
        metadata=metadata.describe_run(config, step=step, run_dir=run_dir),
        signatures=functions,
        notes=run_dir,
        _sample=functions["sample"],
        _paint=functions["serving_default"],
    )


def painter_of_model(folder: pathlib.Path) -> Painter:
    """The generator of an exported model: a version's folder, or the folder of all versions.

    Raises:
        UserError: the folder holds no SavedModel, or one that cannot be read or lacks the
            signatures of `python -m kerasgan.export`.
    """
    version = _find_version(folder)
    try:
        model = tf.saved_model.load(tensorflow_path(version))
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise UserError(
            f"--model={folder}: cannot be read: {str(error).splitlines()[0]}"
        ) from error
    missing = {"sample", "serving_default"} - set(model.signatures)
    if missing:
        raise UserError(
            f"--model={folder}: has no signature {' and '.join(sorted(missing))}; must be a model "
            "from python -m kerasgan.export"
        )
    paint = model.signatures["serving_default"]
    known = _read_metadata(version)
    fingerprint = tf.saved_model.experimental.read_fingerprint(tensorflow_path(version))
    return Painter(
        latent_dim=paint.structured_input_signature[1]["latents"].shape[1],
        image_shape=tuple(paint.structured_outputs["images"].shape[1:]),
        dataset=known.get("dataset"),
        identity=f"saved model {fingerprint.singleprint()}",
        step=None,
        metadata=known,
        signatures=model.signatures,
        notes=version / "assets.extra",  # which servers pass over
        _sample=model.signatures["sample"],
        _paint=paint,
        _owner=model,
    )


def _find_version(folder: pathlib.Path) -> pathlib.Path:
    if folder.is_file():
        raise UserError(
            f"--model={folder}: is a file; must be a SavedModel's folder, such as "
            "saved_models/<name>"
        )
    if not folder.is_dir():
        raise UserError(f"--model={folder}: no such folder")
    for candidate in (folder, latest_version(folder)):
        if candidate is not None and (candidate / "saved_model.pb").is_file():
            return candidate
    raise UserError(
        f"--model={folder}: is no SavedModel; must be saved_models/<name> or one of its versions"
    )


def _read_metadata(version: pathlib.Path) -> dict[str, Any]:
    path = version / "assets" / metadata.FILE
    return dict(json.loads(path.read_text())) if path.is_file() else {}
