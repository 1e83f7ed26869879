import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.minibatch import MinibatchStandardDeviation


def test_by_hand():
    # Two groups of two: images 0 and 1, images 2 and 3.
    images = np.zeros([4, 1, 1, 2], np.float32)
    images[0], images[1] = [1.0, 10.0], [3.0, 16.0]  # deviations 1 and 3, their mean 2
    images[2], images[3] = [5.0, 5.0], [5.0, 15.0]  # deviations 0 and 5, their mean 2.5
    outputs = MinibatchStandardDeviation(2)(images)
    np.testing.assert_array_equal(outputs[..., :2], images)
    np.testing.assert_allclose(outputs[:, 0, 0, 2], [2.0, 2.0, 2.5, 2.5], atol=1e-4)


def test_against_numpy():
    images = tf.random.stateless_normal([12, 4, 6, 5], seed=[1, 2])
    groups = np.reshape(images, [3, 4, 4, 6, 5])  # groups of 4 neighbours
    expected = groups.std(axis=1).mean(axis=(1, 2, 3))[np.arange(12) // 4]
    outputs = MinibatchStandardDeviation()(images)
    assert outputs.shape == (12, 4, 6, 6)
    for row in range(4):
        for column in range(6):
            np.testing.assert_allclose(outputs[:, row, column, 5], expected, rtol=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 6])
def test_a_batch_without_groups_of_four_is_one_group(batch_size):
    images = tf.random.stateless_normal([batch_size, 2, 2, 3], seed=[1, 2])
    outputs = MinibatchStandardDeviation()(images)
    expected = np.std(images, axis=0).mean()
    np.testing.assert_allclose(outputs[..., 3], np.full([batch_size, 2, 2], expected), atol=1e-4)


def test_the_gradient_of_a_gradient_equals_finite_differences():
    layer = MinibatchStandardDeviation(2, dtype="float64")
    images = tf.random.stateless_normal([4, 2, 2, 2], seed=[1, 2], dtype=tf.float64)

    def squared_slope(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.reduce_sum(tf.sin(layer(images)))
        return tf.reduce_sum(tf.square(tape.gradient(loss, images)))

    theoretical, numerical = tf.test.compute_gradient(squared_slope, [images])
    np.testing.assert_allclose(theoretical[0], numerical[0], atol=1e-5)


def test_equal_images_have_finite_gradients():
    images = tf.ones([4, 2, 2, 3])
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = MinibatchStandardDeviation()(images)
    assert np.all(np.isfinite(tape.gradient(outputs, images)))


def test_half_precision_measures_in_full():
    images = 100 + tf.random.stateless_uniform([4, 4, 4, 3], seed=[1, 2])
    images = tf.cast(tf.cast(images, tf.bfloat16), tf.float32)
    full = MinibatchStandardDeviation()(images)
    half = MinibatchStandardDeviation(dtype="mixed_bfloat16")(images)
    assert half.dtype == "bfloat16"
    np.testing.assert_allclose(tf.cast(half[..., 3], tf.float32), full[..., 3], rtol=2**-8)


def test_it_survives_saving(tmp_path):
    network = keras.Sequential([keras.Input([2, 2, 3]), MinibatchStandardDeviation(2)])
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    images = tf.random.stateless_normal([4, 2, 2, 3], seed=[1, 2])
    np.testing.assert_array_equal(network(images), again(images))


def test_a_group_needs_two_images():
    with pytest.raises(ValueError, match="group_size=1: must be at least 2"):
        MinibatchStandardDeviation(1)
