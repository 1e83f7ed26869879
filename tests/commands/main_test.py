import json
import os
import pathlib
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.model.build import build_gan
from kerasgan.runs.folder import resolve_config
from kerasgan.settings import flag_settings
from kerasgan.training.loop import train

PRESETS = pathlib.Path(__file__).parents[2] / "flags"


def kerasgan(*arguments, **environment):
    inherited = dict(os.environ)
    # Commands run within this process set it, and take it for a user's wish if they find it.
    inherited.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.run(
        [sys.executable, "-m", "kerasgan.main", *arguments],
        capture_output=True,
        text=True,
        env={**inherited, **environment},
    )


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_help_lists_every_setting_without_waiting_for_tensorflow():
    program = (
        "import sys; sys.argv = ['main', '--help']; sys.modules['tensorflow'] = None\n"
        "import runpy; runpy.run_module('kerasgan.main', run_name='__main__')"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    for name in [*(setting.name for setting in flag_settings(Config)), "run_dir"]:
        assert f"--{name}:" in shown.stdout or f"--[no]{name}:" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--image_size=15"], "--image_size=15: must be SIDE or HEIGHTxWIDTH"),
        (["--g_learning_rate=-1"], "--g_learning_rate=-1.0: must be above 0"),
        (["--epochs=many"], "flag --epochs=many: invalid literal"),
        (["--loss=l2"], "--loss=l2: must be one of non_saturating, minimax"),
        (["--flagfile=missing.flags"], "'missing.flags'"),
        (["--epoch=3"], "Unknown command line flag 'epoch'. Did you mean: epochs ?"),
        (["epochs=3"], "epochs=3: flags begin with --"),
        (["--run_dir=file"], "--run_dir=file: is a file"),
        (["--dataset=nonsense"], "--dataset=nonsense: no such data set, folder or file; must be"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_everything_as_it_was(tmp_path, arguments, message):
    (tmp_path / "file").write_text("hello")
    before = sorted(tmp_path.rglob("*"))
    result = kerasgan(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ") and message in line
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("settings", "run_dir", "message"),
    [
        ({}, "file/run", "--run_dir=file/run: "),
        ({"dataset": "empty"}, None, "--dataset=empty: "),
        ({"dataset": "texts"}, None, "--dataset=texts: "),
        ({"dataset": "file"}, None, "--dataset=file: "),
        ({"num_images": 10}, None, "--batch_size=16: must be at most 10"),
        ({"num_images": 10}, "/proc/kerasgan", "--batch_size=16"),
        ({"batch_size": 4, "num_images": 8}, "/proc/kerasgan", "--run_dir=/proc/"),
    ],
)
def test_a_mistake_in_data_or_places_leaves_everything_as_it_was(
    tmp_path, settings, run_dir, message
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("hello")
    (tmp_path / "file").write_text("hello")
    before = sorted(tmp_path.rglob("*"))
    run_dir = pathlib.Path(run_dir) if run_dir else None
    with pytest.raises(UserError) as refused:  # what app.run prints
        train(resolve_config(run_dir, settings), run_dir)
    (line,) = str(refused.value).splitlines()
    assert message in line
    assert sorted(tmp_path.rglob("*")) == before


def test_other_backends_are_refused():
    result = kerasgan("--epochs=1", KERAS_BACKEND="torch")
    assert result.returncode == 2
    assert result.stderr == "error: KERAS_BACKEND=torch: must be tensorflow, or not set\n"


SMALL = {
    "image_size": 16,
    "batch_size": 4,
    "base_filters": 4,
    "num_samples": 4,
    "penalty": "none",  # quick to compile
    "skip_sums": False,
    "minibatch_deviation": False,
}


@pytest.mark.slow
def test_a_folder_and_a_zip_of_it_train_the_same_model(tmp_path):
    levels = np.random.default_rng(0).integers(0, 256, [8, 20, 24, 3], dtype=np.uint8)
    (tmp_path / "photos" / "nested").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for index, image in enumerate(levels):
            path = tmp_path / "photos" / "nested" / f"{index}.png"
            path.write_bytes(tf.io.encode_png(image).numpy())
            archive.write(path, f"nested/{index}.png")
    for place, run_dir in (("photos", "a"), ("photos.zip", "b")):
        train(Config(**SMALL, dataset=place, epochs=1), pathlib.Path(run_dir))
    pictures = [(tmp_path / run / "samples/ema_00000002.png").read_bytes() for run in "ab"]
    assert pictures[0] == pictures[1]


@pytest.mark.slow
def test_the_terminal_shows_progress_and_where_things_are():
    settings = {**SMALL, "num_images": 40, "epochs": 2}
    result = kerasgan(*(f"--{name}={value}" for name, value in settings.items()))
    assert result.returncode == 0
    assert "epoch 2/2: 100%" in result.stderr
    assert "images/s" in result.stderr and "g_loss" in result.stderr
    assert "runs/0001-synthetic_faces/samples" in result.stdout
    assert "tensorboard --logdir runs/0001-synthetic_faces --samples_per_plugin" in result.stdout
    assert "saved_models/generator/1" in result.stdout
    for noise in ("oneDNN", "cuda", "CUDA", "Warning", "WARNING", "rebuild TensorFlow"):
        assert noise not in result.stderr


@pytest.mark.slow
def test_tensorflow_logs_when_asked():
    result = kerasgan("--dataset=nonsense", TF_CPP_MIN_LOG_LEVEL="0")
    assert "oneDNN" in result.stderr or "rebuild TensorFlow" in result.stderr


def resolved(preset):
    """The settings that a preset gives, as the command line resolves them."""
    program = (
        "import sys, json, dataclasses; from absl import flags\n"
        "import kerasgan.main; from kerasgan.config import Config\n"
        "from kerasgan.cli.setting_flags import given_settings\n"
        "kerasgan.main.define_flags(); flags.FLAGS(['main', *sys.argv[1:]])\n"
        "print(json.dumps(dataclasses.asdict(Config(**given_settings(Config)))))"
    )
    command = [sys.executable, "-c", program, f"--flagfile={PRESETS / preset}"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return Config(**json.loads(result.stdout))


@pytest.mark.parametrize("preset", sorted(path.name for path in PRESETS.glob("*.flags")))
def test_presets_are_valid(preset):
    assert isinstance(resolved(preset), Config)


def test_the_quick_preset_is_the_defaults():
    assert resolved("quick.flags") == Config()


def test_the_dcgan_preset_is_the_paper():
    config = resolved("dcgan.flags")
    assert config.image_shape == (64, 64, 3)
    assert (config.g_learning_rate, config.d_learning_rate, config.beta_1) == (2e-4, 2e-4, 0.5)
    assert (config.loss, config.normalization) == ("non_saturating", "batch")
    assert (config.update_order, config.batch_size) == ("alternating", 128)
    gan = build_gan(config)
    counts = [
        sum(int(np.prod(weight.shape)) for weight in network.trainable_variables)
        for network in (gan.generator, gan.discriminator)
    ]
    assert counts == [3_576_704, 2_765_568]
