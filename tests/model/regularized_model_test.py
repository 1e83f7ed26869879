import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.accumulation import WHOLE_BATCH
from kerasgan.model.augment import augment, numbers_needed
from kerasgan.model.gan import GAN
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.model.random_streams import StepStream, step_seed, uniform
from kerasgan.model.regularized_model import Augmentation
from kerasgan.model.schedules import HoldThenDecay


def line(name, slope, offset):
    network = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)], name=name)
    network.set_weights([np.array([[slope]]), np.array([offset])])
    return network


def lines(penalty, update_order="alternating", **options):
    """G(z) = 0.5 z + 0.2 against D(x) = 0.8 x - 0.1: the slope is 0.8 everywhere."""
    gan = GAN(
        generator=line("generator", 0.5, 0.2),
        discriminator=line("discriminator", 0.8, -0.1),
        update_order=update_order,
    )
    gan.compile(
        g_optimizer=keras.optimizers.SGD(0.1),
        d_optimizer=keras.optimizers.SGD(0.1),
        penalty=penalty,
        **options,
    )
    return gan


def slope_of(gan):
    return float(gan.discriminator.get_weights()[0][0, 0])


@pytest.mark.parametrize("update_order", ["alternating", "simultaneous"])
@pytest.mark.parametrize(
    ("penalty", "value", "derivative"),
    [
        ("r1", 0.32, 0.8),
        ("r2", 0.32, 0.8),
        ("r1_r2", 0.64, 1.6),
        ("wgan_gp", (0.8 - 1) ** 2, 2 * (0.8 - 1)),
    ],
)
def test_a_step_moves_the_discriminator_down_the_penalty(penalty, value, derivative, update_order):
    points = np.array([[1.0], [-0.5]], np.float32)
    gan = lines(penalty, update_order, penalty_weight=3.0)
    plain = lines("none", update_order)
    logs = gan.train_on_batch(points, return_dict=True)
    plain_logs = plain.train_on_batch(points, return_dict=True)
    np.testing.assert_allclose(logs["d_penalty"], 3 * value, rtol=1e-5)
    np.testing.assert_allclose(logs["d_loss"], plain_logs["d_loss"], rtol=1e-6)
    expected = slope_of(plain) - 0.1 * 3 * derivative
    np.testing.assert_allclose(slope_of(gan), expected, rtol=1e-5)


def test_a_lazy_penalty_comes_every_nth_step_with_n_times_the_weight():
    gan = lines("r1", penalty_weight=2.0, penalty_every=3)
    gan.d_optimizer.learning_rate = 0.0
    rows = []
    for _ in range(4):
        rows.append(gan.train_on_batch(np.ones([2, 1], np.float32), return_dict=True)["d_penalty"])
        gan.reset_metrics()
    np.testing.assert_allclose(rows, [6 * 0.32, 0, 0, 6 * 0.32], rtol=1e-5)


def test_a_weight_may_follow_a_schedule():
    weight = HoldThenDecay(4.0, 0.0, total_steps=4, decay="linear")
    gan = lines("r1", penalty_weight=weight)
    gan.d_optimizer.learning_rate = 0.0
    for step in range(3):
        logs = gan.train_on_batch(np.ones([2, 1], np.float32), return_dict=True)
        gan.reset_metrics()
        np.testing.assert_allclose(logs["d_penalty"], (4 - step) * 0.32, rtol=1e-5)


def test_positions_between_images_are_a_function_of_seed_and_step():
    gan = lines("wgan_gp")
    images = tf.zeros([3, 1])
    drawn = gan._draw(StepStream.INTERPOLATION, WHOLE_BATCH, images, uniform, [])
    seed = step_seed(0, 0, StepStream.INTERPOLATION)
    np.testing.assert_array_equal(drawn, tf.random.stateless_uniform([3], seed, alg="philox"))


def test_several_updates_of_the_discriminator_each_have_a_batch():
    def trained(d_steps, batch):
        gan = GAN(
            generator=line("generator", 0.5, 0.2),
            discriminator=line("discriminator", 0.8, -0.1),
            d_steps=d_steps,
        )
        gan.compile(
            g_optimizer=keras.optimizers.SGD(0.1),
            d_optimizer=keras.optimizers.SGD(0.1),
            loss="wasserstein",
        )
        gan.train_on_batch(batch)
        return gan

    points = np.array([[1.0], [7.0], [2.0], [9.0]], np.float32)  # updates take every other one
    gan = trained(2, points)
    w = 0.8
    for update, real in ((1, [7.0, 9.0]), (0, [1.0, 2.0])):
        seed = step_seed(0, 0, StepStream.LATENTS + len(StepStream) * update)
        fake = 0.5 * tf.random.stateless_normal([2, 1], seed, alg="philox").numpy() + 0.2
        w -= 0.1 * (np.mean(fake) - np.mean(real))
    np.testing.assert_allclose(slope_of(gan), w, rtol=1e-5)
    assert int(gan.d_optimizer.iterations.numpy()) == 2
    assert int(gan.g_optimizer.iterations.numpy()) == int(gan.step.numpy()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalty": "r3"}, "penalty='r3': must be one of none, r1, r2, r1_r2, wgan_gp"),
        ({"penalty": "r1", "penalty_every": 0}, "penalty_every=0: must be at least 1"),
    ],
)
def test_bad_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        lines(**options)
    with pytest.raises(ValueError, match="d_steps=0: must be at least 1"):
        GAN(generator=line("g", 1, 1), discriminator=line("d", 1, 1), d_steps=0)


KINDS = ("flip", "shift", "brightness", "cutout")


def small_gan(augmentation, update_order="simultaneous", **options):
    keras.utils.set_random_seed(0)
    gan = GAN(
        generator=build_generator((16, 16, 1), latent_dim=5, base_filters=2),
        discriminator=build_discriminator((16, 16, 1), base_filters=2, normalization="spectral"),
        update_order=update_order,
        seed=3,
    )
    gan.compile(
        g_optimizer=keras.optimizers.SGD(1e-3),
        d_optimizer=keras.optimizers.SGD(1e-3),
        augmentation=augmentation,
        **options,
    )
    return gan


IMAGES = np.random.default_rng(0).uniform(-1, 1, [8, 16, 16, 1]).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("update_order", ["alternating", "simultaneous"])
def test_an_augmentation_that_never_happens_changes_nothing(update_order):
    plain, augmented = (
        small_gan(augmentation, update_order, penalty="r1", run_eagerly=True)
        for augmentation in (None, Augmentation(KINDS, probability=0.0))
    )
    for gan in (plain, augmented):
        gan.fit(IMAGES, batch_size=4, shuffle=False, verbose=0)
    for expected, actual in zip(plain.get_weights(), augmented.get_weights(), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_the_discriminator_sees_augmented_images_in_training_alone():
    gan = small_gan(Augmentation(("flip",), probability=1.0))
    seen = gan._judge(tf.constant(IMAGES), None, StepStream.REAL_AUGMENTATION)
    seed = step_seed(3, 0, StepStream.REAL_AUGMENTATION)
    numbers = tf.random.stateless_uniform([8, numbers_needed(("flip",))], seed, alg="philox")
    expected = gan.discriminator(augment(tf.constant(IMAGES), numbers, 1.0, ("flip",)))
    np.testing.assert_allclose(seen, expected, rtol=1e-5)
    np.testing.assert_allclose(
        gan.run_discriminator(IMAGES, None, training=False), gan.discriminator(IMAGES), rtol=1e-6
    )
    # The real, the generated and the generator's images each have numbers of their own.
    streams = [gan._augmenting(stream)(tf.constant(IMAGES)).numpy() for stream in StepStream]
    assert len({images.tobytes() for images in streams}) > 1


def test_an_adaptive_probability_follows_the_signs_of_real_logits():
    gan = small_gan(Augmentation(KINDS, target=0.6, speed_images=64))
    probabilities, signs, expected, total = [], [], 0.0, 0.0
    for step in range(12):
        logs = gan.train_on_batch(IMAGES[:4], return_dict=True)
        gan.reset_metrics()
        np.testing.assert_allclose(logs["augment_probability"], expected, atol=1e-6)
        total += float(logs["real_sign"])
        if step % 4 == 3:  # 4 batches of 4 images are a quarter of 64
            expected = float(np.clip(expected + 0.25 * np.sign(total / 4 - 0.6), 0, 1))
            total = 0.0
        probabilities.append(float(gan.augment_probability.numpy()))
        signs.append(logs["real_sign"])
    np.testing.assert_allclose(probabilities[-1], expected, atol=1e-6)
    assert len(set(map(float, signs))) > 1


def test_the_probability_rises_while_the_discriminator_is_sure():
    gan = small_gan(Augmentation(("flip",), target=-1.5, speed_images=64))
    for _ in range(8):
        gan.train_on_batch(IMAGES[:4])
    np.testing.assert_allclose(gan.augment_probability.numpy(), 0.5)


def test_variables_exist_only_for_what_is_switched_on():
    def names(gan):
        return {variable.name for variable in gan.variables}

    def trackers(gan):
        return {tracker.name for tracker in gan.metrics}

    plain = small_gan(None)
    fixed = small_gan(Augmentation(KINDS))
    adaptive = small_gan(Augmentation(KINDS, target=0.6), penalty="r1")
    assert names(fixed) == names(plain) and trackers(fixed) == trackers(plain)
    assert names(adaptive) - names(plain) == {"augment_probability", "augment_sign_total"}
    assert trackers(adaptive) - trackers(plain) == {
        "d_penalty", "augment_probability", "real_sign",
    }  # fmt: skip


def test_an_adaptive_probability_is_saved_and_loaded(tmp_path):
    augmentation = Augmentation(("flip", "shift"), target=-1.5, speed_images=64)
    gan = small_gan(augmentation, penalty="r1_r2", run_eagerly=True)
    for _ in range(5):
        gan.train_on_batch(IMAGES[:4])
    gan.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    assert again.augmentation == gan.augmentation and again.penalty == gan.penalty
    for model in (gan, again):
        model.train_on_batch(IMAGES[4:])
    for expected, actual in zip(gan.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_a_generator_that_paints_the_data_is_a_fixed_point_under_augmentation():
    """Real and generated images go through equal changes: their logits are of one distribution."""
    gan = small_gan(Augmentation(KINDS, probability=0.5))
    images = tf.constant(np.repeat(IMAGES, 64, axis=0))
    real = gan._judge(images, None, StepStream.REAL_AUGMENTATION).numpy()
    fake = gan._judge(images, None, StepStream.FAKE_AUGMENTATION).numpy()
    assert not np.array_equal(real, fake)
    spread = np.std(real) / np.sqrt(len(real))
    assert abs(np.mean(real) - np.mean(fake)) < 4 * spread


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match="kinds='zoom': must be of colour"):
        small_gan(Augmentation(("flip", "zoom")))


@pytest.mark.parametrize("update_order", ["alternating", "simultaneous"])
@pytest.mark.parametrize("augmentation", [None, Augmentation(KINDS, probability=0.5)])
def test_a_lazy_penalty_trains_convolutions_in_both_orders(update_order, augmentation):
    gan = small_gan(augmentation, update_order, penalty="r1_r2", penalty_every=2)
    history = gan.fit(IMAGES, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert int(gan.step.numpy()) == 4 and history["d_penalty"][-1] > 0
