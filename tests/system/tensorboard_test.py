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
    # As left by a run that was killed after its last checkpoint.
    with tf.summary.create_file_writer(str(folder / "run" / "logs")).as_default():
        for step in (7, 10, 12):
            tf.summary.scalar("g_loss", 99.0, step=step)
    return train(Config(**settings, epochs=2), folder / "run")


@pytest.fixture(scope="module")
def ask(outcome):
    """Asks a real TensorBoard server on the run's logs."""
    log = outcome.run_dir.parent / "tensorboard.log"
    with log.open("w") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", "tensorboard.main", "--port=0", "--host=127.0.0.1"]
            + [f"--logdir={outcome.run_dir / 'logs'}", "--load_fast=false"],
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

        def request(path, **query):
            url = found.group() + "data/" + path + "?" + urllib.parse.urlencode(query)
            with urllib.request.urlopen(url, timeout=60) as answer:
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
    trained = [row for row in rows if "g_loss" in row]
    tags = set(json.loads(ask("plugin/scalars/tags"))["."])
    assert set(trained[0]) - {"step"} < tags
    for tag in set(trained[0]) - {"step"}:
        points = json.loads(ask("plugin/scalars/scalars", run=".", tag=tag))
        assert [(step, value) for _, step, value in points] == [
            (row["step"], pytest.approx(row[tag], rel=1e-6)) for row in trained
        ]
    for tag in ("swd40", "kid40_embedded"):
        points = json.loads(ask("plugin/scalars/scalars", run=".", tag=tag))
        shown = {step: value for _, step, value in points}
        assert shown == pytest.approx({row["step"]: row[tag] for row in rows if tag in row})


def test_images_are_the_sample_grids(outcome, ask):
    tags = json.loads(ask("plugin/images/tags"))["."]
    assert set(tags) == {"samples/ema", "samples/plain", "samples/real"}
    frames = json.loads(ask("plugin/images/images", run=".", tag="samples/ema", sample=0))
    assert [frame["step"] for frame in frames] == [0, 5, 10]
    shown = ask("plugin/images/individualImage?" + frames[-1]["query"])
    saved = (outcome.run_dir / "samples" / "ema_00000010.png").read_bytes()
    np.testing.assert_array_equal(tf.io.decode_png(shown), tf.io.decode_png(saved))


def test_the_config_is_a_table(outcome, ask):
    (text,) = json.loads(ask("plugin/text/text", run=".", tag="config"))[-1:]
    assert "<td>batch_size</td>" in text["text"] and "<td>8</td>" in text["text"]
