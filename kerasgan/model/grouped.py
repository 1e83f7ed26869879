"""Grouped convolutions that learn on every device."""

import functools

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("kerasgan")
class GroupedConv2D(keras.layers.Conv2D):
    """Keras's `Conv2D` with groups: same weights, same results.

    Keras compiles grouped convolutions with XLA. Without XLA, TensorFlow has their gradients only
    on GPUs and, through oneDNN, on processors, except in float64. Elsewhere the groups are
    convolved one by one, which takes up to twice as long (a dense kernel with zeros: up to 8
    times).
    """

    def convolution_op(self, inputs, kernel):
        """[B, H, W, C] with a kernel [height, width, C / groups, filters]."""
        kernel = tf.convert_to_tensor(kernel)

        def convolve(part, kernel):
            return tf.nn.conv2d(
                part, kernel, self.strides, self.padding.upper(), dilations=self.dilation_rate
            )

        if self.groups == 1 or _device_learns_groups(inputs.dtype):
            return convolve(inputs, kernel)
        parts = zip(
            tf.split(inputs, self.groups, axis=-1),
            tf.split(kernel, self.groups, axis=-1),
            strict=True,
        )
        return tf.concat([convolve(part, kernel) for part, kernel in parts], axis=-1)


@functools.cache
def _device_learns_groups(dtype: tf.DType) -> bool:
    """Whether TensorFlow has the gradients of grouped convolutions here: tried on 9 pixels."""
    if dtype == tf.float64:
        return False
    with tf.init_scope():
        images, kernel = tf.ones([1, 3, 3, 4], dtype), tf.ones([3, 3, 2, 4], dtype)
        options = {"out_backprop": images, "strides": [1, 1, 1, 1], "padding": "SAME"}
        try:
            tf.raw_ops.Conv2DBackpropInput(input_sizes=images.shape, filter=kernel, **options)
            tf.raw_ops.Conv2DBackpropFilter(input=images, filter_sizes=kernel.shape, **options)
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            return False
        return True
