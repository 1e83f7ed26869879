"""What makes batch norm conditional: a gain and an offset of each channel for each condition."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("kerasgan")
class ConditionalAffine(keras.layers.Layer):
    """Multiplies and moves each channel by what the image's conditions say.

    [B, H, W, C] and conditions [B, width] -> [B, H, W, C]: x * (1 + gain) + offset, where gain and
    offset, [B, C], are linear in the conditions and begin as 0. After a batch norm, whose own scale
    and offset all conditions share, it is conditional batch norm: for classes a scale and an offset
    each, for attributes sums of those of their attributes.

    Reference: Dumoulin et al. 2017, "A Learned Representation for Artistic Style", section 2.2;
    in a generator: Miyato & Koyama 2018, "cGANs with Projection Discriminator", appendix.
    """

    def build(self, input_shape) -> None:
        """Adds the kernels of gain and offset, [width, C] each."""
        (*_, channels), (_, width) = input_shape
        self.gain, self.offset = (
            self.add_weight(shape=(width, channels), name=name, initializer="zeros")
            for name in ("gain", "offset")
        )

    def call(self, inputs):
        """[[B, H, W, C], [B, width]] -> [B, H, W, C]."""
        features, conditions = inputs
        gain = tf.matmul(conditions, tf.convert_to_tensor(self.gain))[:, None, None, :]
        offset = tf.matmul(conditions, tf.convert_to_tensor(self.offset))[:, None, None, :]
        return features * (1.0 + gain) + offset

    def compute_output_shape(self, input_shape):
        """[B, H, W, C]."""
        return input_shape[0]

    def get_config(self) -> dict:
        """The base class's alone; without a method of its own Keras takes no dtype policy."""
        return super().get_config()
