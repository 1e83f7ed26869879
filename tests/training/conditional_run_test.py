"""Runs whose images have labels."""

import dataclasses
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.data.load import load_images
from kerasgan.errors import UserError
from kerasgan.label_space import Labels, LabelSpace
from kerasgan.runs.checkpoints import read_record
from kerasgan.runs.restore import restore_run
from kerasgan.sampling.open_painter import painter_of_model, painter_of_run
from kerasgan.training import open_run
from kerasgan.training.loop import train

GLASSES = LabelSpace(kind="classes", names=("none", "glasses"))
FACES = LabelSpace(kind="attributes", names=("glasses", "smile"))


def config(**settings):
    small = {
        "num_images": 40,
        "image_size": 16,
        "batch_size": 8,
        "base_filters": 4,
        "penalty": "none",  # quick to compile
        "skip_sums": False,
        "minibatch_deviation": False,
        "latent_dim": 6,
        "num_samples": 4,
        "log_every_steps": 2,
        "sample_every_steps": 5,
        "epochs": 2,
        "learning_rate_decay": "none",
        "random_flip": True,
        "metrics": "swd,kid",
    }
    return Config(**{**small, **settings})


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def label(monkeypatch):
    """Gives the images that runs load labels of this meaning, or other ones."""

    def give(space, change=lambda values: values):
        def load(settings, *, seed):
            images = load_images(settings, seed=seed)
            if space is None:
                return images
            values = images.labels["glasses"].astype(np.int64)
            if space.kind == "attributes":
                columns = [images.labels[name] for name in space.names]
                values = np.stack(columns, axis=1).astype(np.float32)
            labels = Labels(space=space, values=change(values))
            return dataclasses.replace(images, conditions=labels)

        monkeypatch.setattr(open_run, "load_images", load)

    return give


def rows(run_dir):
    lines = (run_dir / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(x).items() if k != "images_per_second"} for x in lines]


@pytest.mark.slow
@pytest.mark.parametrize("space", [GLASSES, FACES], ids=["classes", "attributes"])
def test_a_run_keeps_what_its_labels_mean_and_is_rebuilt_without_data(label, space):
    label(space)
    outcome = train(config())
    run_dir = outcome.run_dir
    assert Config.load(run_dir / "config.json").label_space == space
    assert read_record(run_dir / "checkpoints" / "ckpt-10")["config"]["label_kind"] == space.kind
    gan = restore_run(run_dir).gan
    assert gan.condition_width == 2
    for expected, actual in zip(outcome.gan.variables, gan.variables, strict=True):
        np.testing.assert_array_equal(actual, expected, err_msg=actual.path)
    names = (run_dir / "samples" / "rows.txt").read_text().split()
    assert names == (["none", "glasses"] if space is GLASSES else ["usual", "glasses=1"])
    assert outcome.saved_model is not None and outcome.complete
    measured = [row for row in rows(run_dir) if "swd40" in row]
    assert [row["step"] for row in measured] == [5, 10]
    events = list((run_dir / "logs").glob("events*"))
    assert any(b"samples/rows" in path.read_bytes() for path in events)


@pytest.mark.slow
def test_the_sample_grids_are_those_of_the_generator(label):
    label(GLASSES)
    outcome = train(config(epochs=1))
    from kerasgan.pixels import make_grid, to_uint8
    from kerasgan.training.callbacks.record_samples import sample_latents

    latents = tf.tile(sample_latents(2, 6, seed=0), [2, 1])
    conditions = tf.constant([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    for kind, network in (("ema", outcome.gan.ema_generator), ("plain", outcome.gan.generator)):
        picture = (outcome.run_dir / "samples" / f"{kind}_00000005.png").read_bytes()
        images = network([latents, conditions], training=False).numpy()
        np.testing.assert_array_equal(
            tf.io.decode_png(picture), make_grid(to_uint8(images), columns=2)
        )


@pytest.mark.slow
def test_a_run_that_is_continued_is_the_uninterrupted_one(label):
    label(FACES)
    whole = train(config(), pathlib.Path("whole"))
    first = train(config(epochs=1), pathlib.Path("parts"))
    rest = train(config(), first.run_dir)
    assert [row for row in rows(rest.run_dir) if "g_loss" in row] == [
        row for row in rows(whole.run_dir) if "g_loss" in row
    ]
    for expected, actual in zip(whole.gan.variables, rest.gan.variables, strict=True):
        np.testing.assert_array_equal(actual, expected, err_msg=actual.path)


@pytest.mark.slow
def test_other_labels_make_another_run(label):
    label(GLASSES)
    run_dir = train(config(epochs=1)).run_dir
    before = sorted(path.name for path in run_dir.rglob("*"))
    for space, change, message in (
        (None, None, "there were 2 classes and are none; put them back, or begin another run"),
        (FACES, lambda values: values, "there were 2 classes and are 2 attributes"),
        (
            LabelSpace(kind="classes", names=("none", "spectacles")),
            lambda values: values,
            "number 1 was glasses and is spectacles",
        ),
        (GLASSES, lambda values: 1 - values, "they were given to other images"),
    ):
        label(space, change)
        with pytest.raises(UserError, match=message) as refused:
            train(config(), run_dir)
        assert str(refused.value).startswith(
            f"--run_dir={run_dir}: the run began with other labels"
        )
        assert "\n" not in str(refused.value)
    assert sorted(path.name for path in run_dir.rglob("*")) == before
    label(GLASSES)
    assert train(config(), run_dir).complete


@pytest.mark.slow
def test_an_unconditional_run_does_not_take_labels_later(label):
    label(None)
    run_dir = train(config(epochs=1)).run_dir
    written = json.loads((run_dir / "config.json").read_text())
    assert not {"label_kind", "label_names"} & written.keys()
    label(GLASSES)
    with pytest.raises(UserError, match="there were none and are 2 classes"):
        train(config(), run_dir)


@pytest.mark.slow
def test_a_finished_run_is_exported_with_what_its_labels_mean(label):
    label(GLASSES)
    outcome = train(config(epochs=1))
    painter, exported = painter_of_run(outcome.run_dir, "best"), outcome.saved_model.parent
    of_model = painter_of_model(exported)
    assert painter.label_space == of_model.label_space == GLASSES
    labels = np.array([0, 1, 1])
    np.testing.assert_array_equal(
        painter.sample([3, 3, 4], labels=labels), of_model.sample([3, 3, 4], labels=labels)
    )
