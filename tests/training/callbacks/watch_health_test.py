import json

import keras
import numpy as np
import pytest

from kerasgan.data.batches import batches
from kerasgan.faces import synthetic_faces
from kerasgan.metrics.results import Fingerprint, Result
from kerasgan.model.gan import GAN
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.pixels import to_grey
from kerasgan.training.callbacks.record_scalars import RecordScalars
from kerasgan.training.callbacks.watch_health import SENTENCES, WatchHealth, diversity

SHAPE = (16, 16, 1)
EVERY = 20  # steps between looks


@pytest.fixture(scope="module")
def faces():
    return to_grey(synthetic_faces(512, image_size=SHAPE[:2], seed=0)[0])


def dcgan_generator():
    return build_generator(SHAPE, latent_dim=16, base_filters=8)


def one_image_generator():
    """Learns, but ignores its latents: a single mode."""
    layers = [
        keras.Input([16]),
        keras.layers.Rescaling(0.0, offset=1.0),
        keras.layers.Dense(256, "tanh"),
        keras.layers.Reshape(SHAPE),
    ]
    return keras.Sequential(layers)


def warnings_of(
    faces,
    *,
    loss="non_saturating",
    normalization="batch",
    g_learning_rate=2e-4,
    d_learning_rate=2e-4,
    build=dcgan_generator,
    steps=400,
    **options,
):
    keras.utils.set_random_seed(0)
    gan = GAN(
        generator=build(),
        discriminator=build_discriminator(SHAPE, base_filters=8, normalization=normalization),
        **options,
    )
    gan.compile(
        g_optimizer=keras.optimizers.Adam(g_learning_rate, beta_1=0.5),
        d_optimizer=keras.optimizers.Adam(d_learning_rate, beta_1=0.5),
        loss=loss,
    )
    warnings = []
    callbacks = [
        RecordScalars(every_steps=EVERY, steps_per_epoch=steps, batch_size=16, sinks=[]),
        WatchHealth(every_steps=EVERY, real_images=faces, seed=0, sinks=[warnings.append]),
    ]
    data = batches(faces, batch_size=16, first_step=0, last_step=steps, seed=0)
    gan.fit(data, steps_per_epoch=steps, callbacks=callbacks, shuffle=False, verbose=0)
    return warnings


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"loss": "least_squares"},
        {
            "loss": "hinge",
            "normalization": "spectral",
            "g_learning_rate": 4e-4,
            "d_learning_rate": 8e-4,
            "update_order": "simultaneous",
        },
    ],
    ids=["dcgan", "least_squares", "hinge"],
)
def test_healthy_runs_raise_no_alarm(faces, settings):
    assert warnings_of(faces, **settings) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"d_learning_rate": 20 * 2e-4}, "discriminator_won"),
        ({"g_learning_rate": 0.0}, "discriminator_won"),
        ({"build": one_image_generator}, "collapse"),
        (
            {"g_learning_rate": 1.0, "d_learning_rate": 1.0, "normalization": "none", "steps": 100},
            "exploding",
        ),
    ],
    ids=["d_learning_rate_times_20", "generator_frozen", "one_mode", "diverging"],
)
def test_a_run_that_is_made_to_fail_brings_one_warning_with_the_cause(faces, settings, cause):
    (warning,) = warnings_of(faces, **settings)
    assert warning.cause == cause
    assert warning.step % EVERY == 0
    assert "\n" not in warning.sentence and "{" not in warning.sentence
    assert "--" in warning.sentence  # what to try


class Dummy:
    """What the callback asks of a model, with the logs made by hand."""

    latent_dim = 2
    diversity = 0.5

    class adversarial_loss:  # noqa: N801
        @staticmethod
        def discriminator(real_logits, fake_logits):
            return 2.0

    def __init__(self):
        self.step = keras.Variable(0, dtype="int64")

    def run_generator(self, latents, conditions, *, training):
        images = np.zeros([64, 2], np.float32)
        images[::2] = 2 * self.diversity  # deviation: the half
        return keras.ops.convert_to_tensor(images)


def watcher(**options):
    warnings = []
    real = np.zeros([64, 2], np.uint8)
    real[::2] = 255  # deviation 1
    callback = WatchHealth(
        every_steps=1, real_images=real, seed=0, sinks=[warnings.append], **options
    )
    callback.set_model(Dummy())
    callback.on_train_begin()
    return callback, warnings


def look(callback, **values):
    callback.model.diversity = values.pop("diversity", 0.5)
    callback.model.step.assign_add(1)
    logs = {"g_loss": 1.0, "d_loss": 1.5, "g_gradient_norm": 1.0, "d_gradient_norm": 1.0, **values}
    callback.on_train_batch_end(0, logs)


def test_diversity_is_the_deviation_over_images():
    images = np.array([[0.0, 1.0], [2.0, 1.0]])
    assert diversity(images) == pytest.approx(0.5)
    assert diversity(np.ones([9, 4, 4, 3])) == 0


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        ({"g_loss": float("nan")}, "not_a_number"),
        ({"d_loss": float("inf")}, "not_a_number"),
        ({"g_gradient_norm": 1000.0}, "exploding"),
        ({"d_gradient_norm": 1000.0}, "exploding"),
        ({"d_loss": 0.01}, "discriminator_won"),
        ({"g_gradient_norm": 1e-6}, "vanishing"),
        ({"diversity": 0.05}, "collapse"),
    ],
)
def test_each_sign_has_its_sentence_after_some_windows_and_only_once(values, cause):
    callback, warnings = watcher()
    for _ in range(10):
        look(callback)
    assert warnings == []
    for _ in range(20):
        look(callback, **values)
    (warning,) = warnings
    assert warning.cause == cause
    assert warning.row() == {"step": warning.step, "warning": cause, "sentence": warning.sentence}


def test_a_single_bad_window_brings_no_warning():
    callback, warnings = watcher()
    for _ in range(8):
        for _ in range(5):
            look(callback, d_loss=0.01, g_gradient_norm=1e-6, diversity=0.01)
        look(callback, d_gradient_norm=1000.0)
    assert warnings == []


def test_a_generator_may_begin_with_images_that_are_all_alike():
    callback, warnings = watcher()
    for step in range(30):
        look(callback, diversity=0.002 + 0.03 * step)
    assert warnings == []


def test_the_consequences_of_a_cause_bring_no_warning():
    callback, warnings = watcher()
    for _ in range(8):
        look(callback)
    for _ in range(30):
        look(callback, d_loss=0.01, g_gradient_norm=1e-6, diversity=0.01)
    assert [warning.cause for warning in warnings] == ["discriminator_won"]


def test_a_continued_run_looks_back_on_what_the_uninterrupted_one_saw():
    def looks(callback, steps):
        for step in steps:
            look(callback, g_gradient_norm=1.0 if step < 8 else 1e-6)

    whole, expected = watcher()
    looks(whole, range(30))
    first, early = watcher()
    looks(first, range(11))
    second, late = watcher(state=json.loads(json.dumps(first.state())))
    second.model.step.assign(11)
    looks(second, range(11, 30))
    assert early == [] and late == expected and len(expected) == 1


def test_a_continued_run_brings_no_second_warning():
    callback, warnings = watcher(warned=["collapse"])
    for _ in range(30):
        look(callback, diversity=0.01)
    assert warnings == []


def result(step, value, name="kid1k_embedded"):
    made = Fingerprint(
        data="x", data_digest="", image_size="", num_real=1, num_generated=1, step=step
    )
    return Result(scores={name: value}, fingerprint=made)


@pytest.mark.parametrize(("name", "sign"), [("kid1k_embedded", 1), ("coverage1k_embedded", -1)])
def test_a_metric_that_gets_worse_for_long_brings_a_warning_with_its_best_step(name, sign):
    callback, warnings = watcher()
    values = [1.0, 0.4, 0.2, 0.1, 0.5, 0.6, 0.5, 0.7]
    for step, value in enumerate(values):
        callback.see_result(result(step, sign * value, name), name)
    assert warnings == []
    callback.see_result(result(8, sign * 0.8, name), name)
    callback.see_result(result(9, sign * 0.9, name), name)
    (warning,) = warnings
    assert warning.cause == "worsening" and warning.step == 8
    assert f"best ({sign * 0.1:.4g}) at step 3" in warning.sentence
    assert f"worse ({sign * 0.8:.4g})" in warning.sentence


def test_ups_and_downs_of_a_metric_bring_no_warning():
    callback, warnings = watcher()
    values = [1.0, 0.5, 0.2, 0.1, 0.12, 0.15, 0.11, 0.13, 0.14, 0.16, -0.01, 0.02, 0.01, 0.03]
    for step, value in enumerate(values):
        callback.see_result(result(step, value), "kid1k_embedded")
        callback.see_result(result(step, 99.0, "kid10k_embedded"), "kid1k_embedded")
    assert warnings == []


def test_every_sentence_says_what_to_try():
    for sentence in SENTENCES.values():
        assert "\n" not in sentence and sentence.endswith(".")
        assert any(word in sentence for word in ("Lower", "lower", "use"))
