import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.transform import Rotation
from scipy.stats import norm

from kerasgan.model.augment import augment

KINDS = ("brightness", "contrast", "luma_flip", "hue", "saturation")


@pytest.fixture
def images():
    return tf.random.stateless_uniform([6, 8, 8, 3], [1, 2], -1, 1)


def change(images, kind, *uniforms):
    """The images, all changed by one kind with these random numbers."""
    numbers = tf.tile(tf.constant([[0.0, *uniforms]]), [images.shape[0], 1])
    return augment(images, numbers, 1.0, [kind]).numpy()


def luma(images):
    return np.mean(images, axis=-1, keepdims=True)


def in_numpy(image, brightness, contrast, luma_flip, hue, saturation):
    """ADA's changes one after another, each as one would explain it; uniform numbers in [0, 1)."""
    image = image + 0.2 * norm.ppf(brightness)
    image = image * 2 ** (0.5 * norm.ppf(contrast))
    if luma_flip >= 0.5:
        image = image - 2 * luma(image)
    turn = Rotation.from_rotvec((2 * hue - 1) * np.pi * np.ones(3) / 3**0.5)
    image = turn.apply(image.reshape(-1, 3)).reshape(image.shape)
    return luma(image) + (image - luma(image)) * 2 ** norm.ppf(saturation)


def test_ada_changes_equal_an_independent_implementation(images):
    numbers = tf.random.stateless_uniform([6, 10], [3, 4]).numpy()
    numbers[:, ::2] = 0.0  # the coins
    changed = augment(images, tf.constant(numbers), 1.0, KINDS)
    for result, image, row in zip(changed, images.numpy(), numbers, strict=True):
        np.testing.assert_allclose(result, in_numpy(image, *row[1::2]), rtol=1e-4, atol=1e-5)


def test_a_grey_image_counts_as_a_colour_image(images):
    grey = images[..., :1]
    numbers = tf.random.stateless_uniform([6, 10], [3, 4])
    changed = augment(grey, numbers, 1.0, KINDS)
    expected = luma(augment(tf.tile(grey, [1, 1, 1, 3]), numbers, 1.0, KINDS).numpy())
    np.testing.assert_allclose(changed, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["hue", "saturation"])
def test_hue_and_saturation_keep_the_luma(kind, images):
    changed = change(images, kind, 0.9)
    assert np.abs(changed - images).max() > 0.5
    np.testing.assert_allclose(luma(changed), luma(images.numpy()), atol=1e-6)


def test_hand_computed_changes():
    image = tf.reshape(tf.constant([0.6, 0.0, -0.3]), [1, 1, 1, 3])  # luma 0.1
    for kind, uniform, expected in (
        ("brightness", 0.5, [0.6, 0.0, -0.3]),  # the median moves nothing
        ("brightness", norm.cdf(1.0), [0.8, 0.2, -0.1]),
        ("contrast", norm.cdf(2.0), [1.2, 0.0, -0.6]),
        ("luma_flip", 0.4, [0.6, 0.0, -0.3]),
        ("luma_flip", 0.6, [0.4, -0.2, -0.5]),
        ("hue", 0.5 + 1 / 3, [-0.3, 0.6, 0.0]),  # a third of a turn: red becomes green
        ("saturation", norm.cdf(1.0), [1.1, -0.1, -0.7]),
    ):
        np.testing.assert_allclose(change(image, kind, uniform)[0, 0, 0], expected, atol=1e-6)


def test_diffaugment_changes_equal_an_independent_implementation(images):
    numbers = tf.random.stateless_uniform([6, 4], [3, 4]).numpy()
    changed = augment(images, tf.constant(numbers), 1.0, ["colour"])
    for result, image, row in zip(changed, images.numpy(), numbers, strict=True):
        image = image + row[1] - 0.5
        image = (image - luma(image)) * (2 * row[2]) + luma(image)
        image = (image - image.mean()) * (row[3] + 0.5) + image.mean()
        np.testing.assert_allclose(result, image, rtol=1e-5, atol=1e-6)


def test_diffaugment_can_take_the_colour_out(images):
    changed = change(images, "colour", 0.5, 0.0, 0.5)
    np.testing.assert_allclose(changed, np.tile(luma(images.numpy()), 3), atol=1e-6)
