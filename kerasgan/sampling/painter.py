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
from kerasgan.label_space import LabelSpace
from kerasgan.pixels import to_uint8
from kerasgan.runs.public import data_set_name
from kerasgan.runs.restore import RestoredRun, restore_run
from kerasgan.serving import metadata
from kerasgan.serving.labelled_endpoints import functions_of
from kerasgan.serving.saved_model import latest_version

_BATCH_SIZE = 64  # latents painted at a time, so that memory does not grow with their number


@dataclasses.dataclass(frozen=True)
class Painter:
    """A trained generator, wherever it came from.

    Attributes:
        latent_dim: the length of a latent vector.
        image_shape: height, width, channels.
        label_space: what a conditional generator is asked for; None for an unconditional one.
        dataset: the name of what it was trained on; None where that is not known.
        identity: differs between any two generators with different weights.
        step: of training; None for an exported model.
        metadata: what `describe_run` says of it; empty where that is not known.
        signatures: the functions of `kerasgan.serving.labelled_endpoints` that it has, by name.
        notes: the folder for what is found out about it.
    """

    latent_dim: int
    image_shape: tuple[int, int, int]
    label_space: LabelSpace | None
    dataset: str | None
    identity: str
    step: int | None
    metadata: dict[str, Any]
    signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]
    notes: pathlib.Path
    _owner: object = None  # of the variables that the signatures read

    def sample(
        self, seeds: Sequence[int], truncation: float = 1.0, labels: np.ndarray | None = None
    ) -> np.ndarray:
        """Seeds [n] -> uint8 [n, H, W, C], each seed's image independent of the others.

        Args:
            seeds: of at least 0.
            truncation: scales the latents.
            labels: what a conditional generator is asked for, as `LabelSpace.conditions` takes
                them, one for each seed; None for those of `LabelSpace.evenly`.

        Raises:
            ValueError: labels that are none, or that an unconditional generator does not take.
        """
        if labels is None and self.label_space is not None:
            labels = self.label_space.evenly(seeds)
        inputs = {
            "seed": tf.constant(np.fromiter(seeds, np.int64, len(seeds))),
            "truncation": tf.fill([len(seeds)], tf.constant(truncation, tf.float32)),
            **self._labels(len(seeds), labels=labels),
        }
        images: np.ndarray = self.signatures["sample"](**inputs)["images"].numpy()
        return images

    def between_labels(
        self, seeds: Sequence[int], start: np.ndarray, end: np.ndarray, position: np.ndarray
    ) -> np.ndarray:
        """Seeds [n] of a conditional generator -> uint8 [n, H, W, C] between two labels each.

        Args:
            seeds: of at least 0.
            start: labels, one for each seed.
            end: the same.
            position: float [n], from 0 (start) to 1 (end).

        Raises:
            ValueError: labels that are none, or that an unconditional generator does not take.
        """
        inputs = {
            "seed": tf.constant(np.fromiter(seeds, np.int64, len(seeds))),
            "position": tf.constant(position, tf.float32),
            **self._labels(len(seeds), start_labels=start, end_labels=end),
        }
        images: np.ndarray = self.signatures["interpolate_labels"](**inputs)["images"].numpy()
        return images

    def paint(self, latents: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Latents float [n, latent_dim] -> uint8 [n, H, W, C].

        Args:
            latents: standard normal.
            labels: as in `sample`; a conditional generator needs them, for latents have no seeds.

        Raises:
            ValueError: latents or labels of another shape, or labels that are none.
        """
        latents = np.asarray(latents, np.float32)
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise ValueError(f"latents of shape {latents.shape}: must be [n, {self.latent_dim}]")
        self._labels(len(latents), labels=labels)  # checks them
        images = [np.zeros([0, *self.image_shape], np.uint8)]
        for start in range(0, len(latents), _BATCH_SIZE):
            some = slice(start, start + _BATCH_SIZE)
            asked = None if labels is None else labels[some]
            images.append(to_uint8(self.paint_floats(tf.constant(latents[some]), asked).numpy()))
        return np.concatenate(images)

    def paint_floats(self, latents: tf.Tensor, labels: np.ndarray | None = None) -> tf.Tensor:
        """Latents [n, latent_dim] -> float32 [n, H, W, C] in [-1, 1], which have gradients.

        Args:
            latents: float32, standard normal.
            labels: as in `paint`.

        Raises:
            ValueError: labels that are none.
        """
        asked = self._labels(latents.shape[0], labels=labels)
        painted = self.signatures["serving_default"](latents=latents, **asked)
        return tf.cast(painted["images"], tf.float32)

    def _labels(self, count: int, **labels: np.ndarray | None) -> dict[str, tf.Tensor]:
        """The inputs of a signature that take labels; {} for an unconditional generator.

        Args:
            count: of the images.
            **labels: for each input, one for each image.
        """
        if self.label_space is None:
            if any(values is not None for values in labels.values()):
                raise ValueError("labels: the generator is not conditional")
            return {}
        of_classes = self.label_space.kind == "classes"
        inputs = {}
        for name, values in labels.items():
            if values is None:
                raise ValueError(f"{name}=None: the generator is conditional; must be {count}")
            conditions = self.label_space.conditions(values)  # checks them
            if len(conditions) != count:
                raise ValueError(f"{name}: must be {count}, one for each image")
            inputs[name] = tf.constant(values, tf.int64) if of_classes else tf.constant(conditions)
        return inputs


def painter_of_run(run_dir: pathlib.Path, which: str = "last") -> Painter:
    """The averaged generator of a run.

    Args:
        run_dir: the run's folder.
        which: "last" (the last checkpoint that can be read), "best", or the number of a step.

    Raises:
        UserError: no such run or checkpoint, or one that cannot be read.
    """
    return painter_of_restored(restore_run(run_dir, which), run_dir)


def painter_of_restored(run: RestoredRun, run_dir: pathlib.Path) -> Painter:
    """The averaged generator of a run's checkpoint that has been read already."""
    config, gan, step = run
    checksum = 0
    for weight in gan.ema_generator.get_weights():
        checksum = zlib.crc32(weight.tobytes(), checksum)
    return Painter(
        latent_dim=config.latent_dim,
        image_shape=config.image_shape,
        label_space=config.label_space,
        dataset=data_set_name(config.dataset),
        identity=f"weights {checksum:08x}",
        step=step,
        metadata=metadata.describe_run(config, step=step, run_dir=run_dir),
        signatures=functions_of(gan.ema_generator, gan.discriminator, config.label_space),
        notes=run_dir,
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
    if ("labels" in paint.structured_input_signature[1]) != ("labels" in known):
        raise UserError(
            f"--model={folder}: its metadata do not say what its labels mean; must be a model from "
            "python -m kerasgan.export"
        )
    fingerprint = tf.saved_model.experimental.read_fingerprint(tensorflow_path(version))
    return Painter(
        latent_dim=paint.structured_input_signature[1]["latents"].shape[1],
        image_shape=tuple(paint.structured_outputs["images"].shape[1:]),
        label_space=LabelSpace.read(known["labels"]) if "labels" in known else None,
        dataset=known.get("dataset"),
        identity=f"saved model {fingerprint.singleprint()}",
        step=None,
        metadata=known,
        signatures=model.signatures,
        notes=version / "assets.extra",  # which servers pass over
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
