import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.grouped import GroupedConv2D


def dense_kernel(kernel, groups):
    """The kernel of an ordinary convolution that does the same: zero between groups."""
    height, width, inputs, filters = kernel.shape
    dense = np.zeros([height, width, inputs * groups, filters], kernel.dtype)
    share = filters // groups
    for group in range(groups):
        outputs = slice(group * share, (group + 1) * share)
        dense[:, :, group * inputs : (group + 1) * inputs, outputs] = kernel[..., outputs]
    return dense


@pytest.mark.parametrize("dtype", ["float32", "float64"])  # by the device, and group by group
@pytest.mark.parametrize(("channels", "filters", "groups"), [(6, 4, 2), (32, 32, 2), (4, 4, 1)])
def test_a_dense_kernel_with_zeros_does_the_same(dtype, channels, filters, groups):
    layer = GroupedConv2D(filters, 3, padding="same", groups=groups, dtype=dtype)
    images = tf.random.stateless_normal([2, 5, 4, channels], seed=[1, 2], dtype=dtype)
    layer.build(images.shape)
    layer.bias.assign(np.arange(filters))
    kernel = layer.kernel.numpy()
    assert kernel.shape == (3, 3, channels // groups, filters)
    expected = tf.nn.conv2d(images, dense_kernel(kernel, groups), 1, "SAME") + layer.bias
    np.testing.assert_allclose(layer(images), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradients_of_gradients_equal_those_of_the_dense_kernel(dtype):
    layer = GroupedConv2D(4, 3, padding="same", groups=2, dtype=dtype)
    images = tf.random.stateless_normal([2, 5, 4, 6], seed=[1, 2], dtype=dtype)
    layer.build(images.shape)
    reference = keras.layers.Conv2D(4, 3, padding="same", dtype=dtype)
    reference.build(images.shape)
    reference.kernel.assign(dense_kernel(layer.kernel.numpy(), 2))

    def second_order(layer):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as tape:
                tape.watch(images)
                loss = tf.reduce_sum(tf.sin(layer(images)))
            slope = tape.gradient(loss, images)
            penalty = tf.reduce_sum(tf.square(slope))
        return slope, outer.gradient(penalty, layer.kernel.value).numpy()

    slope, gradient = second_order(layer)
    expected_slope, expected_gradient = second_order(reference)
    np.testing.assert_allclose(slope, expected_slope, rtol=1e-4, atol=1e-5)
    within_groups = dense_kernel(np.ones_like(gradient), 2)
    expected = (expected_gradient * within_groups)[:, :, :3] + expected_gradient[:, :, 3:] * (
        within_groups[:, :, 3:]
    )
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4)


def test_the_gradient_of_a_gradient_equals_finite_differences():
    layer = GroupedConv2D(4, 3, padding="same", groups=2, dtype="float64")
    images = tf.random.stateless_normal([1, 3, 3, 4], seed=[1, 2], dtype=tf.float64)
    layer.build(images.shape)

    def squared_slope(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.reduce_sum(tf.sin(layer(images)))
        return tf.reduce_sum(tf.square(tape.gradient(loss, images)))

    theoretical, numerical = tf.test.compute_gradient(squared_slope, [images])
    np.testing.assert_allclose(theoretical[0], numerical[0], atol=1e-5)


def test_it_survives_saving(tmp_path):
    network = keras.Sequential([keras.Input([4, 4, 4]), GroupedConv2D(4, 3, groups=2)])
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    images = tf.random.stateless_normal([2, 4, 4, 4], seed=[1, 2])
    np.testing.assert_array_equal(network(images), again(images))
