"""A trained generator, wherever it came from, with the same methods."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgan.channels import CHECKERBOARD, has_alpha
from kerasgan.label_space import LabelSpace
from kerasgan.pixels import to_uint8

# Of seeds painted at a time: a batch of an evaluation, 256 images, at up to 128 x 128.
_PIXELS_AT_ONCE = 256 * 128 * 128
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
        notes: the folder for what is found out about it; None if there is none.
    """

    latent_dim: int
    image_shape: tuple[int, int, int]
    label_space: LabelSpace | None
    dataset: str | None
    identity: str
    step: int | None
    metadata: dict[str, Any]
    signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]
    notes: pathlib.Path | None
    _owner: object = None  # of the variables that the signatures read

    @property
    def background(self) -> str:
        """What is under its transparent pixels where pictures are looked at."""
        known: str = self.metadata.get("config", {}).get("background", CHECKERBOARD)
        return known

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
        rows = max(1, _PIXELS_AT_ONCE // (self.image_shape[0] * self.image_shape[1]))
        images = [np.zeros([0, *self.image_shape], np.uint8)]
        for start in range(0, len(seeds), rows):
            some = {name: values[start : start + rows] for name, values in inputs.items()}
            images.append(self.signatures["sample"](**some)["images"].numpy())
        return np.concatenate(images)

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
        latents = self._checked(latents)
        return self._paint("serving_default", latents, self._labels(len(latents), labels=labels))

    def paint_conditions(self, latents: np.ndarray, conditions: np.ndarray) -> np.ndarray:
        """Latents float [n, latent_dim] of a conditional generator -> uint8 [n, H, W, C].

        Args:
            latents: standard normal.
            conditions: float [n, width] in [-1, 1], as `LabelSpace.conditions` makes them of
                labels, or anything between them.

        Raises:
            ValueError: latents or conditions of another shape, or an unconditional generator.
        """
        latents = self._checked(latents)
        width = self.label_space.width if self.label_space else 0
        conditions = np.asarray(conditions, np.float32)
        if not width or conditions.shape != (len(latents), width):
            raise ValueError(
                f"conditions of shape {conditions.shape}: the generator takes "
                f"{[len(latents), width] if width else 'none'}"
            )
        return self._paint("paint_conditions", latents, {"conditions": tf.constant(conditions)})

    def _paint(
        self, signature: str, latents: np.ndarray, others: dict[str, tf.Tensor]
    ) -> np.ndarray:
        """Latents and other inputs of a signature, some at a time -> uint8 [n, H, W, C]."""
        images = [np.zeros([0, *self.image_shape], np.uint8)]
        for start in range(0, len(latents), _BATCH_SIZE):
            some = slice(start, start + _BATCH_SIZE)
            batch = {name: values[some] for name, values in others.items()}
            painted = self.signatures[signature](latents=tf.constant(latents[some]), **batch)
            images.append(to_uint8(painted["images"].numpy()))
        return np.concatenate(images)

    def _checked(self, latents: np.ndarray) -> np.ndarray:
        latents = np.asarray(latents, np.float32)
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise ValueError(f"latents of shape {latents.shape}: must be [n, {self.latent_dim}]")
        return latents

    def paint_floats(self, latents: tf.Tensor, labels: np.ndarray | None = None) -> tf.Tensor:
        """Latents [n, latent_dim] -> float32 [n, H, W, C] in [-1, 1], which have gradients.

        With 4 channels they are premultiplied, and colours are cut to alpha, as files have them.

        Args:
            latents: float32, standard normal.
            labels: as in `paint`.

        Raises:
            ValueError: labels that are none.
        """
        asked = self._labels(latents.shape[0], labels=labels)
        painted = self.signatures["serving_default"](latents=latents, **asked)
        images = tf.cast(painted["images"], tf.float32)
        if has_alpha(self.image_shape):
            alpha = images[..., 3:]
            images = tf.concat([tf.minimum(images[..., :3], alpha), alpha], axis=-1)
        return images

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
