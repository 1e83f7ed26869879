import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.augment import (
    ADA_KINDS,
    DIFFAUGMENT_KINDS,
    augment,
    move_probability,
    numbers_needed,
)

FAMILIES = [DIFFAUGMENT_KINDS, ADA_KINDS]
ALL_KINDS = tuple(dict.fromkeys([*DIFFAUGMENT_KINDS, *ADA_KINDS]))


def draw(kinds, count, seed=0):
    return tf.random.stateless_uniform([count, numbers_needed(kinds)], [seed, 1], alg="philox")


@pytest.fixture
def images():
    return tf.random.stateless_uniform([6, 8, 8, 3], [1, 2], -1, 1)


@pytest.mark.parametrize("shape", [(6, 8, 8, 3), (6, 16, 8, 1)])
def test_at_probability_zero_no_bit_changes(shape):
    images = tf.random.stateless_uniform(shape, [1, 2], -1, 1)
    changed = augment(images, draw(ALL_KINDS, 6), 0.0, ALL_KINDS)
    np.testing.assert_array_equal(changed, images)


def test_without_kinds_no_bit_changes(images):
    assert numbers_needed([]) == 0
    np.testing.assert_array_equal(augment(images, tf.zeros([6, 0]), 1.0, []), images)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_each_kind_changes_its_share_of_images_and_no_other(kind):
    images = tf.random.stateless_uniform([512, 8, 8, 3], [1, 2], -1, 1)
    changed = augment(images, draw([kind], 512), 0.4, [kind]).numpy()
    share = np.mean(np.any(changed != images, axis=(1, 2, 3)))
    # The share of the chosen images that stay as they are: no flip, no turn, no shift.
    neutral = {"flip": 1 / 2, "luma_flip": 1 / 2, "quarter_turn": 1 / 4, "translation": 1 / 9}
    neutral["shift"] = 1 / 4  # rounds to no pixel in half of the cases, in both directions
    expected = 0.4 * (1 - neutral.get(kind, 0.0))
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 512)


def test_cutout_paints_a_rectangle_of_half_the_sides():
    images = tf.fill([1, 8, 16, 3], 0.7)
    changed = augment(images, tf.constant([[0.0, 0.5, 0.25]]), 1.0, ["cutout"]).numpy()
    expected = images.numpy()
    expected[:, 2:6, 0:8] = 0.0  # its centre is at row 4 and column 4
    np.testing.assert_array_equal(changed, expected)
    corner = augment(images, tf.constant([[0.0, 0.0, 0.0]]), 1.0, ["cutout"]).numpy()
    expected = images.numpy()
    expected[:, :2, :4] = 0.0  # three quarters of it are outside
    np.testing.assert_array_equal(corner, expected)


@pytest.mark.parametrize("kinds", FAMILIES)
def test_an_image_does_not_depend_on_its_neighbours_or_on_the_order_of_kinds(kinds, images):
    numbers = draw(kinds, 6)
    together = augment(images, numbers, 0.7, kinds)
    np.testing.assert_allclose(
        augment(images[2:4], numbers[2:4], 0.7, kinds[::-1]), together[2:4], atol=1e-6
    )


@pytest.mark.parametrize("kinds", FAMILIES)
def test_eager_and_compiled_results_agree(kinds, images):
    numbers = draw(kinds, 6)
    compiled = augment(images, numbers, 0.7, kinds)
    within = tf.function(lambda: augment(images, numbers, 0.7, kinds), jit_compile=True)()
    tf.config.run_functions_eagerly(True)
    try:
        eager = augment(images, numbers, 0.7, kinds)
    finally:
        tf.config.run_functions_eagerly(False)
    np.testing.assert_allclose(compiled, eager, atol=1e-5)
    np.testing.assert_allclose(within, eager, atol=1e-5)


@pytest.mark.parametrize("kinds", FAMILIES)
def test_replicas_that_take_slices_agree_with_one_device(kinds, images):
    numbers = draw(kinds, 6)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

    def half():
        start = 3 * tf.distribute.get_replica_context().replica_id_in_sync_group
        return augment(images[start : start + 3], numbers[start : start + 3], 0.7, kinds)

    halves = tf.function(lambda: strategy.run(half))()
    np.testing.assert_allclose(
        tf.concat(halves.values, axis=0), augment(images, numbers, 0.7, kinds), atol=1e-6
    )


@pytest.mark.parametrize(
    ("kinds", "channels"),
    [
        (DIFFAUGMENT_KINDS, 1),
        (DIFFAUGMENT_KINDS, 3),
        pytest.param(ADA_KINDS, 3, marks=pytest.mark.slow),
        pytest.param(ADA_KINDS, 1, marks=pytest.mark.slow),
    ],
)
def test_first_and_second_derivatives_equal_finite_differences(kinds, channels):
    rng = np.random.default_rng(0)
    images, direction = rng.uniform(-1, 1, [2, 4, 8, 8, channels])
    weight = rng.normal(size=images.shape)
    numbers = draw(kinds, 4, seed=channels)

    def score(images):  # a discriminator that is not linear
        return tf.reduce_sum(weight * tf.sin(3.0 * augment(images, numbers, 0.8, kinds)))

    @tf.function
    def squared_slope(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            value = score(images)
        return tf.reduce_sum(tf.square(tape.gradient(value, images)))

    images = tf.constant(images)
    step = 1e-5 * direction
    for function in (score, squared_slope):
        with tf.GradientTape() as tape:
            tape.watch(images)
            value = function(images)
        slope = float(tf.reduce_sum(tape.gradient(value, images) * direction))
        numeric = float(function(images + step) - function(images - step)) / 2e-5
        np.testing.assert_allclose(slope, numeric, rtol=1e-6)


def test_turns_leave_the_upright_image_the_most_frequent_unless_all_are_turned():
    # Then the mixture of turns is invertible: a generator that made turned images would be seen
    # (Karras et al. 2020, section 2.2). In frequencies of turns, the smallest size of a Fourier
    # coefficient says so: 1 - p of them.
    image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    turned = [np.rot90(image[0], -turns) for turns in range(4)]
    images = tf.tile(image, [4096, 1, 1, 1])
    for probability, expected in ((0.5, [0.625, 0.125, 0.125, 0.125]), (1.0, [0.25] * 4)):
        changed = augment(images, draw(["quarter_turn"], 4096), probability, ["quarter_turn"])
        shares = [np.mean(np.all(changed == wanted, axis=(1, 2, 3))) for wanted in turned]
        np.testing.assert_allclose(shares, expected, atol=0.03)
        coefficients = np.abs(np.fft.fft(shares))
        np.testing.assert_allclose(coefficients.min(), 1 - probability, atol=0.05)


def test_the_same_data_on_both_sides_look_the_same():
    # A generator that reproduces the data is a fixed point: both sides have one distribution.
    images = tf.random.stateless_uniform([1024, 8, 8, 3], [1, 2], -1, 1)
    real, fake = (
        augment(images, draw(ADA_KINDS, 1024, seed), 0.5, ADA_KINDS).numpy() for seed in (1, 2)
    )
    for statistic in (np.mean, np.std):
        of_pixels = [statistic(side, axis=(1, 2, 3)) for side in (real, fake)]
        error = np.hypot(*[np.std(values) / 32 for values in of_pixels])
        assert abs(np.mean(of_pixels[0]) - np.mean(of_pixels[1])) < 4 * error


def test_the_probability_follows_the_sign():
    def moved(probability, sign_mean):
        return move_probability(
            tf.constant(probability),
            tf.constant(sign_mean),
            target=0.6,
            images_seen=64,
            speed_images=6_400,
        )

    np.testing.assert_allclose(moved(0.5, 0.7), 0.51, rtol=1e-6)
    np.testing.assert_allclose(moved(0.5, -1.0), 0.49, rtol=1e-6)
    np.testing.assert_allclose(moved(0.5, 0.6), 0.5, rtol=1e-6)
    assert moved(0.995, 1.0) == 1.0
    assert moved(0.005, 0.0) == 0.0


def test_unknown_kinds_and_other_widths_are_named(images):
    with pytest.raises(ValueError, match="kinds='swirl': must be of colour, brightness"):
        numbers_needed(["flip", "swirl"])
    with pytest.raises(ValueError, match=r"numbers \(6, 3\): must be \[B, 2\]"):
        augment(images, tf.zeros([6, 3]), 1.0, ["flip"])
