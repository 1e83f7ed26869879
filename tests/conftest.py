"""Before TensorFlow starts: four logical CPUs, so that replicas can be tested without a GPU."""

import logging
import pathlib
import subprocess
import sys

import keras
import pytest
import tensorflow as tf
from xdist.scheduler import LoadScopeScheduling

from kerasgan.config import Config
from kerasgan.model.build import build_gan
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.runs.restore import RestoredRun

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 4
)

# Downloads that were given up retry in threads of their own, and would be in other tests' logs.
logging.getLogger("urllib3").setLevel(logging.ERROR)


# What takes longest, first: the last group to begin would else keep one process busy alone.
_FIRST = (
    "site",
    "pages",
    "docs/notebook_test.py",
    "system/multiworker_test.py",
    "system/replicas_test.py",
    "training/loop_test.py",
    "docs/commands_test.py",
)
_OF_THE_SITE = ("docs/site_test.py", "web/live_convolution_test.py", "web/live_toy_test.py")


def _group(nodeid):
    """What stays in one process: a file's tests, and the files that share a slow fixture."""
    path = nodeid.partition("::")[0].removeprefix("tests/")
    if path in (*_OF_THE_SITE, "web/site_test.py"):
        return "site"
    return "pages" if path.startswith("web/") else path


def pytest_collection_modifyitems(items):
    """Sorts the groups."""
    places = {name: place for place, name in enumerate(_FIRST)}
    items.sort(key=lambda item: places.get(_group(item.nodeid), len(_FIRST)))


def pytest_xdist_make_scheduler(config, log):
    """Gives groups to processes, in this order."""

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return _group(nodeid)

    config.option.loadscopereorder = False
    return Groups(config, log)


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture
def float64():
    """Layers and numbers in double precision, so that equal means equal to the last digits."""
    keras.config.set_dtype_policy("float64")
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


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


@pytest.fixture(scope="session")
def built_site(tmp_path_factory):
    """The folder of the site, built as `make docs` does: once, since it takes a minute."""
    folder = tmp_path_factory.mktemp("site")
    docs = pathlib.Path(__file__).parents[1] / "docs"
    options = ["-W", "--keep-going", "-q", "-d", tmp_path_factory.mktemp("doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, docs, folder]
    built = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture(scope="session")
def untrained_run(tmp_path_factory):
    """Makes a run with one checkpoint, whose images have much contrast; returns it and its folder.

    Networks with labels show other images for other labels although they were not trained.
    """

    def make(**settings):
        small = {"image_size": 16, "base_filters": 4, "latent_dim": 6, "skip_sums": False}
        config = Config(**small, **settings)
        gan = build_gan(config)
        kernel = gan.ema_generator.layers[-1].kernel
        kernel.assign(kernel * 5000)
        for conditions in gan.ema_generator.inputs[1:]:
            for layer in gan.ema_generator.layers:
                if isinstance(layer, keras.layers.Dense) and layer.input is conditions:
                    layer.kernel.assign(layer.kernel * 10)  # the embedding, which begins short
        gan.step.assign(5)
        run_dir = tmp_path_factory.mktemp("untrained")
        config.save(run_dir / CONFIG_FILE)
        checkpoint = tf.train.Checkpoint(gan=gan)
        manager = tf.train.CheckpointManager(
            checkpoint, str(run_dir / "checkpoints"), max_to_keep=3
        )
        manager.save(checkpoint_number=5)
        return RestoredRun(config, gan, 5), run_dir

    return make


@pytest.fixture(scope="session")
def run_of_classes(untrained_run):
    """A run whose labels are classes."""
    return untrained_run(label_kind="classes", label_names=("cat", "dog", "emu, or ostrich"))


@pytest.fixture(scope="session")
def run_of_attributes(untrained_run):
    """A run whose labels are attributes."""
    return untrained_run(label_kind="attributes", label_names=("glasses", "smile"))


@pytest.fixture(params=["classes", "attributes"])
def labelled_run(request):
    """Each of them."""
    return request.getfixturevalue(f"run_of_{request.param}")
