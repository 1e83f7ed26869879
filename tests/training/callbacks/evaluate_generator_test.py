import functools
import itertools
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import DataSettings
from kerasgan.data.batches import batches
from kerasgan.faces import synthetic_faces
from kerasgan.label_space import Labels, LabelSpace
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.sources import open_real
from kerasgan.model.gan import GAN
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.runs.checkpoints import CheckpointWriter
from kerasgan.training.callbacks.evaluate_generator import (
    BestCheckpoint,
    Evaluate,
    best_generator,
    generated_source,
)

SHAPE = (16, 16, 3)


@functools.cache
def extractor():
    return open_extractor("embedded")


@functools.cache
def real():
    return open_real("synthetic_faces", seed=0, settings=DataSettings(image_size=SHAPE[:2]))


def small_gan(learning_rate=1e-3):
    keras.utils.set_random_seed(0)
    gan = GAN(
        generator=build_generator(SHAPE, latent_dim=5, base_filters=4),
        discriminator=build_discriminator(SHAPE, base_filters=4),
        ema_decay=0.5,
    )
    gan.compile(
        g_optimizer=keras.optimizers.Adam(learning_rate, beta_1=0.5),
        d_optimizer=keras.optimizers.Adam(learning_rate, beta_1=0.5),
    )
    return gan


def fit(gan, callback, first, last):
    images = synthetic_faces(64, image_size=SHAPE[:2], seed=0)[0]
    data = batches(images, batch_size=8, first_step=first, last_step=last, seed=0)
    gan.fit(data, steps_per_epoch=last - first, callbacks=[callback], shuffle=False, verbose=0)


def evaluate_callback(results, *, total_steps=10, **options):
    settings = {
        "real": real(),
        "metrics": ("swd", "kid"),
        "extractor": extractor(),
        "every_steps": 4,
        "count": 50,
        "full_count": 120,
        "total_steps": total_steps,
        "seed": 0,
        "sinks": [results.append],
    }
    return Evaluate(**{**settings, **options})


@pytest.mark.slow
def test_results_come_during_training_at_the_end_and_in_full():
    results = []
    fit(small_gan(), evaluate_callback(results), 0, 10)
    made = [(r.fingerprint.step, r.fingerprint.num_generated) for r in results]
    assert made == [(4, 50), (8, 50), (10, 50), (10, 120)]
    assert set(results[0].scores) == {"swd50_16", "swd50", "kid50_embedded"}
    assert set(results[-1].scores) == {"swd120_16", "swd120", "kid120_embedded"}
    assert results[0].fingerprint.data == "synthetic_faces"
    assert results[0].fingerprint.extractor_digest == extractor().digest


def test_a_run_that_is_not_complete_gets_no_full_result():
    results = []
    fit(small_gan(), evaluate_callback(results, total_steps=20), 0, 8)
    assert [r.fingerprint.step for r in results] == [4, 8]
    assert {r.fingerprint.num_generated for r in results} == {50}


@pytest.mark.slow
def test_measuring_does_not_change_the_training():
    plain, measured = small_gan(), small_gan()
    fit(plain, keras.callbacks.Callback(), 0, 5)
    fit(measured, evaluate_callback([], every_steps=2), 0, 5)
    assert all(map(np.array_equal, plain.get_weights(), measured.get_weights()))


def test_the_same_state_has_the_same_result():
    """The latents are the same each time, and so are the random numbers of the metrics."""
    first, second = [], []
    gan = small_gan()
    fit(gan, evaluate_callback(first, total_steps=99), 0, 4)
    fit(gan, evaluate_callback(second, total_steps=0, full_count=50), 4, 4 + 1)
    again = evaluate_callback(second, total_steps=99, every_steps=1)
    again.set_model(gan)
    again.on_train_batch_end(0)
    assert second[-1].scores == second[0].scores != first[0].scores


@pytest.mark.slow
def test_the_best_state_is_kept_and_not_the_last(tmp_path):
    """Learning rates a thousand times too high spoil the generator after step 4."""
    gan = small_gan()
    checkpoint = tf.train.Checkpoint(gan=gan)
    best = BestCheckpoint(tmp_path / "best", CheckpointWriter(checkpoint), metric="kid")
    results = []
    fit(gan, evaluate_callback(results, total_steps=99, best=best), 0, 4)
    at_best = gan.ema_generator.get_weights()
    gan.g_optimizer.learning_rate = 1.0
    fit(gan, evaluate_callback(results, total_steps=12, best=best), 4, 12)

    values = [r.scores["kid50_embedded"] for r in results if "kid50_embedded" in r.scores]
    assert len(values) == 3 and values[0] < min(values[1:])
    assert (best.step, best.value) == (4, values[0])
    kept, step = best_generator(tmp_path / "best", gan.ema_generator)
    assert step == 4
    assert all(map(np.array_equal, kept.get_weights(), at_best))
    assert not all(map(np.array_equal, kept.get_weights(), gan.ema_generator.get_weights()))
    # The full result is the best state's, and says so.
    assert (results[-1].fingerprint.step, results[-1].fingerprint.num_generated) == (4, 120)

    # A continued run knows what was best.
    again = BestCheckpoint(tmp_path / "best", CheckpointWriter(checkpoint), metric="kid")
    assert (again.name, again.value, again.step) == ("kid50_embedded", best.value, 4)
    assert not again.offer("kid50_embedded", best.value + 1, 16)
    assert BestCheckpoint(tmp_path / "best", CheckpointWriter(checkpoint), metric="swd").step == -1


@pytest.mark.parametrize(
    ("metric", "values", "kept"),
    [
        ("kid", [0.3, 0.1, 0.2, float("nan"), -0.1], [0, 1, 4]),
        ("coverage", [0.3, 0.1, 0.4, 0.4], [0, 2]),
        ("kid", [float("nan"), 0.5], [1]),
    ],
)
def test_better_is_lower_or_higher_and_never_nan(tmp_path, metric, values, kept):
    writer = CheckpointWriter(tf.train.Checkpoint(x=tf.Variable(0)))
    best = BestCheckpoint(tmp_path, writer, metric=metric)
    taken = [best.offer("name", value, step) for step, value in enumerate(values)]
    assert list(itertools.compress(range(len(values)), taken)) == kept
    assert best.step == kept[-1]
    assert len(list(tmp_path.glob("*.index"))) == 1


def test_figures_with_different_names_are_not_compared(tmp_path):
    writer = CheckpointWriter(tf.train.Checkpoint(x=tf.Variable(0)))
    best = BestCheckpoint(tmp_path, writer, metric="kid")
    assert best.offer("kid1k_embedded", 0.1, 1)
    assert best.offer("kid5k_embedded", 0.2, 2)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"metric": "kid"}'])
def test_a_best_file_that_cannot_be_read_brings_a_warning_and_counts_as_none(
    tmp_path, content, caplog
):
    (tmp_path / "best.json").write_text(content)
    writer = CheckpointWriter(tf.train.Checkpoint(x=tf.Variable(0)))
    best = BestCheckpoint(tmp_path, writer, metric="kid")
    assert caplog.messages == [
        f"{tmp_path}/best.json cannot be read. The next state is the best so far."
    ]
    assert best.offer("kid1k", 0.5, 3)
    kept = {"metric": "kid", "name": "kid1k", "value": 0.5, "step": 3}
    assert json.loads((tmp_path / "best.json").read_text()) == kept


def damage(file):
    content = file.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 3] ^= 1
    for damaged in (flipped, content[: len(content) // 2]):
        file.write_bytes(damaged)
        yield
    file.unlink()
    yield


@pytest.mark.slow
def test_a_damaged_best_state_gives_way_to_the_last(tmp_path, caplog):
    gan = small_gan()
    writer = CheckpointWriter(tf.train.Checkpoint(gan=gan))
    best = BestCheckpoint(tmp_path / "best", writer, metric="kid")
    assert best.offer("kid50_embedded", -1.0, 1)  # nothing that follows is as good
    for _ in damage(tmp_path / "best" / "ckpt-1.data-00000-of-00001"):
        results = []
        first = int(gan.step.numpy())
        fit(gan, evaluate_callback(results, total_steps=0, best=best), first, first + 1)
        assert results[-1].fingerprint.num_generated == 120
        assert results[-1].fingerprint.step == first + 1
        assert "best/ckpt-1 is damaged and cannot be read" in caplog.messages[-1]
        assert "The last state is measured instead" in caplog.messages[-1]


def test_where_nothing_is_kept_there_is_no_best_generator(tmp_path):
    assert best_generator(tmp_path / "best", small_gan().ema_generator) is None


def test_samples_do_not_depend_on_how_they_are_asked_for():
    source = generated_source(small_gan().ema_generator, seed=3, step=0)
    whole = source.sample(0, 150)
    assert whole.shape == (150, *SHAPE) and whole.dtype == np.uint8
    np.testing.assert_array_equal(source.sample(70, 60), whole[70:130])
    other = generated_source(small_gan().ema_generator, seed=4, step=0)
    assert not np.array_equal(other.sample(0, 4), whole[:4])


def test_a_conditional_generator_is_asked_for_labels_of_the_data():
    generator = build_generator(SHAPE, latent_dim=5, base_filters=4, condition_width=2)
    labels = Labels(
        space=LabelSpace(kind="classes", names=("a", "b")), values=np.array([0] * 9 + [1])
    )
    source = generated_source(generator, seed=3, step=0, labels=labels)
    whole = source.sample(0, 150)
    np.testing.assert_array_equal(source.sample(70, 60), whole[70:130])
    alone = generated_source(generator, seed=3, step=0, labels=labels.of(np.arange(9)))
    other = generated_source(generator, seed=3, step=0, labels=labels.of(np.array([9])))
    first, second = alone.sample(0, 150), other.sample(0, 150)  # the same latents, one class each
    either = [
        np.array_equal(image, first[index]) + 2 * np.array_equal(image, second[index])
        for index, image in enumerate(whole)
    ]
    assert set(either) == {1, 2} and 0.02 < np.mean(np.array(either) == 2) < 0.25
