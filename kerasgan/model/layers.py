"""Keras's layers, changed to suit a GAN or made faster with the same results.

The faster ones keep their parents' names, because Keras's weight files name layers after their
classes: a file written with one loads with the other.
"""

import keras
import tensorflow as tf

from kerasgan.model import convolutions

_POWER_ITERATIONS_AT_START = 20  # from a random vector to a usable first estimate


@keras.saving.register_keras_serializable("kerasgan")
class LeakyReLU(keras.layers.LeakyReLU):
    """Keras's `LeakyReLU` with a gradient that is quick in first and in second order."""

    def call(self, inputs):
        """Returns x where x > 0, else negative_slope x."""
        return _leaky_relu(inputs, self.negative_slope)


def _leaky_relu(inputs, slope: float):
    @tf.custom_gradient
    def activate(x):
        y = tf.nn.leaky_relu(x, slope)
        # Outputs have the sign of the inputs. If only they are used again, TensorFlow computes the
        # activation together with the convolution before it; half precision would round otherwise.
        features = y if x.dtype.size >= 4 else x
        # Where the slope changes there is nothing to learn, but TensorFlow would send zeros from
        # there through the whole network in second order.
        features = tf.stop_gradient(features)
        return y, lambda g: tf.raw_ops.LeakyReluGrad(gradients=g, features=features, alpha=slope)

    return activate(inputs)


@keras.saving.register_keras_serializable("kerasgan")
class Conv2D(keras.layers.Conv2D):
    """Keras's `Conv2D`, faster where its inputs are images and where its kernel is 1 x 1."""

    def call(self, inputs, training=None):
        """Convolves [B, H, W, C] into [B, H / 2, W / 2, filters], where the stride is 2."""
        if not (training and _is_of_images(self, tuple(inputs.shape)[1:])):
            return super().call(inputs)
        kernel = self.effective_kernel(tf.convert_to_tensor(self.kernel))
        outputs = convolutions.learn_to_convolve_images(inputs, kernel)
        return self.activation(tf.nn.bias_add(outputs, self.bias) if self.use_bias else outputs)

    def convolution_op(self, inputs, kernel):
        """Keras's convolution of [B, H, W, C]."""
        kernel = self.effective_kernel(kernel)
        shape = tuple(inputs.shape)[1:]
        plain = (self.strides, self.groups, self.data_format) == ((1, 1), 1, "channels_last")
        if self.kernel_size != (1, 1) or not plain or None in shape:
            return super().convolution_op(inputs, kernel)
        # A matrix product: with its gradients it takes 65 to 95% of the convolution's time.
        outputs = tf.matmul(
            tf.reshape(inputs, [-1, shape[-1]]), tf.reshape(kernel, [shape[-1], -1])
        )
        return tf.reshape(outputs, [-1, *shape[:-1], self.filters])

    def effective_kernel(self, kernel):
        """What the stored kernel [height, width, C, filters] stands for: itself."""
        return kernel


@keras.saving.register_keras_serializable("kerasgan")
class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """Keras's `Conv2DTranspose`, faster where its outputs are images."""

    def call(self, inputs, training=None):
        """[B, H, W, C] -> [B, 2 H, 2 W, filters], where the stride is 2."""
        image_shape = self.compute_output_shape(tuple(inputs.shape))[1:]
        kernel = self.effective_kernel(tf.convert_to_tensor(self.kernel))
        if _is_of_images(self, image_shape):
            paint = convolutions.learn_to_paint_images if training else convolutions.paint_images
            outputs = paint(inputs, kernel)
        else:
            outputs = keras.ops.conv_transpose(
                inputs,
                kernel,
                strides=self.strides,
                padding=self.padding,
                output_padding=self.output_padding,
                data_format=self.data_format,
                dilation_rate=self.dilation_rate,
            )
        if self.use_bias:
            layout = "NHWC" if self.data_format == "channels_last" else "NCHW"
            outputs = tf.nn.bias_add(outputs, self.bias, data_format=layout)
        return self.activation(outputs)

    def effective_kernel(self, kernel):
        """What the stored kernel [height, width, filters, C] stands for: itself."""
        return kernel


def _is_of_images(layer: keras.layers.Layer, image_shape: tuple[int | None, ...]) -> bool:
    """Whether `kerasgan.model.convolutions` has a faster form of this layer."""
    height, width, channels = image_shape
    return (
        layer.kernel_size == (convolutions.KERNEL_SIZE,) * 2
        and layer.strides == (convolutions.STRIDE,) * 2
        and (layer.padding, layer.dilation_rate) == ("same", (1, 1))
        and (layer.data_format, getattr(layer, "groups", 1)) == ("channels_last", 1)
        and height is not None
        and width is not None
        and channels is not None
        and height % convolutions.STRIDE == width % convolutions.STRIDE == 0
        and channels <= convolutions.MAX_IMAGE_CHANNELS
    )


class _SpectralNorm(keras.layers.Layer):
    """A layer whose kernel is divided by its spectral norm sigma: a mix-in for layers with one.

    A reparameterisation (Miyato et al. 2018, "Spectral Normalization for GANs", section 2.1): the
    stored kernel is never overwritten, and the gradient flows through sigma. The kernel counts as
    a matrix [all else, outputs]; `left` and `right` estimate its first pair of singular vectors. A
    forward pass only reads them, so that the real and the fake pass of one step see the same
    weights; `iterate_spectral_norms` advances them, once per step.
    """

    def build(self, input_shape) -> None:
        """Adds the singular vectors' estimates to the layer's weights."""
        super().build(input_shape)
        rows, columns = self.matrix(self.kernel).shape
        self.left = self.add_weight(
            shape=(rows, 1), name="left", initializer="zeros", trainable=False
        )
        self.right = self.add_weight(
            shape=(columns, 1), name="right", initializer="random_normal", trainable=False
        )
        for _ in range(_POWER_ITERATIONS_AT_START):
            self.iterate_spectral_norm()

    def matrix(self, kernel):
        """The kernel as a matrix [all else, outputs]."""
        return tf.reshape(kernel, [-1, kernel.shape[-1]])

    def iterate_spectral_norm(self) -> None:
        """One power iteration (Miyato et al. 2018, algorithm 1)."""
        matrix = self.matrix(self.kernel)
        left = tf.math.l2_normalize(tf.matmul(matrix, self.right))
        self.left.assign(left)
        self.right.assign(tf.math.l2_normalize(tf.matmul(matrix, left, transpose_a=True)))

    def effective_kernel(self, kernel):
        """Kernel / sigma, where sigma = left^T kernel right."""
        # In full precision: thousands of small numbers are added up.
        matrix, left, right = (
            tf.cast(part, self.variable_dtype)
            for part in (self.matrix(kernel), self.left, self.right)
        )
        sigma = tf.reduce_sum(left * tf.matmul(matrix, right))
        return kernel / tf.cast(sigma, kernel.dtype)

    # The methods of Keras's own layers would save only the kernel and the bias.
    save_own_variables = keras.layers.Layer.save_own_variables
    load_own_variables = keras.layers.Layer.load_own_variables


@keras.saving.register_keras_serializable("kerasgan")
class SpectralConv2D(_SpectralNorm, Conv2D):
    """`Conv2D` with spectral norm; its matrix is [height * width * input channels, filters]."""


@keras.saving.register_keras_serializable("kerasgan")
class SpectralConv2DTranspose(_SpectralNorm, Conv2DTranspose):
    """`Conv2DTranspose` with spectral norm; [height * width * input channels, filters] too."""

    def matrix(self, kernel):
        """[height, width, filters, C] -> [height * width * C, filters]."""
        return super().matrix(tf.transpose(kernel, [0, 1, 3, 2]))


@keras.saving.register_keras_serializable("kerasgan")
class SpectralDense(_SpectralNorm, keras.layers.Dense):
    """Keras's `Dense` with spectral norm; its matrix is the kernel [inputs, units]."""

    def call(self, inputs, training=None):
        """[B, inputs] -> [B, units]."""
        outputs = tf.matmul(inputs, self.effective_kernel(tf.convert_to_tensor(self.kernel)))
        return self.activation(tf.nn.bias_add(outputs, self.bias) if self.use_bias else outputs)


def iterate_spectral_norms(network: keras.Model) -> None:
    """Advances the spectral norm estimates of `network` by one power iteration each.

    Where kernels are held, so are their estimates: such a layer computes the same at every step.
    """
    # Unlike `network.layers` this enters networks and layers that have layers of their own.
    for layer in network._flatten_layers():
        if isinstance(layer, _SpectralNorm) and layer.trainable:
            layer.iterate_spectral_norm()


@keras.saving.register_keras_serializable("kerasgan")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's `BatchNormalization` on TensorFlow's fused kernel: same weights, same results.

    Keras computes moments and arithmetic separately, and so their gradients. The fused kernel
    works within one replica, not in float64, not with a scale in half precision, on the last axis
    only, and always with a scale and an offset; everything else uses Keras's code. Scale, offset
    and statistics are in full precision whatever the precision of the inputs, unless the policy
    keeps the weights themselves in half precision. Gradients of gradients, which penalties need,
    are right in both cases; Keras's own are not. The class has its parent's name because
    Keras's weight files name layers after their classes: a file written with one loads with the
    other.
    """

    def __init__(self, **options):
        super().__init__(**options)
        self.autocast = False  # Keras would round scale and offset to half precision

    def call(self, inputs, training=None, mask=None):
        """Normalises images [B, H, W, C] by the batch's statistics, or by the moving ones."""
        inputs = tf.cast(inputs, self.compute_dtype)
        fusible = (
            len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.scale
            and self.center
            and not (self.renorm or self.synchronized)
            and mask is None
            and inputs.dtype != tf.float64
            and self.variable_dtype == "float32"
        )
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

    def _moments(self, inputs, mask):
        """The batch's mean and variance, for Keras's code."""
        if self.synchronized or mask is not None:
            return super()._moments(inputs, mask)
        # tf.nn.moments, which Keras calls, holds the mean constant in the variance. That is
        # exact for first derivatives alone: second ones were off by up to a tenth.
        mean = tf.reduce_mean(inputs, self._reduction_axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(inputs - mean), self._reduction_axes)
        return tf.squeeze(mean, self._reduction_axes), variance
