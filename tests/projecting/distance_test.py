import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.errors import UserError
from kerasgan.faces import synthetic_faces
from kerasgan.metrics.extractors import Extractor, open_extractor
from kerasgan.pixels import to_float
from kerasgan.projecting.distance import ImageDistance, squared_distance


@pytest.fixture(scope="module")
def distance():
    return ImageDistance(open_extractor("embedded"))


@pytest.fixture(scope="module")
def faces():
    return to_float(synthetic_faces(8, image_size=(64, 64), seed=7)[0])


def between(distance, left, right):
    return squared_distance(distance.pieces(left), distance.pieces(right)).numpy()


def test_an_image_is_at_no_distance_from_itself_and_nearer_when_changed_less(distance, faces):
    np.testing.assert_array_equal(between(distance, faces, faces), 0)
    noise = tf.constant(np.random.default_rng(0).normal(size=faces.shape), tf.float32)
    near = between(distance, faces, faces + 0.02 * noise)
    far = between(distance, faces, faces + 0.1 * noise)
    other = between(distance, faces, tf.roll(faces, 1, axis=0))
    assert (near > 0).all() and (near < far).all() and (far < other).all()


def test_pixels_count_at_each_scale_as_computed_by_hand():
    blind = ImageDistance(Extractor("blind", "", 1, np.asarray, lambda images: []))
    images = np.random.default_rng(0).uniform(-1, 1, [2, 16, 16, 3]).astype(np.float32)
    half = images.reshape(2, 8, 2, 8, 2, 3).mean(axis=(2, 4))
    wanted = sum(((scale[0] - scale[1]) ** 2).mean() for scale in (images, half))
    found = between(blind, tf.constant(images[:1]), tf.constant(images[1:]))
    weight = found[0] / wanted
    one, two = tf.zeros([1, 16, 16, 3]), tf.ones([1, 16, 16, 3])
    np.testing.assert_allclose(between(blind, one, two), 2 * weight, rtol=1e-5)


def test_the_summary_is_short_and_the_gradient_is_the_numeric_one(distance, faces):
    assert distance.summary(faces).shape[1] < 2000
    target = distance.pieces(faces[1:2])
    image = tf.Variable(faces[:1])
    with tf.GradientTape() as tape:
        value = squared_distance(distance.pieces(image), target)
    gradient = tape.gradient(value, image)
    direction = gradient / tf.norm(gradient)
    slope = tf.norm(gradient).numpy()
    step = 1e-2
    up, down = (
        squared_distance(distance.pieces(image + sign * step * direction), target).numpy()[0]
        for sign in (1, -1)
    )
    np.testing.assert_allclose(slope, (up - down) / (2 * step), rtol=0.05)


@pytest.mark.parametrize("shape", [(16, 24, 1), (96, 64, 3)])
def test_grey_images_and_other_sizes_have_a_distance(distance, shape):
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, [2, *shape]), tf.float32)
    assert between(distance, images[:1], images[1:])[0] > 0


def test_a_keras_files_features_count_too(tmp_path, faces):
    inputs = keras.Input([16, 16, 3])
    network = keras.Model(inputs, keras.layers.Conv2D(4, 3, strides=2)(inputs))
    network.save(tmp_path / "small.keras")
    extractor = open_extractor(str(tmp_path / "small.keras"))
    (features,) = extractor.layers(faces)
    assert features.shape == (8, 7, 7, 4)
    pooled = extractor.features(np.rint((faces.numpy() + 1) * 127.5).astype(np.uint8))
    np.testing.assert_allclose(tf.reduce_mean(features, [1, 2]), pooled, atol=1e-5)
    assert between(ImageDistance(extractor), faces[:1], faces[1:2])[0] > 0


def test_an_extractor_without_gradients_is_refused():
    with pytest.raises(UserError, match=r"--extractor=graph: its features have no gradients; must"):
        ImageDistance(Extractor("graph", "", 1, np.asarray))
