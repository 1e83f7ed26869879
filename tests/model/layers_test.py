import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.layers import (
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    LeakyReLU,
    SpectralConv2D,
    SpectralConv2DTranspose,
    SpectralDense,
    iterate_spectral_norms,
)

KERAS_CONV, KERAS_TRANSPOSE = keras.layers.Conv2D, keras.layers.Conv2DTranspose


@pytest.fixture
def images():
    return tf.random.stateless_normal([6, 8, 8, 3], seed=[1, 2])


@pytest.fixture
def spectral(images):
    layer = SpectralConv2D(5, 4, strides=2, padding="same")
    layer(images)
    for _ in range(200):
        layer.iterate_spectral_norm()
    return layer


def largest_singular_value(kernel):
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def test_spectral_convolution_divides_by_the_largest_singular_value(spectral, images):
    kernel = spectral.kernel.numpy()
    expected = tf.nn.conv2d(images, kernel / largest_singular_value(kernel), 2, "SAME")
    np.testing.assert_allclose(spectral(images), expected, rtol=1e-4, atol=1e-6)


def test_a_new_spectral_layer_is_already_near_its_norm(images):
    layer = SpectralConv2D(64, 4)
    layer(images)
    matrix = layer.kernel.numpy().reshape(-1, 64)
    estimate = (layer.left.numpy().T @ matrix @ layer.right.numpy()).item()
    np.testing.assert_allclose(estimate, largest_singular_value(layer.kernel.numpy()), rtol=0.05)


def test_passes_read_the_same_weights_and_change_none(spectral, images):
    before = spectral.get_weights()
    first = spectral(images, training=True)
    second = spectral(images, training=True)
    np.testing.assert_array_equal(first, second)
    for old, new in zip(before, spectral.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_gradient_flows_through_sigma(spectral, images):
    # kernel / sigma(kernel) does not change with the kernel's scale, so that the gradient has no
    # part along the kernel. With sigma held constant it would have a large one.
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(spectral(images)))
    gradient = tape.gradient(loss, spectral.kernel.value)
    along = tf.reduce_sum(gradient * spectral.kernel)
    assert abs(along) < 1e-4 * tf.norm(gradient) * tf.norm(spectral.kernel)


def test_the_gradient_equals_finite_differences(images):
    layer = SpectralConv2D(4, 3, dtype="float64")
    images = tf.cast(images, tf.float64)
    layer(images)
    direction = np.random.default_rng(0).normal(size=layer.kernel.shape)

    def loss_at(offset):
        kernel = layer.kernel.numpy()
        layer.kernel.assign(kernel + offset * direction)
        value = float(tf.reduce_sum(tf.square(layer(images))))
        layer.kernel.assign(kernel)
        return value

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(layer(images)))
    slope = float(tf.reduce_sum(tape.gradient(loss, layer.kernel.value) * direction))
    np.testing.assert_allclose(slope, (loss_at(1e-6) - loss_at(-1e-6)) / 2e-6, rtol=1e-6)


def test_a_network_advances_all_its_spectral_norms(images):
    network = keras.Sequential([SpectralConv2D(4, 3), SpectralConv2D(2, 3)])
    network(images)
    before = [layer.right.numpy() for layer in network.layers]
    iterate_spectral_norms(network)
    for old, layer in zip(before, network.layers, strict=True):
        assert not np.array_equal(old, layer.right.numpy())


@pytest.mark.parametrize(
    ("layer", "rows_last"),
    [
        (SpectralConv2DTranspose(5, 4, strides=2, padding="same"), (0, 1, 3, 2)),
        (SpectralConv2DTranspose(3, 4, strides=2, padding="same", use_bias=False), (0, 1, 3, 2)),
        (SpectralDense(7), (0, 1)),
    ],
)
def test_every_spectral_layer_is_its_parent_over_the_largest_singular_value(layer, rows_last):
    shape = [2, 9] if isinstance(layer, SpectralDense) else [2, 6, 6, 9]
    inputs = tf.random.stateless_normal(shape, seed=[1, 2])
    layer.build(inputs.shape)
    parent = type(layer).__mro__[2].from_config(layer.get_config())
    parent.build(inputs.shape)
    for _ in range(300):
        iterate_spectral_norms(keras.Sequential([layer]))
    kernel = layer.kernel.numpy()
    parent.kernel.assign(kernel / largest_singular_value(kernel.transpose(rows_last)))
    if layer.use_bias:
        layer.bias.assign(np.arange(layer.bias.shape[0]))
        parent.bias.assign(layer.bias)
    for training in (False, True):
        outputs = layer(inputs, training=training)
        np.testing.assert_allclose(outputs, parent(inputs), rtol=1e-3, atol=1e-5)


class Block(keras.layers.Layer):
    """A layer of the user's with a layer in it."""

    def __init__(self):
        super().__init__()
        self.inner = SpectralConv2D(2, 3)

    def call(self, inputs):
        return self.inner(inputs)


def test_networks_within_networks_advance_once_each(images):
    shared = SpectralConv2D(3, 3, padding="same")
    block = Block()
    inner = keras.Sequential([keras.Input([8, 8, 3]), shared, SpectralConv2D(4, 3)])
    inputs = keras.Input([8, 8, 3])
    network = keras.Model(inputs, block(inner(shared(inputs))))
    layers = [shared, inner.layers[-1], block.inner]
    wanted = []
    for layer in layers:
        before = layer.get_weights()
        layer.iterate_spectral_norm()
        wanted.append(layer.get_weights())
        layer.set_weights(before)
        assert not np.array_equal(before[-1], wanted[-1][-1])
    iterate_spectral_norms(network)
    for layer, weights in zip(layers, wanted, strict=True):
        for ours, theirs in zip(layer.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_layers_survive_saving(tmp_path, images):
    network = keras.Sequential(
        [
            keras.Input([8, 8, 3]),
            SpectralConv2D(4, 3),
            BatchNormalization(),
            SpectralConv2DTranspose(2, 4, strides=2, padding="same"),
            SpectralDense(3),
        ]
    )
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(network(images), again(images))


class TestBatchNormalization:
    """Against Keras's own layer, to float tolerance."""

    @pytest.fixture
    def pair(self):
        options = {"momentum": 0.9, "epsilon": 1e-5, "gamma_initializer": "random_normal"}
        fused, reference = (
            BatchNormalization(**options),
            keras.layers.BatchNormalization(**options),
        )
        for layer in (fused, reference):
            layer.build([None, 8, 8, 3])
        fused.set_weights(reference.get_weights())
        return fused, reference

    def run(self, layer, images, weight):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images, training=True)
            loss = tf.reduce_sum(outputs * weight)
        sources = [images, layer.gamma.value, layer.beta.value]
        return [outputs, *tape.gradient(loss, sources)]

    def test_forward_gradients_and_moving_statistics_agree(self, pair, images):
        fused, reference = pair
        weight = tf.random.stateless_normal(images.shape, seed=[3, 4])
        for offset in (0.0, 5.0, -2.0):  # several steps, so that the statistics move
            for ours, theirs in zip(
                self.run(fused, images * 3 + offset, weight),
                self.run(reference, images * 3 + offset, weight),
                strict=True,
            ):
                np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
        for ours, theirs in zip(fused.weights, reference.weights, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)

    def test_inference_agrees(self, pair, images):
        fused, reference = pair
        np.testing.assert_array_equal(
            fused(images, training=False), reference(images, training=False)
        )

    @pytest.mark.parametrize("half", ["bfloat16", "float16"])
    def test_half_precision_keeps_scale_and_statistics_in_full(self, half, images):
        policy = f"mixed_{half}"
        fused = BatchNormalization(dtype=policy, gamma_initializer="random_normal")
        reference = keras.layers.BatchNormalization(gamma_initializer="random_normal")
        for layer in (fused, reference):
            layer.build([None, 8, 8, 3])
        fused.set_weights(reference.get_weights())
        rounded = tf.cast(images, half)
        with tf.GradientTape() as tape:
            outputs = fused(rounded, training=True)
        expected = reference(tf.cast(rounded, tf.float32), training=True)
        assert outputs.dtype == half
        assert tape.gradient(outputs, fused.gamma.value).dtype == "float32"
        np.testing.assert_allclose(tf.cast(outputs, tf.float32), expected, rtol=2**-7, atol=1e-5)
        for ours, theirs in zip(fused.weights, reference.weights, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
        assert fused(rounded, training=False).dtype == half

    def test_dense_inputs_take_keras_way(self):
        fused, reference = BatchNormalization(), keras.layers.BatchNormalization()
        rows = tf.random.stateless_normal([16, 4], seed=[5, 6])
        np.testing.assert_allclose(
            fused(rows, training=True), reference(rows, training=True), rtol=1e-5, atol=1e-6
        )

    @pytest.mark.parametrize("policy", ["bfloat16", "float16", "float64"])
    def test_policies_that_the_kernel_lacks_take_keras_way(self, policy, images):
        fused, reference = (
            kind(dtype=policy) for kind in (BatchNormalization, keras.layers.BatchNormalization)
        )
        with tf.GradientTape() as tape:
            outputs = fused(images, training=True)
        assert outputs.dtype == policy
        assert tape.gradient(outputs, fused.gamma.value).dtype == policy
        tolerance = 1e-12 if policy == "float64" else 2**-7
        np.testing.assert_allclose(
            tf.cast(outputs, tf.float64),
            tf.cast(reference(images, training=True), tf.float64),
            rtol=tolerance,
            atol=tolerance,
        )
        for ours, theirs in zip(fused.weights, reference.weights, strict=True):
            assert ours.dtype == policy
            np.testing.assert_allclose(
                tf.cast(ours, tf.float64), tf.cast(theirs, tf.float64), rtol=tolerance
            )

    def test_masked_inputs_give_what_keras_gives(self, images):
        fused, reference = BatchNormalization(), keras.layers.BatchNormalization()
        mask = tf.random.stateless_uniform(images.shape[:-1], seed=[7, 8]) > 0.3
        for ours, theirs in zip(
            [fused(images, training=True, mask=mask), *fused.weights],
            [reference(images, training=True, mask=mask), *reference.weights],
            strict=True,
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)

    @pytest.mark.parametrize(
        ("shape", "options", "masked"),
        [
            ((5, 4, 3, 2), {}, False),
            ((7, 3), {}, False),
            ((5, 3, 4, 2), {"axis": 1}, False),
            ((5, 3, 4, 2), {"axis": 2}, False),
            ((5, 4, 3, 2), {"scale": False}, False),
            ((5, 4, 3, 2), {"center": False}, False),
            ((5, 4, 3, 2), {"synchronized": True}, False),
            ((5, 4, 3, 2), {}, True),
            ((5, 4, 3, 1), {}, False),
        ],
    )
    def test_second_derivatives_equal_finite_differences(self, shape, options, masked):
        # As in a gradient penalty: of the squared slope of a curved function of the outputs.
        layer = BatchNormalization(dtype="float64", **options)
        rng = np.random.default_rng(0)
        # With respect to the layer's own inputs the slopes add up to 0, which would hide the error
        # of holding the mean constant; so they are weighted before.
        inputs, direction, weight = rng.normal(size=(3, *shape))
        mask = tf.constant(rng.uniform(size=shape[:-1]) > 0.3) if masked else None

        def squared_slope(inputs):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                outputs = layer(weight * inputs, training=True, mask=mask)
                score = tf.reduce_sum(tf.sin(2.0 * outputs))
            return tf.reduce_sum(tf.square(tape.gradient(score, inputs)))

        inputs = tf.constant(inputs)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = squared_slope(inputs)
        slope = float(tf.reduce_sum(tape.gradient(value, inputs) * direction))
        step = 1e-5 * direction
        numeric = float(squared_slope(inputs + step) - squared_slope(inputs - step)) / 2e-5
        np.testing.assert_allclose(slope, numeric, rtol=1e-6)

    @pytest.mark.parametrize(
        "options",
        [{"axis": 1}, {"axis": 2}, {"axis": 3}, {"scale": False}, {"center": False}]
        + [{"renorm": True}],
    )
    def test_every_option_gives_what_keras_gives(self, options, images):
        fused, reference = BatchNormalization(**options), keras.layers.BatchNormalization(**options)
        inputs = images[:, :, :5] * 3 + 1  # [6, 8, 5, 3]: no two sides are equal
        for _ in range(2):
            outputs = [layer(inputs, training=True) for layer in (fused, reference)]
            np.testing.assert_allclose(*outputs, rtol=1e-5, atol=1e-5)
        assert len(fused.weights) == len(reference.weights)
        for ours, theirs in zip(fused.weights, reference.weights, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)

    def test_saved_weights_are_interchangeable(self, pair, images, tmp_path):
        fused, reference = pair
        self.run(fused, images, images)
        ours = keras.Sequential([keras.Input([8, 8, 3]), fused])
        theirs = keras.Sequential([keras.Input([8, 8, 3]), reference])
        ours.save_weights(tmp_path / "ours.weights.h5")
        theirs.load_weights(tmp_path / "ours.weights.h5")
        np.testing.assert_array_equal(ours(images), theirs(images))


def test_a_kernel_of_one_pixel_is_keras_convolution(images):
    ours, theirs = Conv2D(5, 1, bias_initializer="normal"), KERAS_CONV(5, 1)
    for layer in (ours, theirs):
        layer.build(images.shape)
    theirs.set_weights(ours.get_weights())
    results = []
    for layer in (ours, theirs):
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(images)
            with tf.GradientTape() as tape:
                tape.watch(images)
                loss = tf.reduce_sum(tf.sin(layer(images)))
            penalty = tf.reduce_sum(tf.square(tape.gradient(loss, images)))
        kernel = layer.kernel.value
        results.append([layer(images), penalty, *outer.gradient(penalty, [images, kernel])])
    for mine, yours in zip(*results, strict=True):
        np.testing.assert_allclose(mine, yours, rtol=1e-4, atol=1e-4)


class TestConvolutionsOfImages:
    """Against Keras's own layers, to float tolerance."""

    @pytest.fixture(params=[(1, 16, 16), (3, 16, 16), (3, 8, 24), (4, 6, 6)])
    def pairs(self, request):
        """Images [5, H, W, C] and features [5, H / 2, W / 2, 7], and for each way two layers."""
        channels, height, width = request.param
        images = tf.random.stateless_normal([5, height, width, channels], seed=[1, height])
        features = tf.random.stateless_normal([5, height // 2, width // 2, 7], seed=[2, height])
        options = {"kernel_size": 4, "strides": 2, "padding": "same"}
        down = [kind(7, bias_initializer="normal", **options) for kind in (Conv2D, KERAS_CONV)]
        up = [
            kind(channels, use_bias=False, activation="tanh", **options)
            for kind in (Conv2DTranspose, KERAS_TRANSPOSE)
        ]
        for layers, inputs in ((down, images), (up, features)):
            for layer in layers:
                layer.build(inputs.shape)
            layers[0].set_weights(layers[1].get_weights())
        return (down, images, features), (up, features, images)

    @staticmethod
    def forward_and_backward(layer, inputs, upstream, **options):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([inputs, upstream])
            outputs = layer(inputs, **options)
            sources = [inputs, *(weight.value for weight in layer.trainable_weights)]
            gradients = tape.gradient(outputs, sources, output_gradients=upstream)
            length = tf.add_n([tf.reduce_sum(tf.square(gradient)) for gradient in gradients])
        # As in a gradient penalty: the gradient of a function of gradients.
        second = tape.gradient(length, [*sources, upstream], unconnected_gradients="zero")
        return [outputs, *gradients, *second]

    @pytest.mark.parametrize("training", [False, True])
    def test_forward_gradients_and_their_gradients_agree(self, pairs, training):
        run = self.forward_and_backward
        for (fast, reference), inputs, upstream in pairs:
            for ours, theirs in zip(
                run(fast, inputs, upstream, training=training),
                run(reference, inputs, upstream),
                strict=True,
            ):
                assert ours.shape == theirs.shape
                scale = np.abs(theirs).max()  # small sums of large numbers
                np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * scale)

    def test_saved_weights_are_interchangeable(self, pairs, tmp_path):
        for (fast, reference), inputs, _ in pairs:
            ours = keras.Sequential([keras.Input(inputs.shape[1:]), fast])
            theirs = keras.Sequential([keras.Input(inputs.shape[1:]), reference])
            for writer, reader in ((ours, theirs), (theirs, ours)):
                writer.set_weights([weight + 1 for weight in writer.get_weights()])
                writer.save_weights(tmp_path / "network.weights.h5")
                reader.load_weights(tmp_path / "network.weights.h5")
                np.testing.assert_allclose(ours(inputs), theirs(inputs), rtol=1e-5, atol=1e-5)

    @pytest.mark.parametrize(
        "options",
        [
            {"kernel_size": 3, "strides": 2, "padding": "same"},
            {"kernel_size": 4, "strides": 1, "padding": "same"},
            {"kernel_size": 4, "strides": 2, "padding": "valid"},
        ],
    )
    def test_other_shapes_take_keras_way(self, options, images):
        for ours, theirs in ((Conv2D, KERAS_CONV), (Conv2DTranspose, KERAS_TRANSPOSE)):
            ours, theirs = ours(3, **options), theirs(3, **options)
            theirs.build(images.shape)
            ours.build(images.shape)
            ours.set_weights(theirs.get_weights())
            np.testing.assert_array_equal(ours(images), theirs(images))


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_leaky_relu_and_its_derivatives(dtype):
    layer = LeakyReLU(0.2, dtype=dtype)
    x = tf.constant([-3.0, -0.5, 0.5, 2.0], dtype)
    weights = tf.constant([1.0, 2.0, 3.0, 4.0], dtype)

    @tf.function
    def derivatives():
        with tf.GradientTape() as outer:
            outer.watch([x, weights])
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = layer(x)
                total = tf.reduce_sum(weights * y)
            slopes = inner.gradient(total, x)
        return y, slopes, *outer.gradient(slopes, [x, weights])

    y, slopes, by_x, by_weights = derivatives()
    np.testing.assert_allclose(y, [-0.6, -0.1, 0.5, 2.0], rtol=1e-3)
    np.testing.assert_allclose(slopes, [0.2, 0.4, 3.0, 4.0], rtol=1e-3)
    np.testing.assert_allclose(by_weights, [0.2, 0.2, 1.0, 1.0], rtol=1e-3)
    assert by_x is None  # the slopes are constant wherever they exist
