"""Before TensorFlow starts: four logical CPUs, so that replicas can be tested without a GPU."""

import subprocess

import keras
import pytest
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 4
)


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture
def popen():
    """subprocess.Popen, whose processes do not outlive the test."""
    started = []

    def start(command, **options):
        started.append(subprocess.Popen(command, text=True, **options))
        return started[-1]

    yield start
    for process in started:
        with process:
            process.kill()
