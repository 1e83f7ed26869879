import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from kerasgan.errors import UserError
from kerasgan.model.networks.dcgan import build_generator
from kerasgan.model.networks.families import FAMILIES
from kerasgan.serving.other_runtimes import export_file


@pytest.fixture(scope="module", params=[(16, 24, 3), (17, 30, 1)], ids=["whole", "cut"])
def generator(request):
    network = build_generator(request.param, latent_dim=6, base_filters=4)
    for _ in range(3):  # so that the moving statistics differ from their initial values
        network(tf.random.stateless_normal([8, 6], seed=[1, 1]), training=True)
    kernel = network.get_layer("images").kernel
    kernel.assign(kernel * 5000)  # gives images as much contrast as a trained generator's
    return network


@pytest.fixture
def latents():
    return np.random.default_rng(0).normal(size=[5, 6]).astype(np.float32)


def test_onnx_runtime_generates_the_same_images(generator, latents, tmp_path):
    export_file(generator, tmp_path / "faces.onnx", "onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "faces.onnx"))
    assert [(item.name, item.shape[1:]) for item in session.get_inputs()] == [("latents", [6])]
    for count in (1, 5):
        (images,) = session.run(["images"], {"latents": latents[:count]})
        wanted = generator(latents[:count], training=False)
        assert wanted.numpy().std() > 0.3
        np.testing.assert_allclose(images, wanted, atol=1e-3)


def test_litert_generates_the_same_images(generator, latents, tmp_path):
    export_file(generator, tmp_path / "faces.tflite", "litert")
    paint = Interpreter(str(tmp_path / "faces.tflite")).get_signature_runner("serving_default")
    for count in (1, 5):
        images = paint(latents=latents[:count])["images"]
        np.testing.assert_allclose(images, generator(latents[:count], training=False), atol=1e-3)


@pytest.mark.slow
def test_a_keras_file_is_the_generator(generator, latents, tmp_path):
    export_file(generator, tmp_path / "new" / "faces.keras", "keras")
    program = (
        "import sys, keras, kerasgan.model.layers, numpy as np\n"
        "images = keras.saving.load_model(sys.argv[1])(np.load(sys.argv[2]), training=False)\n"
        "np.save(sys.argv[3], images)"
    )
    np.save(tmp_path / "latents.npy", latents)
    paths = [tmp_path / "new" / "faces.keras", tmp_path / "latents.npy", tmp_path / "images.npy"]
    subprocess.run([sys.executable, "-c", program, *map(str, paths)], check=True)
    wanted = generator(latents, training=False)
    np.testing.assert_allclose(np.load(paths[2]), wanted, rtol=1e-4, atol=1e-5)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["faces.keras"]


def test_a_missing_converter_is_named_and_nothing_is_left(generator, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)  # as if it were not installed
    with pytest.raises(UserError, match=r"--format=onnx: needs pip install 'kerasgan\[onnx\]'"):
        export_file(generator, tmp_path / "faces.onnx", "onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("network", ["dcgan", "resnet", "r3gan"])
def test_conditional_generators_take_two_inputs(network, latents, tmp_path):
    options = {"latent_dim": 6, "base_filters": 4, "condition_width": 3}
    generator = FAMILIES[network].build_generator((32, 32, 3), **options)
    random = np.random.default_rng(0)  # some weights begin at 0, and conditions without effect
    generator.set_weights([w + random.normal(0, 0.15, w.shape) for w in generator.get_weights()])
    conditions = np.eye(3, dtype=np.float32)[[0, 1, 2, 2, 1]]
    wanted = generator([latents, conditions], training=False).numpy()
    other = generator([latents, conditions[::-1].copy()], training=False).numpy()
    assert abs(wanted - other).max() > 0.02
    export_file(generator, tmp_path / "a.onnx", "onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "a.onnx"))
    inputs = {item.name: item.shape[1:] for item in session.get_inputs()}
    assert inputs == {"latents": [6], "conditions": [3]}
    export_file(generator, tmp_path / "a.tflite", "litert")
    paint = Interpreter(str(tmp_path / "a.tflite")).get_signature_runner("serving_default")
    for count in (1, 5):
        request = {"latents": latents[:count], "conditions": conditions[:count]}
        (of_onnx,) = session.run(["images"], request)
        np.testing.assert_allclose(of_onnx, wanted[:count], atol=1e-3)
        np.testing.assert_allclose(paint(**request)["images"], wanted[:count], atol=1e-3)
