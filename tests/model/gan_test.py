import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.gan import GAN, UPDATE_ORDERS
from kerasgan.model.losses import LOSSES
from kerasgan.model.networks.dcgan import build_discriminator, build_generator


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def line(name, slope, offset):
    """The one-dimensional network x -> slope * x + offset."""
    network = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)], name=name)
    network.set_weights([np.array([[slope]]), np.array([offset])])
    return network


def lines(update_order="alternating", **options):
    """G(z) = 0.5 z + 0.2 against D(x) = 0.8 x - 0.1, both trained by gradient descent."""
    gan = GAN(
        generator=line("generator", 0.5, 0.2),
        discriminator=line("discriminator", 0.8, -0.1),
        update_order=update_order,
        **options,
    )
    gan.compile(
        g_optimizer=keras.optimizers.SGD(0.3),
        d_optimizer=keras.optimizers.SGD(0.1),
        run_eagerly=True,
    )
    return gan


def small_images(update_order="simultaneous", normalization="batch", **options):
    gan = GAN(
        generator=build_generator((16, 16, 1), latent_dim=5, base_filters=4),
        discriminator=build_discriminator((16, 16, 1), base_filters=4, normalization=normalization),
        update_order=update_order,
        **options,
    )
    gan.compile(
        g_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
        d_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
    )
    return gan


def image_batches(count, batch_size=4):
    images = tf.random.stateless_uniform(
        [count * batch_size, 16, 16, 1], seed=[7, 7], minval=-1, maxval=1
    )
    return tf.data.Dataset.from_tensor_slices(images).batch(batch_size)


@pytest.mark.parametrize("update_order", UPDATE_ORDERS)
def test_one_step_is_the_recipe_by_hand(update_order):
    gan = lines(update_order, seed=3)
    x = np.array([[1.0], [-0.5], [2.0], [0.3]], np.float32)
    z = tf.random.stateless_normal([4, 1], seed=[3, 0]).numpy()  # a function of (seed, step)
    results = gan.train_step(tf.constant(x))

    a, b, w, c = 0.5, 0.2, 0.8, -0.1
    fake = a * z + b
    real_logits, fake_logits = w * x + c, w * fake + c
    # Slopes of the mean of softplus(-real) + softplus(fake) over each logit.
    real_slope, fake_slope = sigmoid(real_logits) - 1, sigmoid(fake_logits)
    new_w = w - 0.1 * np.mean(real_slope * x + fake_slope * fake)
    new_c = c - 0.1 * np.mean(real_slope + fake_slope)
    # The generator meets the new discriminator, or that of the shared forward pass.
    g_w, g_c = (new_w, new_c) if update_order == "alternating" else (w, c)
    slope = (sigmoid(g_w * fake + g_c) - 1) * g_w
    new_a, new_b = a - 0.3 * np.mean(slope * z), b - 0.3 * np.mean(slope)

    np.testing.assert_allclose(
        np.concatenate([w.ravel() for w in gan.discriminator.get_weights()]),
        [new_w, new_c],
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        np.concatenate([w.ravel() for w in gan.generator.get_weights()]), [new_a, new_b], rtol=1e-5
    )
    expected = {
        "d_loss": np.mean(-np.log(sigmoid(real_logits)) - np.log(1 - sigmoid(fake_logits))),
        "g_loss": np.mean(-np.log(sigmoid(g_w * fake + g_c))),
        "real_score": np.mean(sigmoid(real_logits)),
        "fake_score": np.mean(sigmoid(fake_logits)),
        "d_gradient_norm": np.hypot(new_w - w, new_c - c) / 0.1,
        "g_gradient_norm": np.hypot(new_a - a, new_b - b) / 0.3,
    }
    assert set(results) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(results[name], value, rtol=1e-4, err_msg=name)
    assert int(gan.step) == 1


def points_gan(**options):
    """Small dense networks for points in the plane."""
    gan = GAN(
        generator=keras.Sequential(
            [keras.Input([3]), keras.layers.Dense(16, "relu"), keras.layers.Dense(2)]
        ),
        discriminator=keras.Sequential(
            [keras.Input([2]), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)]
        ),
        **options,
    )
    gan.compile(g_optimizer=keras.optimizers.Adam(1e-2), d_optimizer=keras.optimizers.Adam(1e-2))
    return gan


@pytest.mark.parametrize("update_order", UPDATE_ORDERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_updates_both_networks_in_both_orders(update_order, loss):
    gan = points_gan(update_order=update_order)
    gan.compile(
        g_optimizer=keras.optimizers.SGD(1e-2), d_optimizer=keras.optimizers.SGD(1e-2), loss=loss
    )
    before = [gan.generator.get_weights(), gan.discriminator.get_weights()]
    results = gan.train_step(tf.random.stateless_normal([32, 2], seed=[0, 1]))
    assert all(np.isfinite(value) for value in results.values())
    for old, network in zip(before, (gan.generator, gan.discriminator), strict=True):
        assert not any(map(np.array_equal, old[::2], network.get_weights()[::2]))  # the kernels


def test_a_relativistic_generator_meets_the_new_discriminator_on_both_sides():
    gan = lines("alternating")
    gan.adversarial_loss = LOSSES["relativistic"]
    x = np.array([[1.0], [-0.5]], np.float32)
    z = tf.random.stateless_normal([2, 1], seed=[0, 0]).numpy()
    results = gan.train_step(tf.constant(x))
    (w,), (c,) = (weight.ravel() for weight in gan.discriminator.get_weights())
    fake = 0.5 * z + 0.2
    expected = np.mean(np.log1p(np.exp((w * x + c) - (w * fake + c))))
    np.testing.assert_allclose(results["g_loss"], expected, rtol=1e-5)


@pytest.mark.parametrize("update_order", UPDATE_ORDERS)
def test_latents_depend_on_seed_and_step_alone(update_order):
    points = tf.random.stateless_normal([12, 2], seed=[7, 7])

    def weights_after_training(seed):
        keras.utils.set_random_seed(5)
        gan = points_gan(update_order=update_order, seed=seed)
        gan.fit(points, batch_size=4, shuffle=False, verbose=0)
        return gan.generator.get_weights()

    weights = weights_after_training(1)
    assert all(map(np.array_equal, weights_after_training(1), weights))
    assert not any(map(np.array_equal, weights_after_training(2), weights))


def test_the_average_follows_its_formula_and_holds_batch_norm_statistics():
    gan = small_images(ema_decay=0.3)
    averages = gan.generator.get_weights()
    for step in range(5):
        gan.fit(image_batches(1), shuffle=False, verbose=0)
        decay = min(0.3, (1 + step) / (10 + step))  # 0.1, 0.18, 0.25, then 0.3
        averages = [
            decay * old + (1 - decay) * new
            for old, new in zip(averages, gan.generator.get_weights(), strict=True)
        ]
    for expected, actual in zip(averages, gan.ema_generator.get_weights(), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-7)
    moving = [w for w in gan.ema_generator.weights if "moving_variance" in w.path]
    assert moving and all(np.any(weight.numpy() != 1) for weight in moving)


def test_a_call_samples_from_the_average():
    gan = small_images()
    gan.fit(image_batches(3), shuffle=False, verbose=0)
    latents = tf.random.stateless_normal([2, 5], seed=[1, 1])
    np.testing.assert_array_equal(gan(latents), gan.ema_generator(latents, training=False))
    np.testing.assert_allclose(gan.predict(latents, verbose=0), gan(latents), rtol=1e-5, atol=1e-6)
    assert not np.array_equal(gan(latents), gan.generator(latents, training=False))


def test_real_and_fake_passes_of_a_step_share_spectral_weights():
    gan = small_images(normalization="spectral")
    kernel_before = gan.discriminator.layers[1].kernel.numpy()
    right_before = gan.discriminator.layers[1].right.numpy()
    gan.d_optimizer.learning_rate = 0.0
    gan.fit(image_batches(1), shuffle=False, verbose=0)
    np.testing.assert_array_equal(gan.discriminator.layers[1].kernel, kernel_before)
    # One power iteration a step, not one a pass.
    matrix = kernel_before.reshape(-1, kernel_before.shape[-1])
    left = matrix @ right_before
    right = matrix.T @ (left / np.linalg.norm(left))
    np.testing.assert_allclose(
        gan.discriminator.layers[1].right, right / np.linalg.norm(right), rtol=1e-4, atol=1e-6
    )


@pytest.mark.slow
def test_a_checkpoint_continues_bit_for_bit(tmp_path):
    batches = list(image_batches(6))

    def trained(gan, first, last):
        gan.fit(
            tf.data.Dataset.from_tensor_slices(tf.stack(batches[first:last])),
            shuffle=False,
            verbose=0,
        )
        return gan

    whole = trained(small_images(), 0, 6)
    keras.utils.set_random_seed(0)
    half = trained(small_images(), 0, 3)
    path = tf.train.Checkpoint(gan=half).write(str(tmp_path / "checkpoint"))
    keras.utils.set_random_seed(99)  # other initial weights, to be overwritten
    rest = small_images()
    tf.train.Checkpoint(gan=rest).read(path).assert_existing_objects_matched()
    trained(rest, 3, 6)
    assert int(rest.step) == 6
    for name in ("generator", "discriminator", "ema_generator"):
        for expected, actual in zip(
            getattr(whole, name).weights, getattr(rest, name).weights, strict=True
        ):
            np.testing.assert_array_equal(actual, expected, err_msg=actual.path)
    for name in ("g_optimizer", "d_optimizer"):
        for expected, actual in zip(
            getattr(whole, name).variables, getattr(rest, name).variables, strict=True
        ):
            np.testing.assert_array_equal(actual, expected, err_msg=actual.path)


def test_dense_networks_and_points_in_the_plane_run_through_it():
    gan = points_gan()
    points = np.random.default_rng(0).normal([2.0, -1.0], 0.1, [3200, 2]).astype(np.float32)
    gan.fit(points, batch_size=64, epochs=6, verbose=0)
    samples = gan.predict(tf.random.stateless_normal([500, 3], seed=[0, -1]), verbose=0)
    np.testing.assert_allclose(samples.mean(axis=0), [2.0, -1.0], atol=0.5)


@pytest.mark.parametrize("batch", [lambda x: (x,), lambda x: (x, x[:, 0])], ids=["x", "x, y"])
def test_a_batch_may_bring_labels_which_are_not_used(batch):
    images = next(iter(image_batches(1)))
    alone, together = lines(), lines()
    points = tf.reshape(images, [-1, 1])
    assert alone.train_step(points) == together.train_step(batch(points))


@pytest.fixture(scope="module")
def two_replicas():
    # One for all tests: TensorFlow numbers a strategy's collective operations from the start
    # again, and confuses those of two strategies in one process.
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def test_replicas_draw_slices_of_the_same_latents(two_replicas):
    with two_replicas.scope():
        gan = lines(seed=11)
    shares = two_replicas.run(lambda: gan._latents(tf.zeros([3, 1])))
    both = np.concatenate(two_replicas.experimental_local_results(shares))
    np.testing.assert_array_equal(both, tf.random.stateless_normal([6, 1], seed=[11, 0]))


def square_root_of_nothing(logits):
    """0, and a gradient that is not finite."""
    return tf.sqrt(0.0 * tf.reduce_mean(logits))


@pytest.mark.parametrize(
    ("fault", "update_order", "normalization"),
    [
        ("image", "alternating", "batch"),
        ("image", "simultaneous", "spectral"),
        ("weight", "alternating", "spectral"),
        ("d_gradient", "alternating", "batch"),
        ("g_gradient", "alternating", "spectral"),
        ("g_gradient", "simultaneous", "batch"),
    ],
)
def test_a_step_that_is_not_finite_changes_nothing_but_the_counters(
    update_order, normalization, fault
):
    def train(faulty):
        keras.utils.set_random_seed(4)
        gan = GAN(
            generator=build_generator((16, 16, 1), base_filters=2, latent_dim=3),
            discriminator=build_discriminator(
                (16, 16, 1), base_filters=2, normalization=normalization
            ),
            update_order=update_order,
        )
        fault_of = {}
        if faulty and fault.endswith("gradient"):
            side = {"d": "discriminator", "g": "generator"}[fault[0]]
            sound = getattr(LOSSES["non_saturating"], side)
            fault_of[side] = lambda real, fake: sound(real, fake) + square_root_of_nothing(fake)
        gan.compile(
            g_optimizer=keras.optimizers.Adam(1e-3),
            d_optimizer=keras.optimizers.Adam(1e-3),
            loss=LOSSES["non_saturating"]._replace(**fault_of),
        )
        return gan

    gan = train(faulty=True)
    image = next(iter(image_batches(1, batch_size=4))).numpy()
    if fault == "image":
        image[2, 3, 3] = np.inf
    if fault == "weight":
        kernel = gan.generator.trainable_variables[0]
        kernel.assign(tf.fill(kernel.shape, np.nan))
    before = [(variable, value.numpy()) for variable, value in gan._read_state()]
    gan.fit(image, batch_size=4, epochs=2, shuffle=False, verbose=0)
    for variable, value in before:
        np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)
    counters = (gan.step, gan.nonfinite_steps, gan.nonfinite_in_a_row)
    assert [int(counter.numpy()) for counter in counters] == [2, 2, 2]
    assert np.isnan(gan.get_metrics_result()["g_loss"])  # the mean of nothing


def test_a_finite_step_after_others_is_applied_and_counted_alone():
    gan = lines()
    points = np.full([3, 2, 1], 0.5, np.float32)
    points[1, 0] = np.nan
    data = tf.data.Dataset.from_tensor_slices(points)
    gan.fit(data.take(1), shuffle=False, verbose=0)
    first = gan.get_metrics_result()["d_loss"]
    gan.reset_metrics()
    history = gan.fit(data.skip(1), shuffle=False, verbose=0)
    counters = (gan.step, gan.nonfinite_steps, gan.nonfinite_in_a_row)
    assert [int(counter.numpy()) for counter in counters] == [3, 1, 0]
    assert np.isfinite(history.history["d_loss"][0]) and history.history["d_loss"][0] != first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"update_order": "random"}, "update_order='random': must be one of"),
        ({"ema_decay": 1.0}, "ema_decay=1.0: must be at least 0 and below 1"),
    ],
)
def test_bad_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        lines(**options)


def test_compile_refuses_what_cannot_work():
    gan = lines()
    shared = keras.optimizers.SGD(0.1)
    with pytest.raises(ValueError, match="must be two objects"):
        gan.compile(g_optimizer=shared, d_optimizer=shared)
    with pytest.raises(ValueError, match="loss='l2': must be one of non_saturating"):
        gan.compile(
            g_optimizer=keras.optimizers.SGD(0.1), d_optimizer=keras.optimizers.SGD(0.1), loss="l2"
        )
