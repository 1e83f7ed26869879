import json
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.training.loop import train

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """A run of two epochs of five steps, trained in two parts."""
    folder = tmp_path_factory.mktemp("run")
    settings = {
        "num_images": 40,
        "image_size": 16,
        "batch_size": 8,
        "base_filters": 4,
        "num_samples": 4,
        "log_every_steps": 5,
        "sample_every_steps": 5,
        "saved_models_dir": str(folder / "saved_models"),
    }
    train(Config(**settings, epochs=1), folder / "run")
    # What a run leaves that is killed after its last checkpoint.
    with tf.summary.create_file_writer(str(folder / "run" / "logs")).as_default():
        for step in (7, 10, 12):
            tf.summary.scalar("losses/g_loss", 99.0, step=step)
    return train(Config(**settings, epochs=2), folder / "run")


@pytest.fixture(scope="module")
def ask(outcome):
    """Asks a real TensorBoard server, which shows the run as "logs"."""
    log = outcome.run_dir.parent / "tensorboard.log"
    with log.open("w") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", "tensorboard.main", "--port=0", "--host=127.0.0.1"]
            + [f"--logdir={outcome.run_dir}", "--load_fast=false"],
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + 120

    def wait():
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)

    try:
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/", log.read_text())):
            wait()

        def request(path, body=None, **query):
            url = found.group() + "data/" + path + "?" + urllib.parse.urlencode(query)
            content = None if body is None else body.encode()  # with a body it is a POST
            headers = {"Content-Type": "application/json"}
            message = urllib.request.Request(url, content, headers)
            with urllib.request.urlopen(message, timeout=60) as answer:
                return answer.read()

        while not json.loads(request("plugin/scalars/tags")):  # wait until it has read the logs
            wait()
        yield request
    finally:
        server.terminate()
        server.wait()


def test_scalars_and_steps_equal_those_of_the_metrics_file(outcome, ask):
    lines = (outcome.run_dir / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    tags = json.loads(ask("plugin/scalars/tags"))["logs"]
    for tag in tags:
        name = tag.split("/")[-1]
        points = json.loads(ask("plugin/scalars/scalars", run="logs", tag=tag))
        shown = [(step, value) for _, step, value in points]
        written = [(row["step"], pytest.approx(row[name], rel=1e-6)) for row in rows if name in row]
        assert shown == written and shown, tag
    names = {name for row in rows for name in row} - {"step", "fingerprint"}
    assert {tag.split("/")[-1] for tag in tags} == names


def test_curves_are_in_groups(ask):
    groups = {}
    for tag in json.loads(ask("plugin/scalars/tags"))["logs"]:
        group, name = tag.rsplit("/", 1)
        groups.setdefault(group, set()).add(name)
    assert groups == {
        "losses": {"g_loss", "d_loss"},
        "scores": {"real_score", "fake_score"},
        "gradients": {"g_gradient_norm", "d_gradient_norm"},
        "regularization": {"d_penalty"},
        "rates": {"g_learning_rate", "d_learning_rate"},
        "speed": {"epoch", "images_per_second"},
        "health": {"nonfinite_steps", "rollbacks"},
        "metrics/swd": {"swd40", "swd40_16"},
        "metrics/msssim": {"msssim40_real", "msssim40_generated"},
        "metrics/kid": {"kid40_embedded"},
    }


def test_curves_that_belong_together_share_a_chart(ask):
    def curves(pattern):
        return json.loads(ask("plugin/custom_scalars/scalars", run="logs", tag=pattern))[
            "tag_to_events"
        ]

    charts = {
        chart["title"]: {tag for pattern in chart["multiline"]["tag"] for tag in curves(pattern)}
        for category in json.loads(ask("plugin/custom_scalars/layout"))["category"]
        for chart in category["chart"]
    }
    assert charts == {
        "losses": {"losses/g_loss", "losses/d_loss"},
        "scores of real and generated images": {"scores/real_score", "scores/fake_score"},
        "gradient norms": {"gradients/g_gradient_norm", "gradients/d_gradient_norm"},
        "swd": {"metrics/swd/swd40", "metrics/swd/swd40_16"},
        "msssim": {"metrics/msssim/msssim40_real", "metrics/msssim/msssim40_generated"},
        "kid": {"metrics/kid/kid40_embedded"},
    }


def test_settings_stand_next_to_the_final_metrics(outcome, ask):
    statuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
    query = {"allowedStatuses": statuses, "colParams": [], "startIndex": 0, "sliceSize": 10}
    (run,) = json.loads(ask("plugin/hparams/session_groups", json.dumps(query)))["sessionGroups"]
    assert run["hparams"]["batch_size"] == 8 and run["hparams"]["image_size"] == "16x16"
    assert run["hparams"]["loss"] == "relativistic" and "epochs" not in run["hparams"]
    shown = {metric["name"]["tag"]: metric["value"] for metric in run["metricValues"]}
    lines = (outcome.run_dir / "metrics.jsonl").read_text().splitlines()
    measured = [row for row in map(json.loads, lines) if "fingerprint" in row]
    for name in ("swd40", "kid40_embedded"):
        family = name[:3]
        assert shown[f"metrics/{family}/{name}"] == pytest.approx(measured[-1][name], rel=1e-6)
    assert shown["speed/epoch"] == 2


def test_images_are_the_sample_grids(outcome, ask):
    tags = json.loads(ask("plugin/images/tags"))["logs"]
    assert set(tags) == {"samples/ema", "samples/plain", "samples/real"}
    frames = json.loads(ask("plugin/images/images", run="logs", tag="samples/ema", sample=0))
    assert [frame["step"] for frame in frames] == [0, 5, 10]
    shown = ask("plugin/images/individualImage?" + frames[-1]["query"])
    saved = (outcome.run_dir / "samples" / "ema_00000010.png").read_bytes()
    np.testing.assert_array_equal(tf.io.decode_png(shown), tf.io.decode_png(saved))


def test_the_config_is_a_table(outcome, ask):
    (text,) = json.loads(ask("plugin/text/text", run="logs", tag="config"))[-1:]
    assert "<td>batch_size</td>" in text["text"] and "<td>8</td>" in text["text"]
