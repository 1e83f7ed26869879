"""Augmentation of premultiplied images: colours change as if they were straight, alpha does not."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.augment import ADA_KINDS, DIFFAUGMENT_KINDS, augment, numbers_needed

COLOURS = ("brightness", "contrast", "luma_flip", "hue", "saturation")


@pytest.fixture
def straight():
    """Colours in [-1, 1] and cover in (0, 1], float64 [4, 8, 8, 3] and [..., 1]."""
    random = np.random.default_rng(0)
    return random.uniform(-1, 1, [4, 8, 8, 3]), random.uniform(0.05, 1, [4, 8, 8, 1])


def premultiplied(colours, cover):
    """What `to_float` makes of straight pixels: the scale of [-1, 1] is that of 0 to 1."""
    return np.concatenate([(colours + 1) * cover - 1, 2 * cover - 1], axis=-1)


def straightened(images):
    cover = (images[..., 3:] + 1) / 2
    return (images[..., :3] + 1) / cover - 1, cover


def numbers(count, kinds, seed=3):
    return tf.random.stateless_uniform([count, numbers_needed(kinds)], [seed, 4], dtype=tf.float64)


def test_colours_change_as_straight_ones_do(straight):
    colours, cover = straight
    table = numbers(4, COLOURS)
    changed = augment(tf.constant(premultiplied(colours, cover)), table, 1.0, COLOURS).numpy()
    found, same_cover = straightened(changed)
    np.testing.assert_allclose(found, augment(tf.constant(colours), table, 1.0, COLOURS), atol=1e-9)
    np.testing.assert_allclose(same_cover, cover, atol=1e-12)


def test_diffaugments_contrast_is_about_the_mean_of_what_is_covered(straight):
    colours, _ = straight
    cover = np.zeros([4, 8, 8, 1])
    cover[:, 2:6, 2:6] = 1.0
    table = numbers(4, ["colour"])
    changed = augment(tf.constant(premultiplied(colours, cover)), table, 1.0, ["colour"]).numpy()
    # Where the shape is it changes as if it were the whole image; elsewhere nothing appears.
    wanted = augment(tf.constant(colours[:, 2:6, 2:6]), table, 1.0, ["colour"])
    np.testing.assert_allclose(changed[:, 2:6, 2:6, :3], wanted, atol=1e-5)
    np.testing.assert_allclose(changed[:, 0], -1.0, atol=1e-6)


def test_what_comes_in_at_the_border_is_transparent():
    images = tf.ones([2, 16, 16, 4])
    shifted = augment(images, tf.constant([[0.0, 0.0, 0.5]] * 2), 1.0, ["shift"]).numpy()
    gone = (shifted == -1).all(axis=-1)
    assert (gone == gone[0, :, :1]).all() and gone[
        0, :, 0
    ].sum() == 2  # an eighth of 16, up or down
    assert (shifted[~gone] == 1).all()
    for kind in ("translation", "cutout"):
        changed = augment(images, tf.constant([[0.0, 0.0, 0.0]] * 2), 1.0, [kind]).numpy()
        assert set(np.unique(changed)) == {-1.0, 1.0}
        assert (changed == changed[..., :1]).all()


def test_half_a_pixel_of_shift_leaves_half_a_pixel_of_edge():
    images = tf.random.stateless_uniform([1, 8, 8, 4], [1, 2], -1, 1)
    kinds = ["subpixel_shift"]
    # Normal numbers of 0.5 and 0 sides are too large or none; find the share by what comes out.
    changed = augment(images, tf.constant([[0.0, 0.5, 0.55]]), 1.0, kinds).numpy()[0]
    padded = np.pad(images.numpy()[0] + 1, ((0, 0), (2, 2), (0, 0)))
    places = np.arange(8) + 2

    def moved(right):
        low = int(np.floor(right))
        share = right - low
        return (1 - share) * padded[:, places - low] + share * padded[:, places - low - 1] - 1

    rights = np.linspace(-2, 1.99, 4000)
    errors = [np.abs(moved(right) - changed).max() for right in rights]
    assert min(errors) < 2e-3 and 0.02 < abs(rights[np.argmin(errors)]) < 2


@pytest.mark.parametrize("kinds", [ADA_KINDS, DIFFAUGMENT_KINDS], ids=["ada", "diffaugment"])
def test_images_that_are_not_changed_keep_their_bits(kinds):
    images = tf.random.stateless_uniform([4, 16, 16, 4], [1, 2], -1, 1)
    table = tf.random.stateless_uniform([4, numbers_needed(kinds)], [3, 4])
    np.testing.assert_array_equal(augment(images, table, 0.0, kinds), images)
