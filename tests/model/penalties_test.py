import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.networks.dcgan import build_discriminator
from kerasgan.model.penalties import (
    PENALTIES,
    interpolate,
    of_fake,
    of_real,
    one_centered,
    squared_norms,
    zero_centered,
)

# Two slopes of images [2, 1, 2]: their squared norms are 1 + 4 + 4 + 0 = 9 and 9 + 16 = 25.
SLOPES = np.array([[[[1.0, -2.0], [2.0, 0.0]]], [[[3.0, 0.0], [0.0, 4.0]]]])


def slopes_of(discriminator, images):
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = discriminator(images)
    return tape.gradient(logits, images)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_hand_computed_values(dtype):
    slopes = tf.cast(SLOPES, dtype)
    expected_dtype = "float64" if dtype == "float64" else "float32"
    for value, expected in (
        (squared_norms(slopes), [9.0, 25.0]),
        (zero_centered(slopes), 0.5 * (9 + 25) / 2),
        (one_centered(slopes), (2.0**2 + 4.0**2) / 2),
    ):
        assert value.dtype == expected_dtype
        np.testing.assert_allclose(value, expected, rtol=1e-6)


def test_many_half_precision_pixels_are_summed_in_full():
    slopes = tf.ones([2, 64, 64, 3], "bfloat16")  # in bfloat16 the sum would stop at 256
    np.testing.assert_array_equal(squared_norms(slopes), [64 * 64 * 3] * 2)


def test_slopes_may_have_any_shape():
    np.testing.assert_allclose(squared_norms(tf.constant([[3.0, 4.0], [0.0, 2.0]])), [25.0, 4.0])


def test_one_centered_has_a_finite_gradient_where_the_slope_is_zero():
    slopes = tf.constant([[0.0, 0.0], [0.6, 0.8]])
    with tf.GradientTape() as tape:
        tape.watch(slopes)
        value = one_centered(slopes)
    np.testing.assert_allclose(value, 0.5, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(value, slopes), np.zeros([2, 2]), atol=1e-6)


def test_a_linear_discriminator_has_the_closed_form():
    # D(x) = w x has the slope w everywhere: half its square, (|w| - 1)^2, and their gradients.
    weight = tf.constant([[3.0], [-4.0]], tf.float64)  # |w| = 5
    images = tf.random.stateless_normal([6, 2], [1, 2], dtype=tf.float64)
    for function, value, gradient in (
        (zero_centered, 12.5, [[3.0], [-4.0]]),  # |w|^2 / 2, w
        (one_centered, 16.0, [[4.8], [-6.4]]),  # (|w| - 1)^2, 2 (|w| - 1) w / |w|
    ):
        with tf.GradientTape() as tape:
            tape.watch(weight)
            penalty = function(slopes_of(lambda x: tf.matmul(x, weight), images))
        np.testing.assert_allclose(penalty, value, rtol=1e-12)
        np.testing.assert_allclose(tape.gradient(penalty, weight), gradient, rtol=1e-12)


def test_interpolation_runs_from_generated_to_real():
    real, fake = tf.fill([3, 2, 2, 1], 1.0), tf.fill([3, 2, 2, 1], -3.0)
    between = interpolate(real, fake, tf.constant([0.0, 0.25, 1.0]))
    for image, level in zip(between, (-3.0, -2.0, 1.0), strict=True):
        np.testing.assert_array_equal(image, np.full([2, 2, 1], level))


def test_the_table_names_the_images():
    assert PENALTIES["none"].images == ()
    assert PENALTIES["r1"] == (zero_centered, (of_real,))
    assert PENALTIES["r2"] == (zero_centered, (of_fake,))
    assert PENALTIES["r1_r2"] == (zero_centered, (of_real, of_fake))
    assert PENALTIES["wgan_gp"] == (one_centered, (interpolate,))
    real, fake, positions = tf.ones([2, 3]), tf.zeros([2, 3]), tf.zeros([2])
    assert of_real(real, fake, positions) is real
    assert of_fake(real, fake, positions) is fake


@pytest.mark.parametrize("normalization", ["none", "batch", "spectral"])
@pytest.mark.parametrize("name", [name for name in PENALTIES if name != "none"])
def test_gradients_of_discriminators_equal_finite_differences(name, normalization):
    discriminator = build_discriminator(
        (16, 16, 3), base_filters=4, normalization=normalization, precision="float64"
    )
    variables = discriminator.trainable_variables
    rng = np.random.default_rng(0)
    for variable in variables:  # slopes of a size that matters
        variable.assign(variable + rng.normal(scale=0.2, size=variable.shape))
    real, fake = tf.constant(rng.uniform(-1, 1, [2, 5, 16, 16, 3]))
    positions = tf.constant(rng.uniform(size=5))

    def penalty():
        return tf.add_n(
            [
                PENALTIES[name].function(
                    slopes_of(
                        lambda x: discriminator(x, training=True),
                        images_of(real, fake, positions),
                    )
                )
                for images_of in PENALTIES[name].images
            ]
        )

    with tf.GradientTape() as tape:
        value = penalty()
    gradients = tape.gradient(value, [variable.value for variable in variables])
    assert value > 0.01
    for variable, gradient in zip(variables, gradients, strict=True):
        start, direction = variable.numpy(), rng.normal(size=variable.shape)

        def value_at(offset, variable=variable, start=start, direction=direction):
            variable.assign(start + offset * direction)
            value = float(penalty())
            variable.assign(start)
            return value

        numeric = (value_at(1e-6) - value_at(-1e-6)) / 2e-6
        # A bias may have no gradient: it moves no slope except across a leaky ReLU's corner.
        slope = 0.0 if gradient is None else float(tf.reduce_sum(gradient * direction))
        np.testing.assert_allclose(slope, numeric, rtol=1e-6, atol=1e-7 * float(value))
