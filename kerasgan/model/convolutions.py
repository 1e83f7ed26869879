"""Convolutions between pixels and features, where the usual kernels leave a processor half idle.

The gradient of a convolution with respect to its input is a transposed convolution. Where that
input has 3 channels, oneDNN's kernels for it reach a sixth of the processor's speed, because they
work on 16 channels at a time. If the pixels of every 2 x 2 block become channels, 4 x 4 kernels
with a stride of 2 turn into 2 x 2 kernels with a stride of 1 on 12 channels: the same products and
sums in a faster form. `benchmarks/speed.md` has the figures. Only that direction is computed this
way; everything else is left to `tf.nn.conv2d` and its usual gradients.
"""

import tensorflow as tf

KERNEL_SIZE = 4
STRIDE = 2
MAX_IMAGE_CHANNELS = 4  # with more, the usual kernels are fast


def paint_images(features: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """The transpose of a convolution with a stride of 2 and a padding of 1.

    Args:
        features: float [B, h, w, F].
        kernel: float [4, 4, C, F].

    Returns:
        Images, float [B, 2 h, 2 w, C].
    """
    height, width, channels = features.shape[1], features.shape[2], kernel.shape[2]
    blocks = tf.raw_ops.Conv2DBackpropInput(
        input_sizes=[tf.shape(features)[0], height + 1, width + 1, STRIDE**2 * channels],
        filter=_kernel_of_blocks(kernel),
        out_backprop=features,
        strides=[1, 1, 1, 1],
        padding="VALID",
    )  # [B, h + 1, w + 1, 4 C]
    padded = tf.nn.depth_to_space(blocks, STRIDE)  # [B, 2 h + 2, 2 w + 2, C]
    return padded[:, 1:-1, 1:-1, :]


# The same two with gradients. SavedModels warn about custom gradients when they are loaded, so
# only training uses these.


@tf.custom_gradient
def learn_to_convolve_images(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """`tf.nn.conv2d` of images [B, 2 h, 2 w, C] with a stride of 2: float [B, h, w, F]."""

    def gradient(features):
        return learn_to_paint_images(features, kernel), _kernel_gradient(images, kernel, features)

    return tf.nn.conv2d(images, kernel, STRIDE, "SAME"), gradient


@tf.custom_gradient
def learn_to_paint_images(features: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """`paint_images`."""

    def gradient(images):
        return learn_to_convolve_images(images, kernel), _kernel_gradient(images, kernel, features)

    return paint_images(features, kernel), gradient


def _kernel_of_blocks(kernel: tf.Tensor) -> tf.Tensor:
    """[4, 4, C, F] -> [2, 2, 4 C, F]: a block's pixels, row by row, become channels."""
    channels, filters = kernel.shape[2:]
    blocks = tf.reshape(kernel, [2, STRIDE, 2, STRIDE, channels, filters])
    return tf.reshape(
        tf.transpose(blocks, [0, 2, 1, 3, 4, 5]), [2, 2, STRIDE**2 * channels, filters]
    )


def _kernel_gradient(images: tf.Tensor, kernel: tf.Tensor, features: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.Conv2DBackpropFilter(
        input=images,
        filter_sizes=kernel.shape,
        out_backprop=features,
        strides=[1, STRIDE, STRIDE, 1],
        padding="SAME",
    )
