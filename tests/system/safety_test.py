"""No file that is loaded can run code or refer to files outside its folder."""

import ast
import pathlib
import shutil

import keras
import pytest
import tensorflow as tf

import kerasgan
from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.metrics.extractors import open_extractor
from kerasgan.model.build import build_gan
from kerasgan.runs.checkpoints import CheckpointWriter
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.runs.restore import restore_run

CONFIG = Config(image_size=16, base_filters=2, latent_dim=4)
SOURCES = sorted(pathlib.Path(kerasgan.__file__).parent.rglob("*.py"))


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {word.arg: word.value for word in node.keywords}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_source_file_uses_a_loader_that_could_run_code(path):
    tree = ast.parse(path.read_text())
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in [*node.names, ast.alias(getattr(node, "module", None) or "")]
    }
    assert not imported & {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    for name, words in calls(tree):
        assert name not in ("eval", "exec", "shutil.unpack_archive")
        assert not name.endswith((".extractall", ".extract"))
        if name in ("np.load", "numpy.load"):
            assert words["allow_pickle"].value is False
        if name.endswith("load_model"):
            assert words["safe_mode"].value is True


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_network_that_contains_code_is_refused(here):
    code = keras.layers.Lambda(lambda images: images[:, 0, 0])
    network = keras.Sequential([keras.Input([75, 75, 3]), code])
    for name in ("network.keras", "network.h5"):
        network.save(here / name)
        with pytest.raises(UserError, match=f"--extractor=.*{name}: "):
            open_extractor(str(here / name))


def test_a_run_reads_no_checkpoint_outside_its_folder(here):
    gan = build_gan(CONFIG)
    for run, step in (("elsewhere", 77), ("run", 5)):
        gan.step.assign(step)
        writer = CheckpointWriter(tf.train.Checkpoint(gan=gan))
        writer.write(here / run / "checkpoints", step, keep=3)
    CONFIG.save(here / "run" / CONFIG_FILE)
    # TensorFlow's list of checkpoints may name any path, so it is not read.
    (here / "run" / "checkpoints" / "checkpoint").write_text(
        f'model_checkpoint_path: "{here}/elsewhere/checkpoints/ckpt-77"\n'
    )
    assert restore_run(here / "run").step == 5
    shutil.rmtree(here / "elsewhere")
    assert restore_run(here / "run").step == 5


def test_a_config_is_read_as_data(here):
    for text in ('{"model_name": "../../x"}', '{"dataset": ["a"]}', "[1]", '{"__class__": "x"}'):
        (here / CONFIG_FILE).write_text(text)
        with pytest.raises(UserError):
            Config.load(here / CONFIG_FILE)
