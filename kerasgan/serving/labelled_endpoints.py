"""The signatures of a conditional generator: those of any, which also take labels.

A label that is none is refused by the graph itself, so that no server answers with a wrong picture.
"""

from typing import Any

import keras
import tensorflow as tf

from kerasgan.label_space import LabelSpace
from kerasgan.model.latents import great_circle, latents_from_seeds
from kerasgan.model.validation import condition_width_of, latent_dim_of
from kerasgan.serving.endpoints import Endpoints, Outputs, in_groups, scalars, traceable


def functions_of(
    generator: keras.Model,
    discriminator: keras.Model | None = None,
    labels: LabelSpace | None = None,
) -> dict[str, Any]:
    """For the name of each signature, a `tf.function` with named inputs.

    Args:
        generator: a built model from latents [n, latent_dim] to images [n, H, W, C] in [-1, 1]; a
            conditional one takes [latents, conditions].
        discriminator: from such images, or [images, conditions], to logits [n, 1]; None to leave
            its signature out.
        labels: what a conditional generator is asked for; None for an unconditional one.

    Raises:
        ValueError: the generator does not take these labels.
    """
    width = condition_width_of(generator)
    if width != (labels.width if labels else 0):
        raise ValueError(
            f"labels={labels and labels.names}: the generator takes {width or 'no'} conditions"
        )
    if labels is None:
        return Endpoints(generator, discriminator).functions()
    return LabelledEndpoints(generator, discriminator, labels).functions()


class LabelledEndpoints:
    """The signatures of a conditional generator and, if given, its discriminator.

    Labels are indices of classes, int64 [n], or the values of all attributes in their order,
    float32 [n, width] in [-1, 1].

    Args:
        generator: a built model from [latents, conditions] to images [n, H, W, C] in [-1, 1].
        discriminator: a built model from [images, conditions] to logits [n, 1].
        labels: what they mean.
    """

    def __init__(
        self, generator: keras.Model, discriminator: keras.Model | None, labels: LabelSpace
    ):
        self._generator = generator
        self._discriminator: Any = discriminator
        self._space = labels
        self._latent_dim = latent_dim_of(generator)
        self._image_shape = generator.output_shape[1:]

    def functions(self) -> dict[str, Any]:
        """For the name of each signature, a `tf.function` with named inputs."""
        label: tuple[list[int], tf.DType] = ([], tf.int64)
        if self._space.kind == "attributes":
            label = ([self._space.width], tf.float32)
        seeds = scalars({"seed": tf.int64, "truncation": tf.float32})
        between = scalars({"start_seed": tf.int64, "end_seed": tf.int64, "position": tf.float32})
        functions = {
            "serving_default": traceable(
                self.paint, latents=([self._latent_dim], tf.float32), labels=label
            ),
            "sample": traceable(self.sample, **seeds, labels=label),
            "sample_png": traceable(self.sample_png, **seeds, labels=label),
            "interpolate": traceable(self.interpolate, **between, labels=label),
            "interpolate_labels": traceable(
                self.interpolate_labels,
                **scalars({"seed": tf.int64}),
                start_labels=label,
                end_labels=label,
                **scalars({"position": tf.float32}),
            ),
            "paint_conditions": traceable(
                self.paint_conditions,
                latents=([self._latent_dim], tf.float32),
                conditions=([self._space.width], tf.float32),
            ),
        }
        if self._discriminator is not None:
            functions["discriminate"] = traceable(
                self.discriminate, images=(self._image_shape, tf.float32), labels=label
            )
        return functions

    def paint(self, latents: tf.Tensor, labels: tf.Tensor) -> Outputs:
        """Latents [n, latent_dim] and labels -> `images` float32 [n, H, W, C] in [-1, 1]."""
        conditions = self._conditions(labels, latents)
        return {"images": self._generator([latents, conditions], training=False)}

    def sample(self, seed: tf.Tensor, truncation: tf.Tensor, labels: tf.Tensor) -> Outputs:
        """Seeds [n], truncations [n] and labels -> `images` uint8 [n, H, W, C].

        The truncation scales the latents towards their mean, 0, and leaves the labels alone.
        """
        latents = latents_from_seeds(seed, self._latent_dim) * truncation[:, None]
        return {"images": self._levels(latents, self._conditions(labels, latents))}

    def sample_png(self, seed: tf.Tensor, truncation: tf.Tensor, labels: tf.Tensor) -> Outputs:
        """Like `sample`, but returns `image_bytes`, string [n]: PNG files, base64 over REST."""
        images = self.sample(seed, truncation, labels)["images"]
        return {"image_bytes": tf.io.encode_png(images)}

    def interpolate(
        self, start_seed: tf.Tensor, end_seed: tf.Tensor, position: tf.Tensor, labels: tf.Tensor
    ) -> Outputs:
        """`images` uint8 [n, H, W, C] on the arc from one seed (position 0) to another (1)."""
        start = latents_from_seeds(start_seed, self._latent_dim)
        end = latents_from_seeds(end_seed, self._latent_dim)
        latents = great_circle(start, end, position)
        return {"images": self._levels(latents, self._conditions(labels, latents))}

    def interpolate_labels(
        self,
        seed: tf.Tensor,
        start_labels: tf.Tensor,
        end_labels: tf.Tensor,
        position: tf.Tensor,
    ) -> Outputs:
        """`images` uint8 [n, H, W, C] of seeds, between one label (position 0) and another (1).

        Conditions go in a straight line, between the one-hot vectors of two classes, or from each
        attribute's value to the other.
        """
        latents = latents_from_seeds(seed, self._latent_dim)
        inside = tf.reduce_all((position >= 0) & (position <= 1))
        check = tf.debugging.Assert(inside, ["position: must be in [0, 1]", position])
        with tf.control_dependencies([check]):
            share = tf.identity(position)[:, None]
        start = self._conditions(start_labels, latents, "start_labels")
        end = self._conditions(end_labels, latents, "end_labels")
        return {"images": self._levels(latents, (1.0 - share) * start + share * end)}

    def paint_conditions(self, latents: tf.Tensor, conditions: tf.Tensor) -> Outputs:
        """Latents [n, latent_dim] and conditions [n, width] -> `images` float32 in [-1, 1].

        Conditions are what the generator itself takes: one-hot vectors of classes, or the values of
        attributes, and anything in [-1, 1] between them.
        """
        conditions = _checked(
            conditions,
            latents,
            tf.abs(conditions) <= 1.0,  # which NaN is not
            f"conditions: must be in [-1, 1], {self._space.width} for each image",
        )
        return {"images": self._generator([latents, conditions], training=False)}

    def discriminate(self, images: tf.Tensor, labels: tf.Tensor) -> Outputs:
        """Images float32 [n, H, W, C] in [-1, 1] and labels -> `logits` [n, 1], above 0 for "real".

        The label is what the image is said to be: a real image of another class is no real one.
        """
        conditions = self._conditions(labels, images)
        return {"logits": self._discriminator([images, conditions], training=False)}

    def _levels(self, latents: tf.Tensor, conditions: tf.Tensor) -> tf.Tensor:
        return in_groups(self._generator, [latents, conditions])

    def _conditions(self, labels: tf.Tensor, others: tf.Tensor, name: str = "labels") -> tf.Tensor:
        """Labels -> float32 [n, width], after checks that stay in an exported graph.

        Args:
            labels: of the type of the signatures.
            others: [n, ...], what goes with them.
            name: of the input, for messages.
        """
        width = self._space.width
        if self._space.kind == "classes":
            right = (labels >= 0) & (labels < width)
            wanted = f"{name}: must be 0 to {width - 1}, the indices of classes"
            return tf.one_hot(_checked(labels, others, right, wanted), width)
        right = tf.abs(labels) <= 1.0
        wanted = f"{name}: must be in [-1, 1], a number for each of {width} attributes"
        return _checked(labels, others, right, wanted)


def _checked(values: tf.Tensor, others: tf.Tensor, right: tf.Tensor, wanted: str) -> tf.Tensor:
    """The values, after checks that stay in an exported graph.

    Args:
        values: [n, ...], an input.
        others: [n, ...], what goes with them.
        right: bool, of the shape of the values.
        wanted: "<name of the input>: must be ...", for the message.
    """
    counts = tf.shape(values)[0], tf.shape(others)[0]
    name = wanted.partition(":")[0]
    checks = [
        tf.debugging.Assert(tf.reduce_all(right), [wanted, values]),
        tf.debugging.Assert(
            tf.equal(*counts), [f"{name}: must be one for each image; {name} and images:", *counts]
        ),
    ]
    with tf.control_dependencies(checks):
        return tf.identity(values)
