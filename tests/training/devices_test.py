"""What is set before TensorFlow starts, in processes of their own."""

import os
import subprocess
import sys

import pytest

from kerasgan.config import Config
from kerasgan.training.devices import choose_steps_per_execution


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "share"),
    [
        ("", 2),  # the default recipe: each of two operations has half of the cores
        ("base_filters=64, batch_size=64", 1),
        ("base_filters=32, batch_size=16, image_size=128", 1),
    ],
)
def test_threads_follow_the_size_of_a_step(settings, share):
    program = (
        "from kerasgan.config import Config; from kerasgan.training.devices import use_devices\n"
        f"use_devices(Config({settings}))\n"
        "import tensorflow as tf\n"
        "print(tf.config.threading.get_inter_op_parallelism_threads(),\n"
        "      tf.config.threading.get_intra_op_parallelism_threads())"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    cores = len(os.sched_getaffinity(0))
    assert result.stdout.split() == ["2", str(max(1, cores // share))]


@pytest.mark.parametrize(
    ("settings", "steps_per_epoch", "first_step", "expected"),
    [
        ({}, 1600, 0, 10),
        ({}, 1600, 3200, 10),
        ({}, 1600, 1605, 5),  # continued where a run of other intervals had stopped
        ({}, 1600, 7, 1),
        ({}, 1601, 0, 1),  # the end of an epoch
        ({"log_every_steps": 8}, 1600, 0, 4),
        ({"sample_every_steps": 6}, 1600, 0, 2),
        ({"log_every_steps": 1}, 1600, 0, 1),
        ({"profile": "3:5"}, 1600, 0, 1),
    ],
)
def test_no_callback_is_skipped(settings, steps_per_epoch, first_step, expected):
    number = choose_steps_per_execution(
        Config(**settings),
        steps_per_epoch=steps_per_epoch,
        first_step=first_step,
        on_gpu=True,
    )
    assert number == expected


def test_a_processor_takes_steps_one_by_one():
    options = {"steps_per_epoch": 1600, "first_step": 0, "on_gpu": False}
    assert choose_steps_per_execution(Config(), **options) == 1
