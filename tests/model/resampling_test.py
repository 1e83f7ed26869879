import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.resampling import BilinearDownsampling2D, BilinearUpsampling2D

KERNEL = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16


@pytest.fixture
def images():
    return tf.random.stateless_normal([2, 6, 4, 3], seed=[1, 2], dtype=tf.float64)


def kernel_per_channel(channels):
    return KERNEL[:, :, None, None] * np.eye(channels)


def with_edge_pixels_repeated(images):
    return tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")


def test_upsampling_by_hand():
    row = np.array([0.0, 4.0, 8.0]).reshape(1, 1, 3, 1)
    outputs = BilinearUpsampling2D()(row)
    expected = [0, 1, 3, 5, 7, 8]  # 3/4 of the nearest and 1/4 of the next
    np.testing.assert_array_equal(outputs[0, 0, :, 0], expected)
    np.testing.assert_array_equal(outputs[0, 1, :, 0], expected)


def test_downsampling_by_hand():
    row = np.tile(np.array([0.0, 8.0, 16.0, 32.0]).reshape(1, 1, 4, 1), [1, 2, 1, 1])
    outputs = BilinearDownsampling2D()(row)
    expected = [(0 + 3 * 0 + 3 * 8 + 16) / 8, (8 + 3 * 16 + 3 * 32 + 32) / 8]
    np.testing.assert_array_equal(outputs[0, 0, :, 0], expected)


def test_upsampling_is_the_transposed_convolution_with_the_bilinear_kernel(images):
    transposed = tf.nn.conv2d_transpose(
        with_edge_pixels_repeated(images), kernel_per_channel(3), [2, 16, 12, 3], 2, "SAME"
    )
    outputs = BilinearUpsampling2D(dtype="float64")(images)
    np.testing.assert_allclose(outputs, transposed[:, 2:-2, 2:-2], atol=1e-14)


def test_downsampling_is_the_convolution_with_the_bilinear_kernel(images):
    convolved = tf.nn.conv2d(
        with_edge_pixels_repeated(images), kernel_per_channel(3) / 4, 2, "VALID"
    )
    outputs = BilinearDownsampling2D(dtype="float64")(images)
    np.testing.assert_allclose(outputs, convolved, atol=1e-14)


def test_upsampling_is_tensorflows_bilinear_resize(images):
    outputs = BilinearUpsampling2D(dtype="float64")(images)
    np.testing.assert_allclose(outputs, tf.image.resize(images, [12, 8]), atol=1e-6)


def test_each_is_the_others_transpose(images):
    up, down = BilinearUpsampling2D(dtype="float64"), BilinearDownsampling2D(dtype="float64")
    large = tf.random.stateless_normal([2, 12, 8, 3], seed=[3, 4], dtype=tf.float64)
    np.testing.assert_allclose(
        tf.reduce_sum(up(images) * large), 4 * tf.reduce_sum(images * down(large)), rtol=1e-12
    )


@pytest.mark.parametrize("layer", [BilinearUpsampling2D, BilinearDownsampling2D])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16", "float64"])
def test_a_constant_image_stays_constant(layer, dtype):
    outputs = layer(dtype=dtype)(tf.fill([1, 14, 10, 2], 0.625))
    np.testing.assert_array_equal(tf.cast(outputs, tf.float64), np.full(outputs.shape, 0.625))


@pytest.mark.parametrize("kind", [BilinearUpsampling2D, BilinearDownsampling2D])
def test_the_gradient_of_a_gradient_equals_finite_differences(kind, images):
    layer = kind(dtype="float64")

    def squared_slope(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.reduce_sum(tf.sin(layer(images)))
        return tf.reduce_sum(tf.square(tape.gradient(loss, images)))

    theoretical, numerical = tf.test.compute_gradient(squared_slope, [images])
    np.testing.assert_allclose(theoretical[0], numerical[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", [BilinearUpsampling2D, BilinearDownsampling2D])
def test_layers_survive_saving_and_have_no_weights(kind, images, tmp_path):
    network = keras.Sequential([keras.Input([6, 4, 3]), kind()])
    assert network.weights == []
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    images = tf.cast(images, tf.float32)
    np.testing.assert_array_equal(network(images), again(images))
    assert again.output_shape == (None, *network(images).shape[1:])


def test_sides_must_be_known_and_even_to_be_halved():
    with pytest.raises(ValueError, match="must be known"):
        BilinearUpsampling2D()(keras.Input([None, 4, 3]))
    with pytest.raises(ValueError, match="must be even"):
        BilinearDownsampling2D()(keras.Input([6, 5, 3]))
