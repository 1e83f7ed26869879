"""R3GAN's first and last layer between vectors and the base grid (Huang et al. 2024)."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("kerasgan")
class LearnedBasis(keras.layers.Layer):
    """Vectors to a grid: each channel is a learned picture, scaled by one number of the vector.

    [B, C] -> [B, height, width, C]. The pictures begin as N(0, 1).
    """

    def __init__(self, height: int, width: int, **options):
        super().__init__(**options)
        self.height = height
        self.width = width

    def build(self, input_shape) -> None:
        """Adds the pictures, [height, width, C]."""
        self.basis = self.add_weight(
            shape=(self.height, self.width, input_shape[-1]),
            name="basis",
            initializer=keras.initializers.RandomNormal(stddev=1.0),
        )

    def call(self, inputs):
        """[B, C] -> [B, height, width, C]."""
        return inputs[:, None, None, :] * tf.convert_to_tensor(self.basis)

    def compute_output_shape(self, input_shape):
        """[B, height, width, C]."""
        batch, channels = input_shape
        return (batch, self.height, self.width, channels)

    def get_config(self) -> dict:
        """The size of the grid, and the base class's arguments."""
        return {**super().get_config(), "height": self.height, "width": self.width}


@keras.saving.register_keras_serializable("kerasgan")
class BasisProjection(keras.layers.Layer):
    """A grid to vectors, the mirror image of `LearnedBasis`: a depthwise convolution over all.

    [B, H, W, C] -> [B, C]: each channel is multiplied by its learned picture and summed over the
    grid. The pictures begin as N(0, 1 / (H W)), which keeps the variance.
    """

    def build(self, input_shape) -> None:
        """Adds the pictures, [H, W, C]."""
        _, height, width, channels = input_shape
        self.basis = self.add_weight(
            shape=(height, width, channels),
            name="basis",
            initializer=keras.initializers.RandomNormal(stddev=(height * width) ** -0.5),
        )

    def call(self, inputs):
        """[B, H, W, C] -> [B, C]."""
        return tf.reduce_sum(inputs * tf.convert_to_tensor(self.basis), axis=[1, 2])

    def compute_output_shape(self, input_shape):
        """[B, C]."""
        return (input_shape[0], input_shape[-1])

    def get_config(self) -> dict:
        """Only the base class's; Keras accepts a dtype policy only where this method exists."""
        return super().get_config()
