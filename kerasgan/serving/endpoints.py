"""The functions that an exported model offers as its signatures; without labels.

Every input and output is named and has the batch as dimension 0, as TensorFlow Serving requires.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from kerasgan.model.latents import great_circle, latents_from_seeds
from kerasgan.model.validation import latent_dim_of
from kerasgan.pixels import to_uint8_tensor

# Kernels for different batch sizes add in different orders, so an image's last bits would depend on
# how many others were requested with it. The seed signatures therefore always generate groups of
# this many images: batches of 64 take 5% longer, and a single image takes 14 ms instead of 3
# (64 x 64 pixels, 32 filters, 2 CPU cores). With groups of 8, one image would take 9 ms, and
# batches of 64 would take 15% longer.
_GROUP_SIZE = 16

Outputs = dict[str, tf.Tensor]


class Endpoints:
    """The signatures of a generator and, if given, its discriminator.

    Args:
        generator: a built model from latents [n, latent_dim] to images [n, H, W, C] in [-1, 1].
        discriminator: a built model from such images to logits [n, 1].
    """

    def __init__(self, generator: keras.Model, discriminator: keras.Model | None = None):
        self._generator = generator
        self._discriminator: Any = discriminator
        self._latent_dim = latent_dim_of(generator)
        self._image_shape = generator.output_shape[1:]

    def functions(self) -> dict[str, Any]:
        """For the name of each signature, a `tf.function` with named inputs."""
        seeds = {"seed": tf.int64, "truncation": tf.float32}
        between = {"start_seed": tf.int64, "end_seed": tf.int64, "position": tf.float32}
        functions = {
            "serving_default": traceable(self.paint, latents=([self._latent_dim], tf.float32)),
            "sample": traceable(self.sample, **scalars(seeds)),
            "sample_png": traceable(self.sample_png, **scalars(seeds)),
            "interpolate": traceable(self.interpolate, **scalars(between)),
        }
        if self._discriminator is not None:
            functions["discriminate"] = traceable(
                self.discriminate, images=(self._image_shape, tf.float32)
            )
        return functions

    def paint(self, latents: tf.Tensor) -> Outputs:
        """Latents [n, latent_dim] -> `images` float32 [n, H, W, C] in [-1, 1].

        With 4 channels they are premultiplied, unlike the straight ones in uint8 and PNG files.
        """
        return {"images": self._generator(latents, training=False)}

    def sample(self, seed: tf.Tensor, truncation: tf.Tensor) -> Outputs:
        """Seeds [n] and truncations [n] -> `images` uint8 [n, H, W, C].

        The truncation scales the latents towards their mean, 0: the generator was trained with 1,
        smaller values make images more similar and more regular, 0 makes them all equal.
        """
        latents = latents_from_seeds(seed, self._latent_dim)
        return {"images": self._levels(latents * truncation[:, None])}

    def sample_png(self, seed: tf.Tensor, truncation: tf.Tensor) -> Outputs:
        """Like `sample`, but returns `image_bytes`, string [n]: PNG files, base64 over REST."""
        return {"image_bytes": tf.io.encode_png(self.sample(seed, truncation)["images"])}

    def interpolate(
        self, start_seed: tf.Tensor, end_seed: tf.Tensor, position: tf.Tensor
    ) -> Outputs:
        """`images` uint8 [n, H, W, C] on the arc from one seed (position 0) to another (1)."""
        start = latents_from_seeds(start_seed, self._latent_dim)
        end = latents_from_seeds(end_seed, self._latent_dim)
        return {"images": self._levels(great_circle(start, end, position))}

    def discriminate(self, images: tf.Tensor) -> Outputs:
        """Images float32 [n, H, W, C] in [-1, 1] -> `logits` [n, 1], above 0 for "real"."""
        return {"logits": self._discriminator(images, training=False)}

    def _levels(self, latents: tf.Tensor) -> tf.Tensor:
        return in_groups(self._generator, [latents])


def in_groups(generator: keras.Model, inputs: list[tf.Tensor]) -> tf.Tensor:
    """What a generator paints in grey levels, each image independent of the others.

    Args:
        generator: from latents, or [latents, conditions], to images in [-1, 1].
        inputs: its own, each float32 [n, width].

    Returns:
        uint8 [n, H, W, C].
    """
    image_shape = generator.output_shape[1:]
    count = tf.shape(inputs[0])[0]
    groups = []
    for each in inputs:
        padded = tf.pad(each, [[0, -count % _GROUP_SIZE], [0, 0]])
        groups.append(tf.reshape(padded, [-1, _GROUP_SIZE, each.shape[1]]))

    def paint_group(group: list[tf.Tensor]) -> tf.Tensor:
        images = generator(group if len(group) > 1 else group[0], training=False)
        return to_uint8_tensor(images)

    spec = tf.TensorSpec([_GROUP_SIZE, *image_shape], tf.uint8)
    images = tf.map_fn(paint_group, groups, fn_output_signature=spec, parallel_iterations=2)
    return tf.reshape(images, [-1, *image_shape])[:count]


def scalars(dtypes: dict[str, tf.DType]) -> dict[str, tuple[list[int], tf.DType]]:
    """Inputs of one number for each image, as `traceable` takes them."""
    return {name: ([], dtype) for name, dtype in dtypes.items()}


def traceable(function: Callable[..., Outputs], **inputs: tuple[list[int], tf.DType]) -> Any:
    """A `tf.function` whose inputs are given as name=(shape without the batch, dtype)."""
    specs = [
        tf.TensorSpec([None, *shape], dtype, name=name) for name, (shape, dtype) in inputs.items()
    ]
    return tf.function(function, input_signature=specs, autograph=False)
