"""All that a Keras user tries with a GAN: one row for each trial, with what has to come of it."""

import contextlib
import gc
import re
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import kerasgan
from kerasgan import GAN, AdversarialLoss
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.frechet import Moments, fid
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.msssim import Pairs as ImagePairs
from kerasgan.metrics.msssim import ms_ssim
from kerasgan.metrics.neighbours import prdc
from kerasgan.metrics.swd import swd
from kerasgan.model.layers import BatchNormalization, SpectralConv2D
from kerasgan.model.optimizers import Adam

SHAPE = (4, 4, 1)
IMAGES = np.random.default_rng(0).uniform(-1, 1, [8, *SHAPE]).astype(np.float32)
LATENTS = np.random.default_rng(1).normal(size=[70, 3]).astype(np.float32)
DATASET = tf.data.Dataset.from_tensor_slices(IMAGES).batch(4)


def generator(*more, last=()):
    return keras.Sequential(
        [keras.Input([3]), *more, layers.Dense(16, "tanh"), layers.Reshape(SHAPE), *last]
    )


def discriminator(*more):
    return keras.Sequential(
        [keras.Input(SHAPE), *more, layers.Flatten(), layers.Dense(4, "relu"), layers.Dense(1)]
    )


def new(g=None, d=None, *, seed=0, **options):
    """A compiled GAN of dense networks, which trains eagerly: that is quicker for a few steps."""
    keras.utils.set_random_seed(1)
    gan = GAN(generator=g or generator(), discriminator=d or discriminator(), seed=seed)
    settings = {"g_optimizer": "sgd", "d_optimizer": "sgd", "run_eagerly": True, **options}
    gan.compile(**settings)
    return gan


def fit(gan, data=IMAGES, **options):
    """Two steps, if nothing else is said."""
    batch = {} if isinstance(data, tf.data.Dataset | keras.utils.PyDataset) else {"batch_size": 4}
    return gan.fit(data, **{**batch, "shuffle": False, "verbose": 0, **options})


def steps(gan):
    assert int(gan.nonfinite_steps.numpy()) == 0
    assert all(np.isfinite(weight).all() for weight in gan.get_weights()[:-1])
    return int(gan.step.numpy())


def same(gan, other):
    for network in ("generator", "discriminator", "ema_generator"):
        pair = getattr(gan, network).get_weights(), getattr(other, network).get_weights()
        for actual, expected in zip(*pair, strict=True):
            np.testing.assert_array_equal(actual, expected)


def rows(table):
    return pytest.mark.parametrize("trial", table.values(), ids=table.keys())


class Pairs(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return IMAGES[4 * index : 4 * index + 4], np.zeros(4)


def labelled(*parts):
    return tf.data.Dataset.from_tensor_slices((IMAGES, *parts)).batch(4)


# What is given to `fit`, and how many steps it makes.
TRAINS = {
    "a dataset": (DATASET, {}, 2),
    "an array": (IMAGES, {}, 2),
    "an array of float64": (IMAGES.astype(np.float64), {}, 2),
    "a PyDataset": (Pairs(), {}, 2),
    "(x,)": (DATASET.map(lambda x: (x,)), {}, 2),
    "[x]": ([IMAGES], {}, 2),
    "(x, y)": (labelled(np.zeros(8)), {}, 2),
    "x and y": (IMAGES, {"y": np.zeros(8)}, 2),
    "epochs": (IMAGES, {"epochs": 3}, 6),
    "epochs from the third on": (IMAGES, {"epochs": 4, "initial_epoch": 2}, 4),
    "steps of a repeated dataset": (DATASET.repeat(), {"epochs": 2, "steps_per_epoch": 5}, 10),
    "steps of an array": (IMAGES, {"epochs": 2, "steps_per_epoch": 1}, 2),
    "a smaller last batch": (IMAGES[:7], {}, 2),
    "batches of one": (IMAGES, {"batch_size": 1}, 8),
    "verbose=1": (IMAGES, {"verbose": 1}, 2),
    "verbose=2": (IMAGES, {"verbose": 2}, 2),
    "validation_data": (IMAGES, {"validation_data": (IMAGES[:4], None)}, 2),
    "a validation dataset": (IMAGES, {"validation_data": DATASET}, 2),
    "validation_split": (IMAGES, {"validation_split": 0.5}, 1),
}


@pytest.mark.parametrize(("data", "options", "expected"), TRAINS.values(), ids=TRAINS)
def test_data_that_train(data, options, expected):
    gan = new()
    history = fit(gan, data, **options).history
    assert steps(gan) == expected
    names = {"g_loss", "d_loss", "real_score", "fake_score"}
    held_out = {f"val_{name}" for name in names} if "val" in str(options) else set()
    assert set(history) == names | {"g_gradient_norm", "d_gradient_norm"} | held_out


def arrays():
    yield IMAGES[:4]


def tuples():
    yield (IMAGES[:4],)


# What is given to `fit`, and what the user is told.
REFUSED = {
    "a dictionary": (DATASET.map(lambda x: {"image": x}), {}, "got a dictionary of image"),
    "a dictionary of arrays": ({"image": IMAGES}, {}, "got a dictionary of image"),
    "(x, dictionary)": (labelled({"a": np.zeros(8)}), {}, None),
    "weights in a dataset": (labelled(np.zeros(8), np.ones(8)), {}, "does not weigh its samples"),
    "sample_weight": (IMAGES, {"sample_weight": np.ones(8)}, "does not weigh its samples"),
    "class_weight": (IMAGES, {"y": np.zeros(8, int), "class_weight": {0: 2.0}}, "does not weigh"),
    "no batches": (DATASET.unbatch(), {}, r"must have shape \[B, 4, 4, 1\]; got \(4, 4, 1\)"),
    "two inputs": ([IMAGES, IMAGES], {}, "must be samples alone or .*got a tuple of 2"),
    "uint8": (kerasgan.to_uint8(IMAGES), {}, "got uint8: kerasgan.batches makes"),
    "int64": (IMAGES.astype(int), {}, "got int64"),
    "another size": (
        np.zeros([8, 8, 8, 1], np.float32),
        {},
        r"shape \[B, 4, 4, 1\]; got \(4, 8, 8, 1\)$",
    ),
    "other channels": (
        np.zeros([8, 4, 4, 3], np.float32),
        {},
        r"shape \[B, 4, 4, 1\]; got \(4, 4, 4, 3\)$",
    ),
    "a generator of arrays": (arrays(), {"batch_size": None}, "must return a tuple"),
    "an ImageSet": (
        kerasgan.load_images(kerasgan.DataSettings(image_size=(16, 16), num_images=16)),
        {},
        "ImageSet of 16 images of 16x16x3: kerasgan.batches",
    ),
}


@pytest.mark.parametrize(("data", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_data_that_are_refused(data, options, message):
    gan = new()
    if message is None:  # labels of any kind are not used
        fit(gan, data, **options)
        return
    with pytest.raises((ValueError, TypeError), match=message) as raised:
        fit(gan, data, **options)
    assert int(gan.step.numpy()) == 0
    assert len(str(raised.value)) < 2000


def trial_generator_of_tuples(folder):
    gan = new()
    gan.fit(tuples(), steps_per_epoch=1, shuffle=False, verbose=0)
    assert steps(gan) == 1


def trial_folder_of_pictures(folder):
    for index in range(4):
        keras.utils.save_img(folder / f"{index}.png", IMAGES[index])
    pictures = keras.utils.image_dataset_from_directory(
        folder, labels=None, color_mode="grayscale", image_size=(4, 4), batch_size=2, verbose=False
    )
    gan = new()
    fit(gan, pictures.map(lambda x: x / 127.5 - 1))
    assert steps(gan) == 2


def trial_empty_dataset(folder):
    with pytest.warns(UserWarning, match="ran out of data"):
        fit(new(), DATASET.take(0))


def trial_two_fits_are_one_longer(folder):
    twice, once = new(), new()
    fit(twice)
    fit(twice)
    fit(once, epochs=2)
    same(twice, once)


def trial_single_batches(folder):
    gan = new()
    logs = gan.train_on_batch(IMAGES[:4], return_dict=True)
    assert steps(gan) == 1 and logs["d_loss"] > 0
    assert gan.test_on_batch(IMAGES[:4], return_dict=True)["d_loss"] > 0
    assert steps(gan) == 1


def trial_evaluate(folder):
    gan = new()
    expected = {"g_loss", "d_loss", "real_score", "fake_score"}
    assert set(gan.evaluate(DATASET, verbose=0, return_dict=True)) == expected
    assert set(gan.evaluate(IMAGES, verbose=0, return_dict=True)) == expected


def trial_predict(folder):
    gan = new()
    before = gan.get_weights()
    dataset = tf.data.Dataset.from_tensor_slices(LATENTS).batch(32)
    for images in (
        gan.predict(LATENTS, verbose=0),
        gan.predict(dataset, verbose=0),
        gan.predict_on_batch(LATENTS),
        gan(LATENTS),
        gan(LATENTS, training=True),
    ):
        np.testing.assert_allclose(images, gan.ema_generator(LATENTS), atol=1e-6)
    assert all(map(np.array_equal, before, gan.get_weights()))


def trial_batches_repeat_in_each_epoch(folder):
    images = kerasgan.to_uint8(IMAGES)
    data = kerasgan.batches(images, batch_size=4, first_step=0, last_step=2, seed=0)
    once, again = list(data), list(data)
    assert all(map(np.array_equal, once, again))
    gan = new()
    fit(gan, data, epochs=2)
    assert steps(gan) == 4


def trial_batches_of_floats(folder):
    with pytest.raises(ValueError, match="images must be uint8"):
        kerasgan.batches(IMAGES, batch_size=4, first_step=0, last_step=2, seed=0)


def trial_not_a_number_in_the_data(folder):
    images = IMAGES.copy()
    images[0, 0, 0, 0] = np.nan
    gan = new()
    fit(gan, images)
    assert (int(gan.step.numpy()), int(gan.nonfinite_steps.numpy())) == (2, 1)


def trial_fit_before_compile(folder):
    gan = GAN(generator=generator(), discriminator=discriminator())
    with pytest.raises(ValueError, match="You must call `compile"):
        fit(gan)


def trial_gans_are_freed(folder):
    gan = new()
    fit(gan)
    reference = weakref.ref(gan)
    del gan
    gc.collect()
    assert reference() is None


@rows({name[6:]: trial for name, trial in globals().items() if name.startswith("trial_")})
def test_trials_with_data(trial, tmp_path):
    trial(tmp_path)


def ops_loss():
    softplus = keras.ops.softplus
    return AdversarialLoss(
        lambda real, fake: keras.ops.mean(softplus(-real)) + keras.ops.mean(softplus(fake)),
        lambda real, fake: keras.ops.mean(softplus(-fake)),
    )


SGD, schedules = keras.optimizers.SGD, keras.optimizers.schedules
# Options of `compile` with which two steps are made.
COMPILES = {
    "names of optimizers": {"g_optimizer": "adam", "d_optimizer": "rmsprop"},
    **{
        kind.__name__: {"g_optimizer": kind(1e-3), "d_optimizer": kind(1e-3)}
        for kind in (
            keras.optimizers.AdamW,
            keras.optimizers.RMSprop,
            keras.optimizers.Lion,
            keras.optimizers.Nadam,
            keras.optimizers.Adagrad,
            keras.optimizers.Ftrl,
            keras.optimizers.Adafactor,
            keras.optimizers.Muon,
            Adam,
        )
    },
    "CosineDecay": {"g_optimizer": SGD(schedules.CosineDecay(0.1, 10))},
    "ExponentialDecay": {"g_optimizer": SGD(schedules.ExponentialDecay(0.1, 10, 0.9))},
    "PolynomialDecay": {"d_optimizer": SGD(schedules.PolynomialDecay(0.1, 10))},
    "use_ema": {"g_optimizer": SGD(0.1, use_ema=True)},
    "clipnorm": {"d_optimizer": SGD(0.1, clipnorm=1.0)},
    "loss_scale_factor": {"d_optimizer": SGD(0.1, loss_scale_factor=8.0)},
    "LossScaleOptimizer": {"g_optimizer": keras.optimizers.LossScaleOptimizer(SGD(0.1))},
    "Keras's accumulation": {"g_optimizer": keras.optimizers.Adam(gradient_accumulation_steps=2)},
    "kerasgan's accumulation": {"g_optimizer": Adam(gradient_accumulation_steps=2)},
    "jit_compile=True": {"run_eagerly": False, "jit_compile": True},
    "jit_compile=False": {"run_eagerly": False, "jit_compile": False},
    "jit_compile=auto": {"run_eagerly": False, "jit_compile": "auto"},
    "steps_per_execution=2": {"run_eagerly": False, "steps_per_execution": 2},
    "steps_per_execution=3": {"run_eagerly": False, "steps_per_execution": 3},
    "a loss in keras.ops": {"loss": ops_loss()},
}


@rows(COMPILES)
def test_options_that_work(trial):
    gan, expected = new(**trial), new()
    fit(gan)
    assert steps(gan) == 2
    if not any("optimizer" in name for name in trial):
        fit(expected)
        for actual, weight in zip(gan.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_allclose(actual, weight, rtol=1e-4, atol=1e-6)


def wide(real_logits, fake_logits):
    return fake_logits


def bce_pair():
    return keras.losses.BinaryCrossentropy(), keras.losses.BinaryCrossentropy()


shared = SGD()
# Options of `compile`, and what the user is told.
NOT_COMPILED = {
    "optimizer and loss": ({"optimizer": "adam", "loss": "bce"}, "optimizer: a GAN has two"),
    "one optimizer twice": ({"g_optimizer": shared, "d_optimizer": shared}, "must be two objects"),
    "a loss of Keras": ({"loss": keras.losses.BinaryCrossentropy()}, "must be one of"),
    "a pair of functions": ({"loss": bce_pair()}, "must be one of"),
    "metrics": ({"metrics": ["mae"]}, "^metrics: .*kerasgan.callbacks.Evaluate"),
    "weighted_metrics": ({"weighted_metrics": ["mae"]}, "weighted_metrics: "),
    "loss_weights": ({"loss_weights": [1.0, 2.0]}, "loss_weights: "),
    "a misspelt name": ({"penalti": "r1"}, "penalti"),
}


@pytest.mark.parametrize(("options", "message"), NOT_COMPILED.values(), ids=NOT_COMPILED)
def test_options_that_are_refused(options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        new(**options)


def trial2_missing_optimizers(folder):
    gan = GAN(generator=generator(), discriminator=discriminator())
    for options in ({}, {"g_optimizer": "sgd"}, {"optimizer": "adam", "loss": "bce"}):
        with pytest.raises(TypeError, match=r"missing .* keyword-only argument"):
            gan.compile(**options)
    with pytest.raises(TypeError, match="positional"):
        gan.compile(SGD(), SGD(), "hinge")
    with pytest.raises(TypeError, match="positional"):
        GAN(generator(), discriminator())
    with pytest.raises(TypeError, match="latent_dim"):
        GAN(generator=generator(), discriminator=discriminator(), latent_dim=3)


def trial2_loss_that_is_no_scalar(folder):
    with pytest.raises(ValueError, match=r"must be a scalar; got shape \(4, 1\)"):
        fit(new(loss=AdversarialLoss(wide, wide)))


def trial2_recompiling_with_the_same_optimizers(folder):
    gan, once = new(), new()
    fit(gan)
    gan.compile(g_optimizer=gan.g_optimizer, d_optimizer=gan.d_optimizer, run_eagerly=True)
    fit(gan)
    fit(once, epochs=2)
    same(gan, once)


def trial2_optimizers_of_another_gan(folder):
    gan = new()
    other = new(g_optimizer=gan.g_optimizer, d_optimizer=gan.d_optimizer)
    with pytest.raises(ValueError, match="Unknown variable"):
        fit(other)


def trial2_frozen_discriminator(folder):
    frozen = discriminator()
    frozen.trainable = False
    with pytest.warns(UserWarning, match="has no trainable weights") as warned:
        gan = new(d=frozen)
    assert warned[0].filename == __file__
    fit(gan)
    assert steps(gan) == 2


def trial2_frozen_layer(folder):
    frozen = layers.Dense(4)
    frozen.trainable = False
    gan = new(generator(frozen))
    before = frozen.get_weights()
    fit(gan)
    assert all(map(np.array_equal, before, frozen.get_weights()))


@contextlib.contextmanager
def precision(policy=None, floatx="float32"):
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy or floatx)
    try:
        yield
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


POLICIES = {
    name: {"policy": name}
    for name in ("mixed_bfloat16", "mixed_float16", "float64", "bfloat16", "float16")
} | {f"floatx {name}": {"floatx": name} for name in ("float64", "bfloat16", "float16")}


@rows(POLICIES)
def test_precisions_train(trial):
    with precision(**trial):
        d = discriminator(layers.Conv2D(2, 3, padding="same"), BatchNormalization())
        gan = new(generator(last=[layers.Conv2DTranspose(1, 3, padding="same")]), d)
        fit(gan)
    assert int(gan.step.numpy()) == 2
    assert int(gan.nonfinite_steps.numpy()) == 0


def trial3_weights(folder):
    gan, other = new(g_optimizer="adam"), new(g_optimizer="adam")
    fit(gan)
    gan.save_weights(folder / "gan.weights.h5")
    other.load_weights(folder / "gan.weights.h5")
    fit(gan)
    fit(other)
    same(gan, other)
    assert steps(other) == 4


def trial3_weights_of_another_architecture(folder):
    new().save_weights(folder / "gan.weights.h5")
    with pytest.raises(ValueError, match="dense"):
        new(generator(layers.Dense(2))).load_weights(folder / "gan.weights.h5")


def trial3_whole_model(folder):
    gan = new(g_optimizer="adam", d_optimizer="adam")
    fit(gan)
    gan.save(folder / "gan.keras")
    again = keras.saving.load_model(folder / "gan.keras")
    fit(gan)
    fit(again)
    same(gan, again)
    assert keras.models.clone_model(gan).latent_dim == 3
    assert GAN.from_config(gan.get_config()).image_shape == SHAPE


def trial3_average(folder):
    gan = new()
    gan.ema_generator.save(folder / "g.keras")
    gan.ema_generator.export(folder / "exported", verbose=False)
    exported = tf.saved_model.load(folder / "exported")
    for loaded in (keras.saving.load_model(folder / "g.keras"), exported.serve):
        np.testing.assert_allclose(loaded(LATENTS), gan(LATENTS), atol=1e-6)


def trial3_export(folder):
    gan = new()
    gan.export(folder / "default", verbose=False)
    gan.export(
        folder / "signature",
        input_signature=[keras.InputSpec(shape=(None, 3), dtype="float32")],
        verbose=False,
    )
    for name in ("default", "signature"):
        exported = tf.saved_model.load(folder / name)
        np.testing.assert_allclose(exported.serve(LATENTS), gan(LATENTS), atol=1e-6)


def trial3_inspection(folder):
    gan = new()
    lines = []
    gan.summary(expand_nested=True, print_fn=lines.append)
    assert "ema_generator" in "".join(lines)
    assert gan.get_layer("ema_generator") is gan.ema_generator
    assert gan.input_shape == (None, 3) and gan.output_shape == (None, *SHAPE)


@rows({name[7:]: trial for name, trial in globals().items() if re.match("trial[23]_", name)})
def test_trials_with_compile_and_saving(trial, tmp_path):
    trial(tmp_path)


def monitor(gan, folder, **options):
    options = {"mode": "min", **options}
    return keras.callbacks.ModelCheckpoint(folder / "best.keras", monitor="d_loss", **options)


class GANMonitor(keras.callbacks.Callback):
    """As in Keras's examples."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def on_epoch_end(self, epoch, logs=None):
        images = self.model.generator(LATENTS[:3]) * 127.5 + 127.5
        keras.utils.array_to_img(images[0].numpy()).save(self.folder / f"{epoch}.png")


class SetRate(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.g_optimizer.learning_rate = 0.5


class Stop(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = True


kc = keras.callbacks
# Callbacks, given a folder, and what is in the logs or on the disk after two epochs.
CALLBACKS = {
    "ModelCheckpoint of weights": (
        lambda folder: kc.ModelCheckpoint(
            folder / "{epoch}-{g_loss:.2f}.weights.h5", save_weights_only=True
        ),
        "2-*.weights.h5",
    ),
    "ModelCheckpoint of the best": (
        lambda folder: kc.ModelCheckpoint(
            folder / "best.keras", monitor="d_loss", mode="min", save_best_only=True
        ),
        "best.keras",
    ),
    "TensorBoard": (lambda folder: kc.TensorBoard(folder), "train/*"),
    "TensorBoard with everything": (
        lambda folder: kc.TensorBoard(
            folder, histogram_freq=1, write_steps_per_second=True, update_freq="batch"
        ),
        "train/*",
    ),
    "EarlyStopping": (lambda folder: kc.EarlyStopping(monitor="d_loss", mode="min"), None),
    "EarlyStopping that restores": (
        lambda folder: kc.EarlyStopping(monitor="d_loss", mode="min", restore_best_weights=True),
        None,
    ),
    "CSVLogger": (lambda folder: kc.CSVLogger(folder / "log.csv"), "log.csv"),
    "LambdaCallback": (lambda folder: kc.LambdaCallback(on_epoch_end=lambda *_: None), None),
    "ProgbarLogger": (lambda folder: kc.ProgbarLogger(), None),
    "TerminateOnNaN": (lambda folder: kc.TerminateOnNaN(), None),
    "GANMonitor": (GANMonitor, "1.png"),
    "setting a rate": (lambda folder: SetRate(), None),
    "LearningRateScheduler": (
        lambda folder: kc.LearningRateScheduler(lambda epoch, rate: rate / 2),
        {"learning_rate_generator": 0.0025, "learning_rate_discriminator": 0.0025},
    ),
    "ReduceLROnPlateau": (
        lambda folder: kc.ReduceLROnPlateau("g_loss", factor=0.1, mode="max", min_delta=9),
        {"learning_rate_generator": 0.01},
    ),
    "SwapEMAWeights without averages": (lambda folder: kc.SwapEMAWeights(), None),
    "BackupAndRestore": (lambda folder: kc.BackupAndRestore(folder / "backup"), None),
    "BackupAndRestore by steps": (
        lambda folder: kc.BackupAndRestore(folder / "backup", save_freq=1),
        None,
    ),
    "ShowSamples": (lambda folder: kerasgan.callbacks.ShowSamples(folder), "samples_00000004.png"),
    "WatchHealth": (lambda folder: kerasgan.callbacks.WatchHealth(every_steps=1), None),
    "Checkpoint": (
        lambda folder: kerasgan.callbacks.Checkpoint(folder),
        "checkpoints/ckpt-4.index",
    ),
}


@pytest.mark.parametrize(("make", "expected"), CALLBACKS.values(), ids=CALLBACKS)
def test_callbacks_work(make, expected, tmp_path):
    gan = new()
    callback = make(tmp_path)
    history = fit(gan, epochs=2, callbacks=[callback]).history
    restores = getattr(callback, "restore_best_weights", False)
    assert steps(gan) == (2 if restores else 4)  # the step is restored too
    if isinstance(expected, str):
        assert list(tmp_path.glob(expected))
    for name, value in (expected or {}).items() if isinstance(expected, dict) else ():
        assert history[name][-1] == pytest.approx(value)


def trial4_stop_training(folder):
    gan = new()
    fit(gan, epochs=3, callbacks=[Stop()])
    assert steps(gan) == 1


def trial4_early_stopping_without_a_mode(folder):
    with pytest.raises(ValueError, match="mode"):
        fit(new(), epochs=2, callbacks=[kc.EarlyStopping(monitor="g_loss")])


def trial4_backup_continues(folder):
    class KillAt3(kc.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.step.numpy()) == 3:
                raise KeyboardInterrupt

    whole, again = new(g_optimizer="adam"), new(g_optimizer="adam")
    fit(whole, epochs=2)
    with pytest.raises(KeyboardInterrupt):
        fit(new(g_optimizer="adam"), epochs=2, callbacks=[kc.BackupAndRestore(folder), KillAt3()])
    fit(again, epochs=2, callbacks=[kc.BackupAndRestore(folder)])
    same(again, whole)


def trial4_swap_averages(folder):
    gan, plain = (new(g_optimizer=SGD(0.1, use_ema=True, ema_momentum=0.5)) for _ in range(2))
    fit(gan, epochs=2, callbacks=[kc.SwapEMAWeights(swap_on_epoch=True)])
    fit(plain, epochs=2)
    (average, *_), (weight, *_) = gan.generator.get_weights(), plain.generator.get_weights()
    assert not np.array_equal(average, weight)
    with pytest.raises(ValueError, match="use_ema=True"):
        fit(new(), callbacks=[kc.SwapEMAWeights(swap_on_epoch=True)])


def trial4_two_rates(folder):
    gan = new(g_optimizer=SGD(0.1), d_optimizer=SGD(0.2))
    with pytest.raises(AttributeError, match=r"g_optimizer\.learning_rate and d_optimizer"):
        gan.optimizer.learning_rate = 1.0
    halve = kc.LearningRateScheduler(lambda epoch, rate: rate / 2)
    history = fit(gan, callbacks=[halve]).history
    assert history["learning_rate_generator"] == [pytest.approx(0.05)]
    assert history["learning_rate_discriminator"] == [pytest.approx(0.1)]
    schedule = new(g_optimizer=SGD(schedules.CosineDecay(0.1, 10)))
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        fit(schedule, callbacks=[halve])


@rows({name[7:]: trial for name, trial in globals().items() if name.startswith("trial4_")})
def test_trials_with_callbacks(trial, tmp_path):
    trial(tmp_path)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = discriminator()

    def call(self, inputs, training=False):
        return self.inner(inputs, training=training)


def called(network, inputs):
    network(inputs)
    return network


def functional_generator():
    latents = keras.Input([3])
    hidden = layers.Dense(8, "relu")(latents)
    inner = keras.Sequential([keras.Input([8]), layers.Dense(16), layers.Reshape(SHAPE)])
    return keras.Model(latents, inner(hidden))


def attention_generator():
    latents = keras.Input([3])
    sequence = layers.Reshape([4, 4])(layers.Dense(16)(latents))
    sequence = layers.MultiHeadAttention(1, 2)(sequence, sequence)
    sequence = layers.GRU(4, return_sequences=True)(sequence)
    return keras.Model(latents, layers.Reshape(SHAPE)(sequence))


def embedding_generator():
    latents = keras.Input([3])
    classes = layers.Discretization(bin_boundaries=[0.0])
    embedded = layers.Flatten()(layers.Embedding(2, 2)(classes(latents)))
    return keras.Model(latents, layers.Reshape(SHAPE)(layers.Dense(16)(embedded)))


def sharing():
    shared = layers.Dense(16, "tanh")
    g = keras.Sequential([keras.Input([16]), shared, layers.Reshape(SHAPE)])
    d = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), shared, layers.Dense(1)])
    return g, d


def in_discriminator(*more):
    return lambda: (generator(), discriminator(*more))


conv = {"filters": 2, "kernel_size": 3, "padding": "same"}
# Networks that play: G and D.
NETWORKS = {
    "Functional and nested": lambda: (functional_generator(), discriminator()),
    "Dropout": in_discriminator(layers.Dropout(0.5)),
    "GaussianNoise": in_discriminator(layers.GaussianNoise(0.1)),
    "SpatialDropout2D": in_discriminator(layers.SpatialDropout2D(0.5)),
    "GroupNormalization": in_discriminator(layers.GroupNormalization(1)),
    "LayerNormalization": in_discriminator(layers.LayerNormalization()),
    "Keras's BatchNormalization": in_discriminator(layers.BatchNormalization()),
    "kerasgan's BatchNormalization": in_discriminator(BatchNormalization()),
    "Keras's SpectralNormalization": in_discriminator(
        layers.SpectralNormalization(layers.Conv2D(**conv))
    ),
    "kerasgan's SpectralConv2D": in_discriminator(SpectralConv2D(**conv)),
    "augmentation in D": in_discriminator(
        layers.RandomFlip("horizontal"), layers.RandomTranslation(0.1, 0.1)
    ),
    "a constraint": in_discriminator(layers.Conv2D(**conv, kernel_constraint="non_neg")),
    "a regularizer": in_discriminator(layers.Conv2D(**conv, kernel_regularizer="l2")),
    "an activity regularizer": in_discriminator(layers.Conv2D(**conv, activity_regularizer="l2")),
    "Embedding": lambda: (embedding_generator(), discriminator()),
    "attention and GRU": lambda: (attention_generator(), discriminator()),
    "logits of patches": lambda: (
        generator(),
        keras.Sequential([keras.Input(SHAPE), layers.Conv2D(1, 3)]),
    ),
    "logits [B]": lambda: (
        generator(),
        keras.Sequential([discriminator(), layers.Reshape([])]),
    ),
    "points": lambda: (
        keras.Sequential([keras.Input([3]), layers.Dense(16)]),
        keras.Sequential([keras.Input([16]), layers.Dense(1)]),
    ),
    "a shared layer": sharing,
    "a subclassed discriminator": lambda: (generator(), called(Subclassed(), IMAGES)),
}


@rows(NETWORKS)
def test_networks_that_play(trial):
    g, d = trial()
    gan = new(g, d)
    fit(gan, IMAGES.reshape(8, 16) if len(g.output_shape) == 2 else IMAGES)
    assert steps(gan) == 2


def two_outputs():
    d = discriminator()
    return keras.Model(d.inputs, [*d.outputs, *d.outputs])


def conditional_generator():
    inputs = [keras.Input([3]), keras.Input([2])]
    joined = layers.Concatenate()(inputs)
    return keras.Model(inputs, layers.Reshape(SHAPE)(layers.Dense(16)(joined)))


def same_network():
    network = keras.Sequential([keras.Input([3]), layers.Dense(3)])
    return network, network


# Networks that cannot play, and what the user is told.
MISMATCHED = {
    "a subclassed generator": (lambda: (called(Subclassed(), IMAGES), discriminator()), "subclass"),
    "an unbuilt discriminator": (
        lambda: (generator(), keras.Sequential([layers.Flatten(), layers.Dense(1)])),
        "must be built",
    ),
    "a subclass that was not called": (lambda: (generator(), Subclassed()), "must be built"),
    "an unbuilt generator": (
        lambda: (keras.Sequential([layers.Dense(16)]), discriminator()),
        "must be built",
    ),
    "two outputs of D": (
        lambda: (generator(), two_outputs()),
        "must have one output; has 2",
    ),
    "latents [1, 1, n]": (
        lambda: (
            keras.Sequential([keras.Input([1, 1, 3]), layers.Conv2DTranspose(1, 4)]),
            discriminator(),
        ),
        "latents",
    ),
    "conditions for G alone": (
        lambda: (conditional_generator(), discriminator()),
        "must take the same conditions",
    ),
    "the same network twice": (same_network, "both are the same one"),
    "G and D swapped": (lambda: (discriminator(), generator()), "latents"),
    "other sizes": (
        lambda: (generator(last=[layers.UpSampling2D()]), discriminator()),
        r"samples of shape \(8, 8, 1\), the other takes \(4, 4, 1\)",
    ),
    "Lambda in G": (
        lambda: (generator(layers.Lambda(lambda x: x)), discriminator()),
        "Lambda|lambda",
    ),
}


@pytest.mark.parametrize(("trial", "message"), MISMATCHED.values(), ids=MISMATCHED)
def test_networks_that_cannot_play(trial, message):
    g, d = trial()
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message):
        GAN(generator=g, discriminator=d)


def test_a_sigmoid_in_the_discriminator_is_pointed_out():
    d = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(1, "sigmoid")])
    with pytest.warns(UserWarning, match="sigmoid; must return logits") as warned:
        GAN(generator=generator(), discriminator=d)
    assert warned[0].filename == __file__


BUILDERS = [kerasgan.build_generator, kerasgan.build_discriminator]


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((12, 28, 1), "height=12: must be at least 16"),
        ((16, 16), r"image_shape=\(16, 16\): must be \(height, width, channels\)"),
        (16, r"image_shape=16: must be \(height, width, channels\)"),
        ((16, 16, 2), "channels=2: must be 1, 3 or 4"),
        ((16, 16.0, 1), "width=16.0: must be an int"),
        ((np.int64(16), 16, 1), r"height=np.int64\(16\): must be an int"),
    ],
    ids=str,
)
def test_shapes_that_cannot_be_built_are_named(build, shape, message):
    with pytest.raises(ValueError, match=message):
        build(shape)


@pytest.mark.parametrize("build", BUILDERS)
def test_sizes_that_are_no_int_are_named(build):
    with pytest.raises(ValueError, match=r"base_filters=np.int64\(2\): must be an int"):
        build((16, 16, 1), base_filters=np.int64(2))


EXTRACTOR = open_extractor("embedded")
FEW = kerasgan.to_uint8(np.repeat(IMAGES, 4, axis=1).repeat(4, axis=2))  # [8, 16, 16, 1]


def one_pair():
    pairs = ImagePairs()
    pairs.add(FEW[:1])
    return pairs.mean()


def fid_of(features):
    moments = Moments.empty(3)
    moments.add(features)
    return fid(moments, moments)


# What metrics are asked, and what the user is told.
METRICS = {
    "ms_ssim of floats": (lambda: ms_ssim(IMAGES, IMAGES), "images must be uint8"),
    "pairs of floats": (lambda: ImagePairs().add(IMAGES), "images must be uint8"),
    "features of floats": (lambda: EXTRACTOR.features(IMAGES), "images must be uint8"),
    "features without a batch": (lambda: EXTRACTOR.features(FEW[0]), "images have shape"),
    "features of RGBA": (
        lambda: EXTRACTOR.features(np.zeros([2, 16, 16, 4], np.uint8)),
        r"images have shape \(2, 16, 16, 4\)",
    ),
    "features of nothing": (lambda: EXTRACTOR.features(FEW[:0]), "0 images: must be at least 1"),
    "swd of nothing": (lambda: swd(FEW[:0], FEW), "0 real and 8 generated images"),
    "swd of nothing twice": (lambda: swd(FEW[:0], FEW[:0]), "at least 1"),
    "one pair": (one_pair, "needs at least 2 images"),
    "fid of one image": (lambda: fid_of(np.zeros([1, 3])), "must be at least 2"),
    "kid of one image": (lambda: kid(np.zeros([1, 3]), np.zeros([9, 3])), "must be at least 2"),
    "kid of NaN": (lambda: kid(np.full([9, 3], np.nan), np.zeros([9, 3])), "must be finite"),
    "prdc of NaN": (lambda: prdc(np.full([9, 3], np.nan), np.zeros([9, 3])), "must be finite"),
}


@pytest.mark.parametrize(("trial", "message"), METRICS.values(), ids=METRICS)
def test_metrics_name_what_they_cannot_measure(trial, message):
    with pytest.raises(ValueError, match=message):
        trial()


def test_a_distribution_of_keras_trains():
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=["cpu:0"]))
    try:
        gan = new()
        fit(gan)
    finally:
        keras.distribution.set_distribution(None)
    assert steps(gan) == 2
