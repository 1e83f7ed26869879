import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.export import export_generator
from kerasgan.networks import build_generator

# Runs where neither kerasgan nor Keras can be imported.
LOADER = """
import sys
sys.modules["kerasgan"] = sys.modules["keras"] = None
import numpy as np, tensorflow as tf
signature = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
latents = np.load(sys.argv[2])
images = signature(latents=tf.constant(latents))["images"].numpy()
np.save(sys.argv[3], images)
"""


@pytest.fixture
def generator():
    network = build_generator((16, 24, 3), latent_dim=6, base_filters=4)
    for _ in range(3):  # so that the moving statistics differ from their initial values
        network(tf.random.stateless_normal([8, 6], seed=[1, 1]), training=True)
    return network


def test_tensorflow_alone_loads_it_and_paints_the_same_images(generator, tmp_path):
    version = export_generator(generator, tmp_path / "faces")
    latents = tf.random.stateless_normal([5, 6], seed=[2, 2]).numpy()
    np.save(tmp_path / "latents.npy", latents)
    arguments = [version, tmp_path / "latents.npy", tmp_path / "images.npy"]
    subprocess.run([sys.executable, "-c", LOADER, *map(str, arguments)], check=True)
    images = np.load(tmp_path / "images.npy")
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, generator(latents, training=False), rtol=1e-5, atol=1e-6)


def test_the_signature_names_its_tensors_and_leaves_the_batch_open(generator, tmp_path):
    loaded = tf.saved_model.load(str(export_generator(generator, tmp_path)))
    signature = loaded.signatures["serving_default"]
    _, inputs = signature.structured_input_signature
    assert inputs["latents"].shape.as_list() == [None, 6]
    assert inputs["latents"].dtype == tf.float32
    assert signature.structured_outputs["images"].shape.as_list() == [None, 16, 24, 3]


def test_versions_count_up_and_nothing_unfinished_stays(generator, tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "notes").mkdir()
    assert export_generator(generator, tmp_path).name == "8"
    assert export_generator(generator, tmp_path).name == "9"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["7", "8", "9", "notes"]


def test_the_exported_model_does_not_follow_the_generator(generator, tmp_path):
    version = export_generator(generator, tmp_path)
    latents = tf.zeros([1, 6])
    before = generator(latents, training=False).numpy()
    generator.set_weights([weight + 1 for weight in generator.get_weights()])
    loaded = tf.saved_model.load(str(version)).signatures["serving_default"]
    np.testing.assert_allclose(loaded(latents=latents)["images"], before, atol=1e-6)
