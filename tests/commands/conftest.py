import contextlib
import importlib
import json
import os
import resource
import shutil
import subprocess
import sys

import pytest
from absl import flags

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.runs.restore import restore_run
from kerasgan.serving.saved_model import export_saved_model
from kerasgan.training.loop import train


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory):
    """A finished run with checkpoints at steps 4 and 8."""
    place = tmp_path_factory.mktemp("finished")
    config = Config(
        image_size=16,
        base_filters=4,
        latent_dim=6,
        num_images=64,
        batch_size=16,
        epochs=2,
        num_samples=4,
        sample_every_steps=2,
        log_every_steps=2,
        model_name="tiny",
        saved_models_dir=str(place / "saved_models"),
        strategy="single",
    )
    return train(config, place / "run").run_dir


@pytest.fixture
def changed_run(run_dir, tmp_path):
    """The run's last checkpoint as if made with other settings; returns its folder."""

    def change(**settings):
        folder = tmp_path / "run"
        (folder / "checkpoints").mkdir(parents=True)
        for path in (run_dir / "checkpoints").glob("ckpt-8.[!j]*"):  # without its own settings
            shutil.copy(path, folder / "checkpoints")
        saved = json.loads((run_dir / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**saved, **settings}))
        return folder

    return change


@pytest.fixture(scope="session")
def model(run_dir):
    """The folder of a model of the run's last checkpoint."""
    _, gan, _ = restore_run(run_dir)
    return export_saved_model(gan.ema_generator, run_dir.parent / "models" / "tiny").parent


@pytest.fixture
def process(tmp_path):
    """Runs `python -m kerasgan.<name> <arguments>` in an empty folder, and returns all about it."""

    def run(name, *arguments):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        # Commands run within this process set it, and take it for a user's wish if they find it.
        environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", f"kerasgan.{name}", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
        )

    return run


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """The same within this process, which has TensorFlow loaded already; returns what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")  # else the command sets it for good

    def run(name, *arguments):
        module = importlib.import_module(f"kerasgan.{name}")
        before = set(flags.FLAGS)
        module.define_flags()
        try:
            flags.FLAGS([name, *map(str, arguments)])
            assert module.main() == 0
        finally:
            for added in set(flags.FLAGS) - before:
                delattr(flags.FLAGS, added)
            flags.FLAGS.unparse_flags()
        return capsys.readouterr().out

    return run


@pytest.fixture
def refusal(command):
    """The one line with which a command refuses its flags."""

    def refuse(name, *arguments):
        with pytest.raises(UserError) as refused:
            command(name, *arguments)
        message = str(refused.value)
        assert "\n" not in message
        return message

    return refuse


@pytest.fixture
def full_disk():
    """A context in which no file may grow beyond 200 bytes, which fails as a full disk does."""

    @contextlib.contextmanager
    def limit():
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
        try:
            yield
        finally:  # before the tests' own report is written, which may go to a file
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit
