"""Two real worker processes against one process, and what happens when one of them dies."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

SETTINGS = {
    "num_images": 48,
    "image_size": 16,
    "batch_size": 8,
    "base_filters": 2,
    "latent_dim": 6,
    "num_samples": 4,
    "log_every_steps": 2,
    "sample_every_steps": 1000,
    "checkpoint_every_steps": 3,
    "random_flip": True,
    "metrics": "swd",
    "best_metric": "swd",
    "normalization": "batch",
    "penalty_every": 1,
    "learning_rate_decay": "none",  # a decay depends on the run's length
}
STEPS_PER_EPOCH = 6

# The arguments are the settings and the run's folder. In float64 the workers agree closely.
PROGRAM = """
import json, pathlib, sys
import keras
keras.config.set_dtype_policy("float64")
keras.config.set_floatx("float64")
from kerasgan.cli import app
from kerasgan.config import Config
from kerasgan.training.loop import train

def main():
    outcome = train(Config(**json.loads(arguments[0])), pathlib.Path(arguments[1]))
    print("done", int(outcome.gan.step.numpy()), outcome.saved_model)
    return outcome.status

arguments, sys.argv[1:] = sys.argv[1:], []
app.run(main)
"""


@pytest.fixture
def start(popen):
    """Starts a worker."""

    def start(settings, run_dir, environment, before=""):
        with pathlib.Path(f"{run_dir}.{len(os.listdir())}.err").open("w") as errors:
            return popen(
                [sys.executable, "-c", before + PROGRAM, json.dumps(settings), run_dir],
                env={**os.environ, **environment},
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    return start


def start_two(start, settings, run_dir, **options):
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        workers = [f"127.0.0.1:{each.getsockname()[1]}" for each in (one, two)]
    return [
        start(
            {**settings, "strategy": "multiworker"},
            run_dir,
            {
                "TF_CONFIG": json.dumps(
                    {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
                )
            },
            **options,
        )
        for index in (0, 1)
    ]


def finish(*processes, status=0):
    """What they printed; all must end with this status within minutes."""
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    errors = [path.read_text() for path in pathlib.Path().glob("*.err")]
    assert [process.returncode for process in processes] == [status] * len(processes), errors
    return outputs


def steps(run_dir):
    found = pathlib.Path(run_dir, "checkpoints").glob("ckpt-*.index")
    return [int(path.stem.removeprefix("ckpt-")) for path in found]


def values(run_dir):
    """Everything in the last checkpoint except its record."""
    path = pathlib.Path(run_dir, "checkpoints", f"ckpt-{max(steps(run_dir))}")
    reader = tf.train.load_checkpoint(str(path))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("gan/")]
    return {name: reader.get_tensor(name) for name in names}


def rows(run_dir):
    lines = pathlib.Path(run_dir, "metrics.jsonl").read_text().splitlines()
    return [
        {name: value for name, value in json.loads(line).items() if name != "images_per_second"}
        for line in lines
        if "g_loss" in line
    ]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_two_workers_equal_one_process_and_continue_after_one_is_killed(start):
    settings = {**SETTINGS, "epochs": 4}
    (output,) = finish(start({**settings, "strategy": "single"}, "one", {}))
    assert output.startswith("done 24 saved_models/generator/1")
    chief, other = finish(*start_two(start, settings, "two"))
    assert chief.startswith("done 24 saved_models/generator/2")
    assert other == "done 24 None\n"  # only the chief writes
    one, two = values("one"), values("two")
    assert one.keys() == two.keys()
    for name, expected in one.items():
        difference = np.abs(two[name].astype(float) - expected).max()
        if "gradient_norm" not in name:  # that is each device's own
            assert difference <= 1e-12 * np.abs(expected).max(), name
    for ours, theirs in zip(rows("two"), rows("one"), strict=True):
        for name in ("step", "g_loss", "d_loss", "real_score", "fake_score"):
            assert ours[name] == pytest.approx(theirs[name], rel=1e-9)

    # Again, but one is killed: the other must not wait for it forever.
    for victim in (1, 0):
        processes = start_two(start, {**settings, "epochs": 100_000}, "killed")
        before = max(steps("killed"), default=0)
        while max(steps("killed"), default=0) <= before + 3:
            assert [process.poll() for process in processes] == [None, None]
            time.sleep(0.05)
        processes[victim].kill()
        survivor = processes[1 - victim]
        survivor.communicate(timeout=120)
        assert survivor.returncode != 0
        processes[victim].communicate()
        errors_of_workers = [path.read_text() for path in pathlib.Path().glob("killed.*.err")]
        assert any(
            "error: another of the 2 workers is gone" in errors for errors in errors_of_workers
        )
        for path in pathlib.Path().glob("killed.*.err"):
            path.unlink()

    # A signal to one of them stops both after the same step, and it is saved. Neither says that it
    # is done: a scheduler starts both again.
    processes = start_two(start, {**settings, "epochs": 100_000}, "killed")
    before = max(steps("killed"))
    while max(steps("killed")) <= before + 3:
        assert [process.poll() for process in processes] == [None, None]
        time.sleep(0.05)
    processes[1].send_signal(signal.SIGTERM)
    outputs = finish(*processes, status=128 + signal.SIGTERM)
    stopped_at, model = int(outputs[0].split()[1]), outputs[0].split()[2]
    assert model == "None"  # the chief was stopped too and exported nothing
    assert int(outputs[1].split()[1]) == stopped_at == max(steps("killed"))

    # To the end of the epoch: together, these parts equal an undisturbed run.
    epochs = stopped_at // STEPS_PER_EPOCH + 1
    finish(*start_two(start, {**settings, "epochs": epochs}, "killed"))
    finish(*start_two(start, {**settings, "epochs": epochs}, "undisturbed"))
    killed, undisturbed = values("killed"), values("undisturbed")
    assert killed.keys() == undisturbed.keys()
    for name, expected in undisturbed.items():
        np.testing.assert_array_equal(killed[name], expected, err_msg=name)


# Only the chief exports.
KILL_THE_CHIEF = """
import os, signal
from kerasgan.training import finish

def kill(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

finish.export_saved_model = kill
"""


@pytest.mark.slow
def test_no_worker_ends_before_the_chief_has_exported(start):
    settings = {**SETTINGS, "epochs": 1}
    chief, other = start_two(start, settings, "run", before=KILL_THE_CHIEF)
    assert chief.wait(timeout=300) == -signal.SIGKILL
    assert other.wait(timeout=120) != 0
    assert max(steps("run")) == STEPS_PER_EPOCH
    outputs = finish(*start_two(start, settings, "run"))
    assert outputs == ["done 6 saved_models/generator/1\n", "done 6 None\n"]
