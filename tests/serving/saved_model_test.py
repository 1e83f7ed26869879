import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

from kerasgan.config import Config
from kerasgan.model.latents import great_circle, latents_from_seeds
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.pixels import to_uint8
from kerasgan.serving.metadata import describe_run
from kerasgan.serving.saved_model import export_saved_model, latest_version

# Runs where neither kerasgan nor Keras can be imported: TensorFlow's loader must be enough.
CLIENT = """
import sys
sys.modules["kerasgan"] = sys.modules["keras"] = None
import numpy as np, tensorflow as tf
signatures = tf.saved_model.load(sys.argv[1]).signatures
requests = np.load(sys.argv[2])
answers = {}
for batch_size in (1, 7, 64):
    for name, signature in signatures.items():
        inputs = {
            key: tf.constant(requests[key][:batch_size])
            for key in signature.structured_input_signature[1]
        }
        for key, value in signature(**inputs).items():
            value = value.numpy()
            if key.endswith("_bytes"):
                value = np.stack([tf.io.decode_png(png) for png in value])
            answers[f"{name}/{batch_size}"] = value
np.savez(sys.argv[3], **answers)
"""


@pytest.fixture(scope="module")
def networks():
    generator = build_generator((16, 24, 3), latent_dim=6, base_filters=4)
    discriminator = build_discriminator((16, 24, 3), base_filters=4, normalization="spectral")
    for _ in range(3):  # so that the moving statistics differ from their initial values
        generator(tf.random.stateless_normal([8, 6], seed=[1, 1]), training=True)
    kernel = generator.layers[-1].kernel
    kernel.assign(kernel * 5000)  # gives images as much contrast as a trained generator's
    return generator, discriminator


@pytest.fixture(scope="module")
def metadata(tmp_path_factory):
    """The metadata of an evaluated run on a folder of pictures."""
    run_dir = tmp_path_factory.mktemp("run")
    row = {"step": 4, "swd16": 2.0, "fingerprint": {"data": str(run_dir / "faces")}}
    (run_dir / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    return describe_run(Config(dataset=str(run_dir / "faces")), step=4, run_dir=run_dir)


@pytest.fixture(scope="module")
def version(networks, metadata, tmp_path_factory):
    generator, discriminator = networks
    folder = tmp_path_factory.mktemp("models") / "faces"
    return export_saved_model(generator, folder, discriminator=discriminator, metadata=metadata)


@pytest.fixture(scope="module")
def requests():
    random = np.random.default_rng(0)
    return {
        "latents": random.normal(size=[64, 6]).astype(np.float32),
        "seed": np.arange(64),
        "truncation": np.linspace(0, 1, 64, dtype=np.float32),
        "start_seed": np.arange(64),
        "end_seed": np.arange(64, 128),
        "position": np.linspace(0, 1, 64, dtype=np.float32),
        "images": random.uniform(-1, 1, [64, 16, 24, 3]).astype(np.float32),
    }


@pytest.fixture(scope="module")
def answers(version, requests, tmp_path_factory):
    """The moved model's responses in a process that has only TensorFlow."""
    place = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(version, place / "moved")
    np.savez(place / "requests.npz", **requests)
    arguments = [place / "moved", place / "requests.npz", place / "answers.npz"]
    subprocess.run([sys.executable, "-c", CLIENT, *map(str, arguments)], check=True)
    return np.load(place / "answers.npz")


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_tensorflow_alone_gives_the_training_processs_outputs(
    networks, requests, answers, batch_size
):
    generator, discriminator = networks
    inputs = {name: tf.constant(values[:batch_size]) for name, values in requests.items()}
    answer = {
        name.split("/")[0]: answers[name] for name in answers if name.endswith(f"/{batch_size}")
    }
    assert set(answer) == {"serving_default", "sample", "sample_png", "interpolate", "discriminate"}

    images = generator(inputs["latents"], training=False)
    np.testing.assert_allclose(answer["serving_default"], images, rtol=1e-4, atol=1e-5)
    latents = latents_from_seeds(inputs["seed"], 6) * inputs["truncation"][:, None]
    levels = to_uint8(generator(latents, training=False)).astype(int)
    np.testing.assert_allclose(answer["sample"], levels, atol=1)
    np.testing.assert_array_equal(answer["sample_png"], answer["sample"])
    between = great_circle(
        latents_from_seeds(inputs["start_seed"], 6),
        latents_from_seeds(inputs["end_seed"], 6),
        inputs["position"],
    )
    levels = to_uint8(generator(between, training=False)).astype(int)
    np.testing.assert_allclose(answer["interpolate"], levels, atol=1)
    logits = discriminator(inputs["images"], training=False)
    np.testing.assert_allclose(answer["discriminate"], logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("signature", ["sample", "sample_png", "interpolate"])
def test_the_same_seed_gives_the_same_bytes_alone_and_in_any_batch(answers, signature):
    assert answers["sample/64"].std() > 40
    for batch_size in (1, 7):
        np.testing.assert_array_equal(
            answers[f"{signature}/{batch_size}"], answers[f"{signature}/64"][:batch_size]
        )


def test_latents_of_the_wrong_length_are_refused_with_both_lengths(version):
    paint = tf.saved_model.load(str(version)).signatures["serving_default"]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"In\[0\]: \[1,5\], In\[1\]: \[6,"):
        paint(latents=tf.zeros([1, 5]))


@pytest.mark.slow
def test_saved_model_cli_shows_and_runs_it(version, tmp_path):
    program = str(pathlib.Path(sys.executable).with_name("saved_model_cli"))
    tags = ["--dir", str(version), "--tag_set", "serve", "--signature_def", "sample"]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    shown = subprocess.run([program, "show", *tags], capture_output=True, text=True, env=quiet)
    assert shown.returncode == 0, shown.stderr
    assert "inputs['seed'] tensor_info:\n      dtype: DT_INT64\n      shape: (-1)" in shown.stdout
    assert (
        "outputs['images'] tensor_info:\n      dtype: DT_UINT8\n      shape: (-1, 16, 24, 3)"
        in (shown.stdout)
    )
    np.savez(tmp_path / "in.npz", seed=np.array([3, 4]), truncation=np.ones([2], np.float32))
    files = f"seed={tmp_path}/in.npz[seed];truncation={tmp_path}/in.npz[truncation]"
    run = [program, "run", *tags, "--inputs", files, "--outdir", str(tmp_path)]
    ran = subprocess.run(run, capture_output=True, text=True, env=quiet)
    assert ran.returncode == 0, ran.stderr
    sample = tf.saved_model.load(str(version)).signatures["sample"]
    wanted = sample(seed=tf.constant([3, 4], tf.int64), truncation=tf.ones([2]))["images"]
    np.testing.assert_array_equal(np.load(tmp_path / "images.npy"), wanted)


def test_the_model_contains_only_tensorflows_own_operations(version):
    saved_model = saved_model_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
    (graph,) = saved_model.meta_graphs
    nodes = [*graph.graph_def.node]
    for function in graph.graph_def.library.function:
        nodes.extend(function.node_def)
    operations = {node.op for node in nodes}
    assert {"StatelessRandomNormalV2", "Conv2DBackpropInput", "EncodePng"} <= operations
    # TensorFlow Serving only contains the operations of TensorFlow's own libraries.
    functions = {function.signature.name for function in graph.graph_def.library.function}
    for name in operations - functions:
        assert op_def_registry.get(name) is not None, name
    assert not [name for name in operations if "PyFunc" in name]


def test_the_model_contains_no_path_of_this_machine(version):
    places = [str(version.parent.parent), sys.prefix, str(pathlib.Path(__file__).parents[2])]
    for path in version.rglob("*"):
        if path.is_file():
            contents = path.read_bytes()
            assert not [place for place in places if place.encode() in contents], path
            assert not re.search(rb"/(home|tmp|usr|root|opt|var)/", contents), path


def test_metadata_is_an_asset_that_the_loader_finds(version, metadata):
    path = tf.saved_model.load(str(version)).metadata.asset_path.numpy().decode()
    assert json.loads(pathlib.Path(path).read_text()) == json.loads(json.dumps(metadata))
    assert pathlib.Path(path) == version / "assets" / "metadata.json"


def test_versions_count_up_and_nothing_unfinished_remains(networks, tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "notes").mkdir()
    assert export_saved_model(networks[0], tmp_path).name == "8"
    assert export_saved_model(networks[0], tmp_path).name == "9"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["7", "8", "9", "notes"]
    assert latest_version(tmp_path) == tmp_path / "9"
    assert latest_version(tmp_path / "9" / "variables") is None


def test_a_version_has_the_permissions_of_any_new_folder(version, tmp_path):
    (tmp_path / "any").mkdir()
    assert version.stat().st_mode == (tmp_path / "any").stat().st_mode


def test_the_exported_model_does_not_follow_the_generator(tmp_path):
    generator = build_generator((16, 16, 3), latent_dim=6, base_filters=4)
    version = export_saved_model(generator, tmp_path)
    latents = tf.ones([1, 6])
    before = generator(latents, training=False).numpy()
    generator.set_weights([weight + 1 for weight in generator.get_weights()])
    loaded = tf.saved_model.load(str(version)).signatures["serving_default"]
    np.testing.assert_allclose(loaded(latents=latents)["images"], before, atol=1e-6)
