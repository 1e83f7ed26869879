import hashlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.errors import UserError
from kerasgan.metrics.extractors import open_extractor


def images(count, shape=(16, 16, 3)):
    return np.random.default_rng(0).integers(0, 256, [count, *shape], np.uint8)


def small_network(*, pooled=True, side=16):
    inputs = keras.Input([side, side, 3])
    x = keras.layers.Conv2D(4, 3, name="conv")(inputs)
    if pooled:
        x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, x)


def test_the_embedded_network_needs_no_other_files():
    extractor = open_extractor("embedded")
    assert extractor.name == "embedded"
    assert extractor.features(images(3, (64, 64, 3))).shape == (3, extractor.size)


def test_large_batches_are_split_and_grey_becomes_colour():
    extractor = open_extractor("embedded")
    grey = images(150, (16, 16, 1))
    whole = extractor.features(grey)
    assert whole.shape == (150, extractor.size)
    colour = np.repeat(grey[100:], 3, axis=-1)
    np.testing.assert_allclose(extractor.features(colour), whole[100:], atol=1e-4)


@pytest.mark.parametrize("pooled", [True, False])
def test_a_keras_file_takes_images_from_minus_one_to_one(tmp_path, pooled):
    network = small_network(pooled=pooled)
    path = tmp_path / "mine.keras"
    network.save(path)
    extractor = open_extractor(str(path))
    assert (extractor.name, extractor.size) == ("mine", 4)
    assert extractor.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    expected = network(images(5) / np.float32(127.5) - 1).numpy()
    if not pooled:
        expected = expected.mean((1, 2))  # a feature map is averaged
    np.testing.assert_allclose(extractor.features(images(5)), expected, atol=1e-5)


def test_a_saved_model_is_kept_alive_and_images_are_resized_to_it(tmp_path):
    network = small_network()
    network.export(tmp_path / "saved", verbose=False)
    extractor = open_extractor(str(tmp_path / "saved"))
    resized = tf.image.resize(tf.cast(images(5, (32, 32, 3)), tf.float32), [16, 16], antialias=True)
    expected = network(resized / 127.5 - 1.0)
    np.testing.assert_allclose(extractor.features(images(5, (32, 32, 3))), expected, atol=1e-5)
    other = small_network()
    other.export(tmp_path / "other", verbose=False)
    assert open_extractor(str(tmp_path / "other")).digest != extractor.digest


def test_invalid_extractors_are_refused_in_one_line(tmp_path):
    with pytest.raises(UserError, match=r"--extractor=vgg: must be embedded, inception2015"):
        open_extractor("vgg")
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"broken.keras: cannot be read"):
        open_extractor(str(broken))
    inputs = keras.Input([16, 16, 4])
    keras.Model(inputs, keras.layers.Flatten()(inputs)).save(tmp_path / "four.keras")
    with pytest.raises(UserError, match=r"does not take images float32 \[B, H, W, 3\]"):
        open_extractor(str(tmp_path / "four.keras"))
    model = tf.Module()
    tf.saved_model.save(model, str(tmp_path / "bare"))
    with pytest.raises(UserError, match=r"must have a signature serving_default"):
        open_extractor(str(tmp_path / "bare"))


@pytest.mark.parametrize("name", ["inception2015", "keras", "embedded"])
def test_a_file_named_like_a_built_in_extractor_is_refused(tmp_path, name):
    network = small_network()
    network.save(tmp_path / f"{name}.keras")
    network.export(tmp_path / name, verbose=False)
    (tmp_path / f"{name}.pb").touch()
    for path in (tmp_path / f"{name}.keras", tmp_path / name, tmp_path / f"{name}.pb"):
        with pytest.raises(UserError, match=rf"{path}: rename it: scores would carry the name"):
            open_extractor(str(path))


def test_a_keras_file_with_several_outputs_or_inputs_is_refused(tmp_path):
    inputs = keras.Input([16, 16, 3])
    features = keras.layers.GlobalAveragePooling2D()(inputs)
    other = keras.Input([4])
    both = keras.layers.Concatenate()([features, other])
    models = {
        "dict": (keras.Model(inputs, {"a": features}), r"features \[B, d\] .*; got dict"),
        "list": (keras.Model(inputs, [features, features]), r"features \[B, d\] .*; got list"),
        "flat": (keras.Model(inputs, keras.layers.Flatten()(inputs)[:, 0]), r"; got \[1\]"),
        "inputs": (keras.Model([inputs, other], both), "must have one input, images float32"),
    }
    for name, (model, message) in models.items():
        model.save(tmp_path / f"{name}.keras")
        with pytest.raises(UserError, match=message):
            open_extractor(str(tmp_path / f"{name}.keras"))


def test_a_failed_download_of_keras_weights_is_reported_in_one_line(monkeypatch, tmp_path):
    def refuse(*args, **kwargs):
        raise Exception("URL fetch failure on https://somewhere: None -- no route to host")

    monkeypatch.setattr(keras.applications, "InceptionV3", refuse)
    with pytest.raises(UserError, match=r"--extractor=keras: cannot get the weights: URL fetch"):
        open_extractor("keras")
