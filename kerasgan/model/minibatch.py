"""A layer in which images of one batch see each other."""

import keras
import tensorflow as tf

_EPSILON = 1e-8  # keeps the square root's gradient finite where all images are equal


@keras.saving.register_keras_serializable("kerasgan")
class MinibatchStandardDeviation(keras.layers.Layer):
    """Adds a channel that says how much the images of a group differ.

    [B, H, W, C] -> [B, H, W, C + 1]. A group is `group_size` neighbours in the batch. The new
    channel is one number per group: the standard deviation over the group's images, in each place
    and channel, averaged over all of them. A generator whose images are too much alike gives
    itself away by it.

    A batch that group_size does not divide is one group. Replicas have neighbouring parts of the
    global batch, so groups have the same members on any number of replicas, as long as
    group_size divides each part.

    Reference: Karras et al. 2018, "Progressive Growing of GANs", section 3; groups of 4 as in its
    implementation.
    """

    def __init__(self, group_size: int = 4, **options):
        super().__init__(**options)
        if group_size < 2:
            raise ValueError(f"group_size={group_size}: must be at least 2")
        self.group_size = group_size

    def call(self, inputs):
        """[B, H, W, C] -> [B, H, W, C + 1]."""
        batch_size = tf.shape(inputs)[0]
        _, height, width, channels = inputs.shape
        size = tf.where(batch_size % self.group_size == 0, self.group_size, batch_size)
        # In full precision: deviations are small differences of large numbers.
        groups = tf.reshape(
            tf.cast(inputs, self.variable_dtype), [-1, size, height, width, channels]
        )  # [groups, size, H, W, C]
        centred = groups - tf.reduce_mean(groups, axis=1, keepdims=True)
        deviations = tf.sqrt(tf.reduce_mean(tf.square(centred), axis=1) + _EPSILON)
        means = tf.reduce_mean(deviations, axis=[1, 2, 3])  # [groups]
        column = tf.reshape(tf.repeat(means, size), [-1, 1, 1, 1])  # [B, 1, 1, 1]
        channel = tf.cast(column, inputs.dtype) * tf.ones_like(inputs[..., :1])
        return tf.concat([inputs, channel], axis=-1)

    def compute_output_shape(self, input_shape):
        """[B, H, W, C + 1]."""
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict:
        """The size of a group, and the base class's arguments."""
        return {**super().get_config(), "group_size": self.group_size}
