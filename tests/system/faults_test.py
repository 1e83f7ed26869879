"""Faults that end a run early, and faults that it survives."""

import json
import pathlib
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.errors import RunError, UserError
from kerasgan.runs.checkpoints import checkpoint_steps
from kerasgan.runs.lock import RunLock
from kerasgan.runs.restore import restore_run
from kerasgan.training.faults import explain_faults
from kerasgan.training.loop import train

SETTINGS = {
    "num_images": 32,
    "image_size": 16,
    "batch_size": 8,
    "base_filters": 2,
    "latent_dim": 6,
    "num_samples": 4,
    "log_every_steps": 2,
    "sample_every_steps": 100,
    "metrics": "swd",
    "best_metric": "swd",
    "evaluate_every_epochs": 1000,
    "learning_rate_decay": "none",  # a decay depends on the run's length
    "penalty": "none",  # quick to compile
    "skip_sums": False,
    "minibatch_deviation": False,
}
COMMAND = [sys.executable, "-m", "kerasgan.main"]


def config(**settings):
    return Config(**{**SETTINGS, **settings})


def flags(**settings):
    return [f"--{name}={value}" for name, value in {**SETTINGS, **settings}.items()]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def rows(run_dir):
    lines = pathlib.Path(run_dir, "metrics.jsonl").read_text().splitlines()
    training = [row for row in map(json.loads, lines) if "g_loss" in row]
    return [{k: v for k, v in row.items() if k != "images_per_second"} for row in training]


def steps(run_dir):
    return checkpoint_steps(pathlib.Path(run_dir, "checkpoints"))


def values(run_dir):
    path = pathlib.Path(run_dir, "checkpoints", f"ckpt-{steps(run_dir)[-1]}")
    reader = tf.train.load_checkpoint(str(path))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("gan/")]
    return {name: reader.get_tensor(name) for name in names}


def assert_same_run(one, other):
    assert rows(one) == rows(other)
    ours, theirs = values(one), values(other)
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        np.testing.assert_array_equal(ours[name], expected, err_msg=name)


@pytest.mark.slow
def test_a_run_out_of_time_is_saved_and_can_be_continued():
    parts = pathlib.Path("parts")
    first = train(config(epochs=2, max_minutes=1e-6), parts)
    assert not first.complete and first.signal is None
    assert steps(parts) == [0, 1]
    last = train(config(epochs=2), parts)
    assert last.complete
    train(config(epochs=2), pathlib.Path("whole"))
    assert_same_run("parts", "whole")


@pytest.mark.slow
def test_a_diverging_run_goes_back_a_few_times_and_then_says_why(caplog):
    diverging = config(epochs=4, d_learning_rate=1e30, max_nonfinite_steps=3)
    with (
        caplog.at_level("WARNING", logger="kerasgan"),
        pytest.raises(RunError, match=r"3 steps in a row .* after 3 returns .* lower --g_learning"),
    ):
        train(diverging, pathlib.Path("run"))
    messages = [
        record.getMessage() for record in caplog.records if record.name.startswith("kerasgan")
    ]
    assert sum("Going back to the checkpoint of step 0" in message for message in messages) == 3
    assert steps("run") == [0]  # no later step was finite
    last = rows("run")[-1]
    assert last["rollbacks"] == 3
    assert last["nonfinite_steps"] >= 1
    for name, value in values("run").items():
        assert np.isfinite(value).all(), name


@pytest.mark.slow
def test_a_run_in_use_is_refused():
    train(config(epochs=1), pathlib.Path("run"))
    before = sorted(pathlib.Path("run").rglob("*"))
    with RunLock(pathlib.Path("run")), pytest.raises(UserError, match="--run_dir=run: process"):
        train(config(epochs=2), pathlib.Path("run"))
    assert sorted(pathlib.Path("run").rglob("*")) == before
    train(config(epochs=2), pathlib.Path("run"))


@pytest.mark.slow
def test_a_lack_of_memory_is_explained():
    large = Config(batch_size=64, accumulate_steps=2)
    messages = (
        r"out of memory: raise --accumulate_steps \(now 2\), or lower --batch_size \(now 64\), "
        r"--base_filters \(now 16\) or --image_size"
    )
    with pytest.raises(RunError, match=messages), explain_faults(config=large, workers=1):
        tf.zeros([2**46], tf.float64)  # more than any machine has


def test_a_lost_worker_is_explained_if_there_are_several():
    lost = tf.errors.UnavailableError(None, None, "heartbeat")
    with (
        pytest.raises(RunError, match="another of the 2 workers is gone"),
        explain_faults(config=config(), workers=2),
    ):
        raise lost
    with pytest.raises(tf.errors.UnavailableError), explain_faults(config=config(), workers=1):
        raise lost


@pytest.fixture
def start(popen):
    """Starts a run."""

    def start(*arguments):
        return popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    return start


def run_whole(**settings):
    """The undisturbed run, also as a command: this process would use other numbers of threads."""
    subprocess.run([*COMMAND, *flags(**settings), "--run_dir=whole"], check=True)


def wait_for(process, condition):
    while not condition():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)


@pytest.mark.slow
def test_sigterm_saves_and_leaves_the_export_for_later(start):
    process = start(*flags(epochs=5000), "--run_dir=run")
    wait_for(process, lambda: steps("run")[-1:] > [50])
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in errors
    stopped_at = int(output.split("stopped at step ")[1].split(";")[0])
    assert steps("run")[-1] == stopped_at
    assert "python -m kerasgan.main --run_dir=run" in output
    assert not pathlib.Path("saved_models").exists()
    epochs = stopped_at // 4 + 1
    subprocess.run([*COMMAND, "--run_dir=run", f"--epochs={epochs}"], check=True)
    run_whole(epochs=epochs)
    assert_same_run("run", "whole")


@pytest.mark.slow
def test_a_temporarily_full_disk_costs_only_checkpoints(start):
    # The kernel stops files from growing beyond the limit, like a full disk.
    process = start(*flags(epochs=40, checkpoint_every_steps=2), "--run_dir=run")
    wait_for(process, lambda: steps("run")[-1:] > [10])
    before = steps("run")
    full = (1000, resource.RLIM_INFINITY)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, full)
    assert any("cannot be written" in line for line in process.stderr)
    during = steps("run")
    assert before <= during and during[-1] < 160
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, unlimited)
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert steps("run")[-1] == 160
    run_whole(epochs=40, checkpoint_every_steps=2)
    assert_same_run("run", "whole")


@pytest.mark.slow
def test_a_disk_that_stays_full_ends_the_run_and_names_the_last_checkpoint(start):
    process = start(*flags(epochs=60), "--run_dir=run")
    wait_for(process, lambda: steps("run")[-1:] > [10])
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert f"the last checkpoint is that of step {steps('run')[-1]}; make room" in errors
    subprocess.run([*COMMAND, "--run_dir=run"], check=True)
    run_whole(epochs=60)
    assert_same_run("run", "whole")


@pytest.mark.slow
def test_a_killed_fine_tuned_run_is_continued_by_the_same_command(start, untrained_run):
    _, origin_dir = untrained_run()
    settings = {
        "init_from": origin_dir,
        "freeze_d": 1,
        "base_filters": 4,
        "minibatch_deviation": True,
        "epochs": 40,
        "checkpoint_every_steps": 5,
    }
    command = [*flags(**settings), "--run_dir=run"]
    process = start(*command)
    wait_for(process, lambda: steps("run")[-1:] > [20])
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL and steps("run")[-1] < 160
    subprocess.run([*COMMAND, *command], check=True)
    run_whole(**settings)
    assert steps("run")[-1] == 160
    assert_same_run("run", "whole")

    begun = restore_run(origin_dir).gan.discriminator
    ended = restore_run(pathlib.Path("run")).gan.discriminator
    pairs = [pair for pair in zip(ended.layers, begun.layers, strict=True) if pair[0].weights]
    held = [pair for pair in pairs if not pair[0].trainable]
    assert 0 < len(held) < len(pairs)
    for after, before in held:
        for actual, expected in zip(after.weights, before.weights, strict=True):
            np.testing.assert_array_equal(actual, expected)


DETERMINISTIC = """
import pathlib, sys
from kerasgan.config import Config
from kerasgan.training.loop import train
train(Config(**eval(sys.argv[1])), pathlib.Path(sys.argv[2]))
from tensorflow.python.framework.config import is_op_determinism_enabled
print(is_op_determinism_enabled())
"""


@pytest.mark.slow
def test_deterministic_operations_are_enabled_and_sufficient():
    settings = repr({**SETTINGS, "epochs": 2, "deterministic": True})
    for run_dir in ("one", "two"):
        command = [sys.executable, "-c", DETERMINISTIC, settings, run_dir]
        shown = subprocess.run(command, capture_output=True, text=True)
        assert shown.stdout.splitlines()[-1:] == ["True"], shown.stderr
    assert_same_run("one", "two")
