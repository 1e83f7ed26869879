import json
import os
import subprocess
import sys

import pytest

# Builds the networks of a run, and paints with them.
PROGRAM = """
from kerasgan.cli import app
def work():
    app.start_tensorflow()
    import keras
    from kerasgan.config import Config
    from kerasgan.model.build import build_gan
    gan = build_gan(Config(image_size=16, base_filters=2, latent_dim=4))
    images = gan.ema_generator(keras.ops.ones([2, 4]))
    print(tuple(images.shape), keras.backend.standardize_dtype(images.dtype))
    print({weight.dtype for weight in gan.weights if "float" in weight.dtype})
    return 0
app.run(work)
"""


def run(home, content, **environment):
    (home / ".keras").mkdir()
    path = home / ".keras" / "keras.json"
    path.write_text(content)
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        capture_output=True,
        text=True,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("KERAS")},
            "PYTHONPATH": os.pathsep.join(sys.path),
            "HOME": str(home),
            **environment,
        },
    )
    return shown, path


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"image_data_format": "channels_first", "floatx": "float16", "epsilon": 1e-3},
        {"floatx": "float64", "backend": "torch"},
        {"backend": "no_such_backend", "nnx_enabled": False},
    ],
)
def test_the_settings_of_other_work_change_nothing(tmp_path, settings):
    shown, _ = run(tmp_path, json.dumps(settings))
    assert shown.stdout == "(2, 16, 16, 3) float32\n{'float32'}\n", shown.stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[1]", "they must be a JSON object"),
        ('{"floatx": "bfloat16"}', "floatx is 'bfloat16'; must be one of float16, "),
        ('{"image_data_format": "first"}', "image_data_format is 'first'; must be one of "),
        ('{"image_data_format": null}', "image_data_format is None; must be one of "),
        ('{"epsilon": 1}', "epsilon is 1; must be a number with a decimal point"),
    ],
)
def test_settings_that_keras_refuses_are_one_line(tmp_path, content, reason):
    shown, path = run(tmp_path, content)
    (line,) = shown.stderr.splitlines()
    assert line.startswith(f"error: {path}: Keras refuses its settings: {reason}")
    assert shown.returncode == 2


@pytest.mark.slow
def test_a_file_that_is_no_json_is_ignored(tmp_path):
    shown, _ = run(tmp_path, "{broken")
    assert shown.returncode == 0, shown.stderr
