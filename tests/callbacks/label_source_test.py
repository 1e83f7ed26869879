"""Callbacks for notebooks with a conditional GAN, which is asked for the labels of the images."""

import dataclasses

import keras
import numpy as np
import pytest

from kerasgan.callbacks import Checkpoint, Evaluate, ShowSamples, WatchHealth
from kerasgan.config import DataSettings
from kerasgan.data.batches import batches
from kerasgan.data.load import load_images
from kerasgan.label_space import Labels, LabelSpace
from kerasgan.model.gan import GAN
from kerasgan.pixels import to_float

SETTINGS = DataSettings(dataset="synthetic_faces", image_size=(16, 16), num_images=24)


@pytest.fixture(scope="module")
def faces():
    space = LabelSpace(kind="classes", names=("left", "middle", "right"))
    labels = Labels(space=space, values=np.arange(24) % 3)
    return dataclasses.replace(load_images(SETTINGS, seed=0), conditions=labels)


class Colours(keras.layers.Layer):
    """Images of one grey level for each class: black, grey, white."""

    def call(self, inputs):
        latents, conditions = inputs
        level = conditions @ [[-1.0], [0.0], [1.0]] + 0.0 * latents[:, :1]
        return level[:, :, None, None] * np.ones([1, 16, 16, 3], np.float32)


def new_gan():
    latents, wanted = keras.Input([5]), keras.Input([3])
    images, said = keras.Input([16, 16, 3]), keras.Input([3])
    seen = keras.layers.Concatenate()([keras.layers.Flatten()(images), said])
    gan = GAN(
        generator=keras.Model(
            [latents, wanted], keras.layers.Dense(3)(Colours()([latents, wanted]))
        ),
        discriminator=keras.Model([images, said], keras.layers.Dense(1)(seen)),
    )
    gan.generator.layers[-1].set_weights([np.eye(3), np.zeros(3)])
    gan.ema_generator.set_weights(gan.generator.get_weights())
    gan.compile(g_optimizer=keras.optimizers.SGD(0.0), d_optimizer="sgd", run_eagerly=True)
    return gan


def fit(gan, faces, *callbacks):
    data = batches(faces, batch_size=8, first_step=0, last_step=3, seed=0)
    return gan.fit(data, shuffle=False, verbose=0, callbacks=list(callbacks)).history


def test_each_callback_asks_for_labels(faces, tmp_path):
    watch, evaluate = WatchHealth(faces, every_steps=1), Evaluate(faces, metrics=["kid", "swd"])
    show = ShowSamples(tmp_path / "samples", count=3, labels=[0, 1, 2])
    gan = new_gan()
    history = fit(gan, faces, Checkpoint(tmp_path / "run"), show, evaluate, watch)
    assert {"val_kid", "val_swd"} <= set(history)
    (file,) = (tmp_path / "samples").iterdir()
    grid = np.asarray(keras.utils.load_img(file))
    assert [int(grid[8, 8, 0]), int(grid[8, 26, 0]), int(grid[26, 8, 0])] == [0, 128, 255]
    # Black, grey and white with the frequencies of the labels: far from all alike.
    assert all(window["diversity"] > 0.7 for window in watch.state()["windows"])
    assert Checkpoint(tmp_path / "run").restore(new_gan()) == 3


@pytest.mark.parametrize("callback", [Evaluate, WatchHealth])
def test_images_without_labels_are_refused_before_training(faces, callback):
    gan = new_gan()
    for images in (faces[:], dataclasses.replace(faces, conditions=None)):
        with pytest.raises(ValueError, match="must be an ImageSet with the labels that they learn"):
            fit(gan, faces, callback(images))
    with pytest.raises(ValueError, match=f"{callback.__name__}: the networks are conditional"):
        two = Labels(space=LabelSpace(kind="classes", names=("a", "b")), values=np.zeros(24, int))
        fit(gan, faces, callback(dataclasses.replace(faces, conditions=two)))
    assert int(gan.step.numpy()) == 0


def test_labels_are_left_alone_by_an_unconditional_gan(faces):
    gan = GAN(
        generator=keras.Sequential(
            [keras.Input([5]), keras.layers.Dense(768), keras.layers.Reshape([16, 16, 3])]
        ),
        discriminator=keras.Sequential(
            [keras.Input([16, 16, 3]), keras.layers.Flatten(), keras.layers.Dense(1)]
        ),
    )
    gan.compile(g_optimizer="sgd", d_optimizer="sgd", run_eagerly=True)
    images = to_float(faces[:8]).numpy()
    callbacks = [Evaluate(faces), WatchHealth(faces, every_steps=1)]
    assert "val_kid" in gan.fit(images, verbose=0, callbacks=callbacks).history


def test_samples_of_a_conditional_gan_need_labels(faces, tmp_path):
    with pytest.raises(ValueError, match="labels"):
        fit(new_gan(), faces, ShowSamples(tmp_path))
