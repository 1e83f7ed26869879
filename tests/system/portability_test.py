"""What systems without POSIX lack is not needed: tried here by taking it away."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from PIL import Image

from kerasgan.files import local_path
from kerasgan.runs.public import data_set_name

# As on Windows: no modules of POSIX alone, nor such functions, and no folder can be opened.
WITHOUT_POSIX = """
import errno, os, pathlib, shutil, sys
for name in ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
"""
IMPORT_ALL = """
import importlib, kerasgan
root = pathlib.Path(kerasgan.__file__).parent
for path in sorted(root.rglob("*.py")):
    parts = path.relative_to(root.parent).with_suffix("").parts
    if parts[-1] != "__main__":
        importlib.import_module(".".join(parts).removesuffix(".__init__"))
"""
TRAIN = """
import kerasgan.main
from kerasgan.cli import app
import numpy, tensorflow  # which may use what they find
for name in ("pread", "sched_getaffinity", "fork", "geteuid", "getuid"):
    delattr(os, name)
shutil._use_fd_functions = False  # as it is where folders cannot be opened
open_any = os.open
def open_as_windows_does(path, *arguments, **options):
    if os.path.isdir(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))
    return open_any(path, *arguments, **options)
os.open = open_as_windows_does
kerasgan.main.define_flags()
app.run(kerasgan.main.main)
"""


def run(program, cwd, *arguments):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_POSIX + program, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"},
    )


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--help"], ["--epochs=0"], ["--dataset=C:\\faces"]])
def test_commands_start_without_posix(tmp_path, arguments):
    shown = run("import runpy; runpy.run_module('kerasgan.main', run_name='__main__')", tmp_path,
                *arguments)  # fmt: skip
    assert "Traceback" not in shown.stderr
    assert "--run_dir" in shown.stdout or f"error: {arguments[0]}: " in shown.stderr


@pytest.mark.slow
def test_every_module_can_be_imported_without_posix(tmp_path):
    shown = run(IMPORT_ALL, tmp_path)
    assert shown.returncode == 0, shown.stderr


@pytest.mark.slow
def test_a_run_trains_and_continues_without_posix(tmp_path):
    faces = tmp_path / "faces"
    faces.mkdir()
    for index in range(16):
        Image.new("RGB", (16, 16), (15 * index, 0, 99)).save(faces / f"{index}.png")
    settings = (
        *("--dataset=faces", "--image_size=16", "--batch_size=8", "--base_filters=2"),
        *("--penalty=none", "--noskip_sums", "--nominibatch_deviation"),  # quick to compile
        *("--latent_dim=6", "--num_samples=4", "--metrics=swd", "--best_metric=swd"),
        *("--evaluate_images=16", "--evaluate_images_at_end=16", "--cache=disk"),
        *("--cache_dir=cache", "--learning_rate_decay=none", "--log_every_steps=1"),
    )
    for epochs in ("1", "2"):
        shown = run(TRAIN, tmp_path, *settings, "--run_dir=run", f"--epochs={epochs}")
        assert shown.returncode == 0, shown.stderr
        assert "run cannot be locked (this system has no flock): make sure that" in shown.stderr
    command = [sys.executable, "-m", "kerasgan.main", *settings, "--run_dir=whole", "--epochs=2"]
    subprocess.run(command, cwd=tmp_path, check=True, env={
        **os.environ, "PYTHONPATH": os.pathsep.join(sys.path)
    })  # fmt: skip

    def losses(run_dir):
        lines = (tmp_path / run_dir / "metrics.jsonl").read_text().splitlines()
        return [row["g_loss"] for row in map(json.loads, lines) if "g_loss" in row]

    assert losses("run") == losses("whole")
    assert len(losses("run")) == 4


@pytest.mark.parametrize(
    "path", ["C:\\Users\\me\\faces", "d:/faces", "\\\\server\\share\\faces", "faces\\mine", "x:y"]
)
def test_paths_of_windows_are_paths(path):
    assert local_path("run_dir", path) == pathlib.Path(path)


def test_the_public_name_of_a_path_of_windows_does_not_say_where_it_was():
    for path in ("C:\\Users\\me\\faces", "C:/Users/me/faces", "\\\\server\\me\\faces"):
        assert data_set_name(path) == "faces"
    assert data_set_name("C:\\me\\celeba") == "./celeba"
