"""How far apart two images are, for eyes and for pixels, as a function that has gradients."""

from collections.abc import Sequence

import tensorflow as tf

from kerasgan.errors import UserError
from kerasgan.metrics.extractors import Extractor
from kerasgan.pixels import on_colour

_PIXEL_WEIGHT = 4.0  # of all scales of the pixels together, against all layers of the extractor
_COARSEST = 8  # pixels: the smallest side of the smallest scale
_FEW = 1024  # numbers: what describes an image when thousands are compared
_EPSILON = 1e-6  # of squared features; where all of them are 0, there is no direction


class ImageDistance:
    """A squared distance between images: pixels at several scales, and an extractor's layers.

    The pixels say where things are and what colours they have, the large scales first; the layers
    say whether edges, textures and parts are alike even where they are not quite in the same place.

    Args:
        extractor: the network; its features must have gradients.
        colour: red, green and blue, 0 to 255, under transparent pixels, where the extractor looks.

    Raises:
        UserError: they do not.

    Reference: Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual
    Metric": layers are compared by the directions of their features at each position.
    """

    def __init__(self, extractor: Extractor, colour: tuple[int, int, int] = (255, 255, 255)):
        if extractor.layers is None:
            raise UserError(
                f"--extractor={extractor.name}: its features have no gradients; must be embedded, "
                "keras, or the path of a .keras file or a SavedModel"
            )
        self._layers = extractor.layers
        self._colour = colour

    def pieces(self, images: tf.Tensor) -> list[tf.Tensor]:
        """What is compared of images.

        Args:
            images: float32 [B, H, W, C] in [-1, 1].

        Returns:
            Vectors float32 [B, k] of different lengths, whose squared distances add up.
        """
        scales = [images]
        while min(scales[-1].shape[1:3]) >= 2 * _COARSEST:
            scales.append(tf.nn.avg_pool2d(scales[-1], 2, 2, "VALID"))
        weight = _PIXEL_WEIGHT / len(scales)
        pieces = [_flat(scale) * (weight / _size(scale)) ** 0.5 for scale in scales]
        seen = on_colour(images, self._colour)
        layers = self._layers(tf.repeat(seen, 3 // seen.shape[3], axis=3))
        for features in layers:
            square = tf.reduce_sum(features**2, axis=-1, keepdims=True)
            direction = features * tf.math.rsqrt(square + _EPSILON)
            positions = _size(features) // features.shape[-1]
            pieces.append(_flat(direction) * (positions * len(layers)) ** -0.5)
        return pieces

    def summary(self, images: tf.Tensor) -> tf.Tensor:
        """The short ones of the pieces, one after the other: float32 [B, k]."""
        return tf.concat([piece for piece in self.pieces(images) if piece.shape[1] <= _FEW], axis=1)


def squared_distance(left: Sequence[tf.Tensor], right: Sequence[tf.Tensor]) -> tf.Tensor:
    """Between what `ImageDistance.pieces` gives of images, [B, k] or [1, k] each: float32 [B]."""
    return tf.add_n([tf.reduce_sum((a - b) ** 2, axis=1) for a, b in zip(left, right, strict=True)])


def _size(tensor: tf.Tensor) -> int:
    """How many numbers there are of each image."""
    size: int = tensor.shape[1:].num_elements()
    return size


def _flat(tensor: tf.Tensor) -> tf.Tensor:
    return tf.reshape(tensor, [-1, _size(tensor)])
