"""The example clients, over real sockets.

They run against a stand-in server that answers as TensorFlow Serving's documentation says. If
`tensorflow_model_server` is on the PATH, the same tests also run against it.
"""

import base64
import dataclasses
import http.server
import importlib.util
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
from tensorflow_serving.config import model_server_config_pb2

from kerasgan.label_space import LabelSpace
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.serving.saved_model import export_saved_model, latest_version

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
SERVER = shutil.which("tensorflow_model_server")
SEEDS = [3, 1, 4]


SPACES = {
    "none": None,
    "classes": LabelSpace(kind="classes", names=("cat", "dog", "emu")),
    "attributes": LabelSpace(kind="attributes", names=("glasses", "smile")),
}


@pytest.fixture(scope="module", params=SPACES)
def labels(request):
    """What the model's labels mean; None for a model without."""
    return SPACES[request.param]


@pytest.fixture(scope="module")
def models(labels, tmp_path_factory):
    options = {"base_filters": 4, "condition_width": labels.width if labels else 0}
    generator = build_generator((16, 16, 3), latent_dim=6, **options)
    kernel = generator.layers[-1].kernel
    kernel.assign(kernel * 5000)  # so that labels make a difference that can be seen
    folder = tmp_path_factory.mktemp("models")
    export_saved_model(
        generator,
        folder / "generator",
        discriminator=build_discriminator((16, 16, 3), **options),
        labels=labels,
    )
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


class StandIn(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Answers requests for one model."""

    def __init__(self, version):
        self.model = tf.saved_model.load(str(version))

    def Predict(self, request, context):  # noqa: N802
        assert request.model_spec.name == "generator"
        inputs = {key: tf.constant(tf.make_ndarray(value)) for key, value in request.inputs.items()}
        answer = predict_pb2.PredictResponse()
        outputs = self.model.signatures[request.model_spec.signature_name](**inputs)
        for key, value in outputs.items():
            answer.outputs[key].CopyFrom(tf.make_tensor_proto(value))
        return answer

    def predict_rows(self, request):
        """The row format: one object of named values per element of the batch."""
        signature = self.model.signatures[request["signature_name"]]
        inputs = {
            name: tf.constant([row[name] for row in request["instances"]], spec.dtype)
            for name, spec in signature.structured_input_signature[1].items()
        }
        ((name, values),) = signature(**inputs).items()
        assert name.endswith("_bytes")  # otherwise the server would send text
        # A single output is sent without its name.
        return {"predictions": [{"b64": base64.b64encode(v).decode()} for v in values.numpy()]}


@pytest.fixture
def stand_in(models):
    answers = StandIn(latest_version(models / "generator"))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.path == "/v1/models/generator:predict"
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(answers.predict_rows(request)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    service = grpc.server(ThreadPoolExecutor(1))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(answers, service)
    grpc_port = service.add_insecure_port("localhost:0")
    service.start()
    with http.server.HTTPServer(("localhost", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, grpc_port
        server.shutdown()
        thread.join()
    service.stop(None).wait()


@pytest.fixture
def tensorflow_serving(models, tmp_path):
    rest_port, grpc_port = free_port(), free_port()
    config = (EXAMPLES / "serving" / "models.config").read_text()
    (tmp_path / "models.config").write_text(config.replace("/models", str(models)))
    server = subprocess.Popen(
        [
            SERVER,
            f"--rest_api_port={rest_port}",
            f"--port={grpc_port}",
            f"--model_config_file={tmp_path / 'models.config'}",
            "--enable_batching=true",
            f"--batching_parameters_file={EXAMPLES / 'serving' / 'batching_parameters.txt'}",
        ]
    )
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and server.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("localhost", rest_port)) == 0:
                    break
            time.sleep(0.2)
        yield rest_port, grpc_port
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(params=["stand_in", *(["tensorflow_serving"] if SERVER else [])])
def ports(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_a_client_saves_the_pictures_of_its_seeds(protocol, ports, models, labels, tmp_path):
    rest_port, grpc_port = ports
    server = f"http://localhost:{rest_port}" if protocol == "rest" else f"localhost:{grpc_port}"
    client = EXAMPLES / f"{protocol}_client.py"
    arguments = [*map(str, SEEDS), f"--server={server}", "--truncation=0.5"]
    version, asked = latest_version(models / "generator"), {}
    if labels is not None:
        arguments.append(f"--metadata={version / 'assets' / 'metadata.json'}")
        arguments.append("--label=dog" if labels.kind == "classes" else "--label=smile=-0.5")
        value = [1] if labels.kind == "classes" else [[0, -0.5]]
        asked = {"labels": tf.constant(value * 3, tf.int64 if value == [1] else tf.float32)}
    done = subprocess.run(
        [sys.executable, str(client), *arguments], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    sample = tf.saved_model.load(str(version)).signatures["sample"]
    seeds = tf.constant(SEEDS, tf.int64)
    wanted = sample(seed=seeds, truncation=tf.fill([3], 0.5), **asked)["images"]
    for seed, image in zip(SEEDS, wanted.numpy(), strict=True):
        read = tf.io.decode_png((tmp_path / f"seed_{seed}.png").read_bytes())
        np.testing.assert_array_equal(read, image)


def test_without_a_server_the_rest_client_says_so_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]  # free again, and nobody listens
    command = [sys.executable, EXAMPLES / "rest_client.py", f"--server=http://127.0.0.1:{port}"]
    shown = subprocess.run([*command, "3"], capture_output=True, text=True, cwd=tmp_path)
    assert shown.returncode == 1
    assert shown.stderr == f"--server=http://127.0.0.1:{port}: cannot be reached: " + (
        "[Errno 111] Connection refused\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["rest", "grpc"])
@pytest.mark.parametrize(
    ("labels", "arguments", "message"),
    [
        ("classes", ["--label=cow"], "--label=cow: must be one of cat, dog, emu"),
        ("attributes", ["--label=beard=1"], "--label=beard=1: must be of glasses, smile, each"),
        (None, ["--label=dog"], "--label needs --metadata"),
    ],
)
def test_a_client_refuses_what_is_no_label(protocol, labels, arguments, message, tmp_path):
    if labels is not None:
        content = {"labels": dataclasses.asdict(SPACES[labels])}
        (tmp_path / "metadata.json").write_text(json.dumps(content))
        arguments = [*arguments, "--metadata=metadata.json"]
    client = EXAMPLES / f"{protocol}_client.py"
    done = subprocess.run(
        [sys.executable, str(client), "1", *arguments], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert message in done.stderr


def test_the_rest_client_needs_only_the_standard_library():
    spec = importlib.util.spec_from_file_location("rest_client", EXAMPLES / "rest_client.py")
    source = pathlib.Path(spec.origin).read_text()
    imported = {
        line.split()[1].split(".")[0] for line in source.splitlines() if line[:7] == "import "
    }
    assert imported <= set(sys.stdlib_module_names)


def test_the_servers_config_files_are_valid():
    config = model_server_config_pb2.ModelServerConfig()
    text_format.Parse((EXAMPLES / "serving" / "models.config").read_text(), config)
    (entry,) = config.model_config_list.config
    assert (entry.name, entry.base_path) == ("generator", "/models/generator")

    compose = (EXAMPLES / "serving" / "compose.yaml").read_text()
    for name in ("models.config", "batching_parameters.txt"):
        assert (EXAMPLES / "serving" / name).is_file()
        assert f"/config/{name}" in compose


def test_batches_are_never_larger_than_the_largest_allowed_size():
    text = (EXAMPLES / "serving" / "batching_parameters.txt").read_text()
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    sizes = [int(line.split(":")[1]) for line in lines if line.startswith("allowed_batch_sizes")]
    assert sizes == sorted(set(sizes))  # the server requires ascending sizes, the last of which
    assert f"max_batch_size {{ value: {sizes[-1]} }}" in lines  # is max_batch_size
