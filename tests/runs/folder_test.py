import os
import subprocess
import sys

import pytest

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.runs.folder import (
    create_run_dir,
    holds_run,
    refuse_changes,
    resolve_config,
)


@pytest.fixture
def run_dir(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    Config(epochs=3, batch_size=16, seed=5).save(folder / "config.json")
    return folder


def test_a_new_run_takes_the_defaults_for_what_is_not_given(tmp_path):
    assert resolve_config(None, {"epochs": 2}) == Config(epochs=2)
    assert resolve_config(tmp_path / "new", {"epochs": 2}) == Config(epochs=2)


def test_a_continued_run_keeps_its_own_settings(run_dir):
    assert resolve_config(run_dir, {"epochs": 9}) == Config(epochs=9, batch_size=16, seed=5)


def test_epochs_may_change_and_the_batch_size_may_not(run_dir):
    refuse_changes(Config(epochs=9, batch_size=16, seed=5), run_dir)
    with pytest.raises(UserError, match=r"--batch_size=32: the run in .* has 16"):
        refuse_changes(Config(epochs=3, batch_size=32, seed=5), run_dir)


def test_settings_that_do_not_affect_the_results_may_change(run_dir):
    same = {"epochs": 3, "batch_size": 16, "seed": 5}
    refuse_changes(
        Config(
            **same,
            strategy="mirrored",
            max_minutes=3.0,
            checkpoint_every_steps=7,
            keep_checkpoints=1,
            saved_models_dir="elsewhere",
        ),
        run_dir,
    )
    with pytest.raises(UserError, match=r"--beta_1=0.5: .*; only data_dir, .*epochs, .* may"):
        refuse_changes(Config(**same, beta_1=0.5), run_dir)


def test_what_a_kill_at_the_very_start_leaves_is_a_new_run(tmp_path):
    for name in ("run.lock", "config.json.unfinished"):
        (tmp_path / name).touch()
    assert not holds_run(tmp_path)


def test_what_holds_a_run(run_dir, tmp_path):
    assert holds_run(run_dir)
    assert not holds_run(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    assert not holds_run(tmp_path / "empty")
    with pytest.raises(UserError, match=r"--run_dir=.*: is a file"):
        holds_run(run_dir / "config.json")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(UserError, match=r"--run_dir=.*: holds files but no config.json"):
        holds_run(tmp_path / "photos")


def test_runs_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [create_run_dir(None, "faces").name for _ in range(3)]
    assert names == ["0001-faces", "0002-faces", "0003-faces"]
    os.rename("runs/0003-faces", "runs/0041-renamed")
    assert create_run_dir(None, "cats").name == "0042-cats"
    (tmp_path / "runs" / "2024-01-15_faces").mkdir()
    (tmp_path / "runs" / "20240115").mkdir()
    assert create_run_dir(None, "cats").name == "0043-cats"
    (tmp_path / "runs" / "9999-faces").mkdir()
    names = [create_run_dir(None, "faces").name for _ in range(3)]
    assert names == ["10000-faces", "10001-faces", "10002-faces"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    with pytest.raises(UserError, match="--run_dir=/proc/kerasgan: "):
        create_run_dir(tmp_path.__class__("/proc/kerasgan"), "faces")


TOO_LONG = "n" * 300


def test_a_name_that_is_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for check in (
        lambda: holds_run(tmp_path / TOO_LONG),
        lambda: resolve_config(tmp_path / TOO_LONG / "run", {}),
        lambda: create_run_dir(tmp_path / TOO_LONG, "faces"),
        lambda: create_run_dir(None, TOO_LONG),
    ):
        with pytest.raises(UserError, match=r"--run_dir=.*: File name too long"):
            check()


# root may read everything, so it becomes another user.
AS_NOBODY = """
import os, pathlib, sys
from kerasgan.files import check_writable
from kerasgan.runs.folder import holds_run
if os.geteuid() == 0:
    os.setuid(65534)
run_dir = pathlib.Path(sys.argv[1])
for check in (lambda: holds_run(run_dir), lambda: check_writable("saved_models_dir", run_dir)):
    try:
        check()
    except ValueError as error:
        print(type(error).__name__, error)
"""


def test_a_folder_that_may_not_be_entered_is_refused(tmp_path):
    run_dir = tmp_path / "locked" / "run"
    run_dir.mkdir(parents=True)
    run_dir.parent.chmod(0)
    try:
        shown = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(run_dir)], capture_output=True, text=True
        )
    finally:
        run_dir.parent.chmod(0o755)
    assert shown.stdout.splitlines() == [
        f"UserError --{flag}={run_dir}: Permission denied"
        for flag in ("run_dir", "saved_models_dir")
    ], shown.stderr
