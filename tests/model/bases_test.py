import keras
import numpy as np
import tensorflow as tf

from kerasgan.model.bases import BasisProjection, LearnedBasis


def test_a_basis_is_scaled_channel_by_channel():
    layer = LearnedBasis(4, 3)
    numbers = np.array([[1.0, 2.0], [0.0, -1.0]], np.float32)
    outputs = layer(numbers)
    assert outputs.shape == (2, 4, 3, 2)
    for image in range(2):
        for channel in range(2):
            np.testing.assert_array_equal(
                outputs[image, :, :, channel],
                numbers[image, channel] * layer.basis.numpy()[:, :, channel],
            )


def test_a_projection_is_a_depthwise_convolution_over_the_whole_grid():
    layer = BasisProjection()
    images = tf.random.stateless_normal([2, 4, 3, 5], seed=[1, 2])
    outputs = layer(images)
    expected = tf.nn.depthwise_conv2d(images, layer.basis.numpy()[..., None], [1, 1, 1, 1], "VALID")
    np.testing.assert_allclose(outputs, expected[:, 0, 0], rtol=1e-5, atol=1e-6)


def test_initial_scales_keep_the_variance():
    keras.utils.set_random_seed(0)
    projection, basis = BasisProjection(), LearnedBasis(4, 4)
    projection.build([None, 4, 4, 500])
    basis.build([None, 500])
    np.testing.assert_allclose(np.std(projection.basis), 0.25, rtol=0.05)
    np.testing.assert_allclose(np.std(basis.basis), 1.0, rtol=0.05)


def test_the_gradient_of_a_gradient_equals_finite_differences():
    layers = [LearnedBasis(2, 3, dtype="float64"), BasisProjection(dtype="float64")]
    numbers = tf.random.stateless_normal([2, 4], seed=[1, 2], dtype=tf.float64)

    def squared_slope(numbers):
        with tf.GradientTape() as tape:
            tape.watch(numbers)
            loss = tf.reduce_sum(tf.sin(layers[1](tf.sin(layers[0](numbers)))))
        return tf.reduce_sum(tf.square(tape.gradient(loss, numbers)))

    theoretical, numerical = tf.test.compute_gradient(squared_slope, [numbers])
    np.testing.assert_allclose(theoretical[0], numerical[0], rtol=1e-4, atol=1e-5)


def test_they_survive_saving(tmp_path):
    network = keras.Sequential([keras.Input([4]), LearnedBasis(2, 3), BasisProjection()])
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    numbers = tf.random.stateless_normal([2, 4], seed=[1, 2])
    np.testing.assert_array_equal(network(numbers), again(numbers))
