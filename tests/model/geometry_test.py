import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage
from scipy.stats import norm

from kerasgan.model.augment import augment, numbers_needed

KINDS = ("flip", "quarter_turn", "shift", "scale", "rotation", "stretch", "subpixel_shift")


def some_images(count=3, height=16, width=16, channels=3):
    return tf.random.stateless_uniform([count, height, width, channels], [1, height], -1, 1)


def change(images, kind, *uniforms):
    """The images, all changed by one kind with these random numbers."""
    numbers = tf.tile(tf.constant([[0.0, *uniforms]]), [images.shape[0], 1])
    return augment(images, numbers, 1.0, [kind]).numpy()


@pytest.mark.parametrize(("height", "width", "channels"), [(16, 16, 3), (8, 24, 1)])
def test_flips_copy_pixels(height, width, channels):
    images = some_images(3, height, width, channels)
    np.testing.assert_array_equal(change(images, "flip", 0.4), images)
    np.testing.assert_array_equal(change(images, "flip", 0.6), images[:, :, ::-1])


def test_quarter_turns_copy_pixels():
    images = some_images()
    for turns in range(4):
        changed = change(images, "quarter_turn", turns / 4)
        np.testing.assert_array_equal(changed, np.rot90(images, -turns, axes=(1, 2)))


def test_oblong_images_take_half_turns():
    images = some_images(3, 8, 24, 1)
    for uniform, expected in ((0.3, images), (0.6, images[:, ::-1, ::-1])):
        np.testing.assert_array_equal(change(images, "quarter_turn", uniform), expected)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, -2), (-1, 0), (1, 2)])
def test_shifts_copy_pixels_and_mirror_the_edge(down, right):
    images = some_images()
    padded = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)], mode="reflect")
    expected = padded[:, 2 - down : 18 - down, 2 - right : 18 - right]
    uniforms = [0.5 + pixels / 16 * 4 for pixels in (down / 1.0, right / 1.0)]
    np.testing.assert_array_equal(
        change(images, "shift", *[min(uniform, 0.999) for uniform in uniforms]), expected
    )


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, -2), (-1, 0), (1, 2)])
def test_translation_copies_pixels_and_leaves_grey(down, right):
    images = some_images()
    padded = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)])
    expected = padded[:, 2 - down : 18 - down, 2 - right : 18 - right]
    changed = change(images, "translation", (down + 2.5) / 5, (right + 2.5) / 5)
    np.testing.assert_array_equal(changed, expected)


def in_numpy(image, flip, quarter_turn, shift, scale, rotation, stretch, subpixel_shift):
    """ADA's changes from the image to the result, composed, inverted, and sampled by SciPy."""
    height, width, _ = image.shape

    def linear(matrix):
        return np.block([[np.array(matrix, float), np.zeros([2, 1])], [np.zeros([1, 2]), 1]])

    def moved(down, right):
        return np.array([[1, 0, right], [0, 1, down], [0, 0, 1]], float)

    def turned(angle):  # clockwise, as y points down
        return linear([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def turned_if(coin, uniform):
        # Each of the two rotations happens in a share q of the images: (1 - q)^2 = 1 - p.
        return turned((2 * uniform - 1) * np.pi if coin < 1 - np.sqrt(1 - 0.75) else 0.0)

    wider = 2 ** (0.2 * norm.ppf(stretch[1]))
    changes = [
        linear(np.diag([-1 if flip[1] >= 0.5 else 1, 1])),
        turned(np.floor(quarter_turn[1] * 4) * np.pi / 2),
        moved(*np.round((2 * shift[1:] - 1) / 8 * [height, width])),
        linear(np.eye(2) * 2 ** (0.2 * norm.ppf(scale[1]))),
        turned_if(*rotation[:2]),
        linear(np.diag([wider, 1 / wider])),
        turned_if(*rotation[2:]),
        moved(*norm.ppf(subpixel_shift[1:]) / 8 * [height, width]),
    ]
    for matrix, numbers in zip(changes, (flip, quarter_turn, shift, scale), strict=False):
        if numbers[0] >= 0.75:
            matrix[:] = np.eye(3)
    for index, numbers in ((5, stretch), (7, subpixel_shift)):
        if numbers[0] >= 0.75:
            changes[index] = np.eye(3)
    total = np.eye(3)
    for matrix in changes:
        total = matrix @ total
    centre = moved((height - 1) / 2, (width - 1) / 2)
    y, x = np.mgrid[:height, :width]
    places = np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    x, y, _ = centre @ np.linalg.inv(total) @ np.linalg.inv(centre) @ places
    planes = [
        ndimage.map_coordinates(plane, [y, x], order=1, mode="mirror")
        for plane in np.moveaxis(image, -1, 0)
    ]
    return np.stack(planes, axis=-1).reshape(image.shape)


def test_all_changes_together_equal_an_independent_implementation():
    images = some_images(40)
    numbers = tf.random.stateless_uniform([40, numbers_needed(KINDS)], [3, 4])
    changed = augment(images, numbers, 0.75, KINDS)
    for result, image, row in zip(changed, images.numpy(), numbers.numpy(), strict=True):
        # The table's columns: 2 numbers each, 3 for shifts, 4 for the two rotations.
        columns = np.split(row, np.cumsum([2, 2, 3, 2, 4, 2]))
        np.testing.assert_allclose(result, in_numpy(image, *columns), atol=5e-5)


def test_a_constant_image_stays_as_it_is():
    images = tf.fill([5, 16, 24, 3], 0.3)
    numbers = tf.random.stateless_uniform([5, numbers_needed(KINDS)], [5, 6])
    np.testing.assert_allclose(augment(images, numbers, 1.0, KINDS), images, rtol=1e-6)


def test_whole_pixels_stay_exact_where_other_kinds_leave_the_image_alone():
    images = some_images()
    numbers = np.full([3, numbers_needed(KINDS)], 0.9, np.float32)  # coins that change nothing
    numbers[:, [0, 2, 4]] = 0.0  # except those of the flip, the quarter turn and the shift
    blended = augment(images, tf.constant(numbers), 0.5, KINDS)
    copied = augment(images, tf.constant(numbers[:, :7]), 0.5, KINDS[:3])
    assert np.any(copied != images)
    np.testing.assert_array_equal(blended, copied)
