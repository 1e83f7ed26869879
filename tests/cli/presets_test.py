import json
import os
import pathlib
import subprocess
import sys

import pytest

from kerasgan.cli.presets import known_presets

FLAGS = pathlib.Path(__file__).parents[2] / "flags"

SHOW = """
import json
import kerasgan.main
from kerasgan.cli import app, setting_flags
from kerasgan.config import Config
kerasgan.main.define_flags()
app.run(lambda: print(json.dumps(setting_flags.given_settings(Config))))
"""


def show(*arguments, cwd):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(
        [sys.executable, "-c", SHOW, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
    )


def settings(*arguments, cwd):
    shown = show(*arguments, cwd=cwd)
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout)


def test_every_flag_file_is_a_preset():
    assert known_presets() == sorted(path.stem for path in FLAGS.glob("*.flags"))
    assert {"quick", "celeba64"} <= set(known_presets())


@pytest.mark.parametrize("name", known_presets())
def test_a_preset_equals_its_flag_file_in_any_working_directory(tmp_path, name):
    from_file = settings(f"--flagfile={FLAGS / name}.flags", cwd=tmp_path)
    assert settings(f"--preset={name}", cwd=tmp_path) == from_file


def test_other_flags_win_on_either_side_of_a_preset(tmp_path):
    (tmp_path / "some.flags").write_text("--norandom_flip\n--preset=celeba64\n")
    alone = settings("--preset=celeba64", cwd=tmp_path)
    assert (alone["epochs"], alone["batch_size"], alone["random_flip"]) == (40, 64, True)
    for arguments in (["--epochs=3", "--preset", "celeba64"], ["--preset=celeba64", "--epochs=3"]):
        assert settings(*arguments, cwd=tmp_path) == {**alone, "epochs": 3}
    assert settings("--flagfile=some.flags", cwd=tmp_path) == {**alone, "random_flip": False}


def test_an_unknown_preset_is_refused_in_one_line_that_lists_the_known_ones(tmp_path):
    refused = show("--preset=celeba", cwd=tmp_path)
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    assert line.startswith("error: flag --preset=celeba: ")
    assert all(name in line for name in known_presets())
