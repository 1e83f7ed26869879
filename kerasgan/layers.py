"""The two layers that Keras has in a form a GAN cannot use as it is."""

import keras
import tensorflow as tf

_POWER_ITERATIONS_AT_START = 20  # from a random vector to a usable first estimate


@keras.saving.register_keras_serializable("kerasgan")
class SpectralConv2D(keras.layers.Conv2D):
    """`Conv2D` whose kernel is divided by its spectral norm sigma.

    A reparameterisation (Miyato et al. 2018, "Spectral Normalization for GANs", section 2.1): the
    stored kernel is never overwritten, and the gradient flows through sigma. The kernel counts as
    a matrix [height * width * input channels, filters]; `left` and `right` estimate its first
    pair of singular vectors. A forward pass only reads them, so that the real and the fake pass of
    one step see the same weights; `iterate_spectral_norms` advances them, once per step.
    """

    def build(self, input_shape) -> None:
        """Adds the singular vectors' estimates to Conv2D's weights."""
        super().build(input_shape)
        rows = self.kernel.shape[0] * self.kernel.shape[1] * self.kernel.shape[2]
        self.left = self.add_weight(
            shape=(rows, 1), name="left", initializer="zeros", trainable=False
        )
        self.right = self.add_weight(
            shape=(self.filters, 1), name="right", initializer="random_normal", trainable=False
        )
        for _ in range(_POWER_ITERATIONS_AT_START):
            self.iterate_spectral_norm()

    def iterate_spectral_norm(self) -> None:
        """One power iteration (Miyato et al. 2018, algorithm 1)."""
        matrix = tf.reshape(self.kernel, [-1, self.filters])
        left = tf.math.l2_normalize(tf.matmul(matrix, self.right))
        self.left.assign(left)
        self.right.assign(tf.math.l2_normalize(tf.matmul(matrix, left, transpose_a=True)))

    def convolution_op(self, inputs, kernel):
        """Convolves with kernel / sigma, where sigma = left^T kernel right."""
        matrix = tf.reshape(kernel, [-1, self.filters])
        sigma = tf.reduce_sum(self.left * tf.matmul(matrix, self.right))
        return super().convolution_op(inputs, kernel / sigma)

    # Conv2D's own pair would save the kernel and the bias alone.
    save_own_variables = keras.layers.Layer.save_own_variables
    load_own_variables = keras.layers.Layer.load_own_variables


def iterate_spectral_norms(network: keras.Model) -> None:
    """Advances the spectral norm estimates of `network` by one power iteration."""
    for layer in network.layers:
        if isinstance(layer, SpectralConv2D):
            layer.iterate_spectral_norm()


@keras.saving.register_keras_serializable("kerasgan")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's `BatchNormalization` on TensorFlow's fused kernel: same weights, same results.

    Keras computes moments and arithmetic apart, and their gradients with them. The fused kernel
    knows no other replica and no float64, so these take Keras's way. The class has the name of
    its parent because Keras's weight files name layers after their classes: a file written with
    one loads with the other.
    """

    def call(self, inputs, training=None, mask=None):
        """Normalises images [B, H, W, C] by the batch's statistics, or by the moving ones."""
        fusible = len(inputs.shape) == 4 and mask is None and not self.synchronized
        fusible = fusible and inputs.dtype != tf.float64
        if not (training and self.trainable and fusible):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, unbiased_variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma,
            offset=self.beta,
            mean=[],
            variance=[],
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel reports the variance with Bessel's correction; Keras keeps it without.
        count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:-1]), unbiased_variance.dtype)
        variance = unbiased_variance * (count - 1.0) / count
        for average, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            average.assign(average * self.momentum + value * (1.0 - self.momentum))
        return outputs
