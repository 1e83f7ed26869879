import contextlib
import os
import pathlib
import resource
import subprocess
import sys

import pytest
import tensorflow as tf

from kerasgan.errors import UserError
from kerasgan.files import (
    check_writable,
    local_path,
    new_file,
    replace_file,
    tensorflow_path,
    unfinished_folder,
    unfinished_path,
)


@contextlib.contextmanager
def small_files():
    """No file may grow beyond 10 bytes, which fails as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        yield
    finally:  # before the tests' own report is written, which may go to a file
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_has_its_name_only_when_it_is_complete(tmp_path):
    path = tmp_path / "a.gif"
    path.write_text("old")
    with new_file(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
        assert names(tmp_path) == ["a.gif", "a.gif.unfinished"]
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.gif"]


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), new_file(path) as unfinished:
        unfinished.write_text("ne")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    replace_file(path, b"old")
    with small_files(), pytest.raises(OSError, match="File too large"):
        replace_file(path, b"new" * 100)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_what_several_processes_write_has_different_names():
    path = pathlib.Path("folder/a.npz")
    several = {unfinished_path(path, shared=True) for _ in range(100)}
    assert len(several) == 100
    for unfinished in several:
        assert unfinished.parent == path.parent and unfinished.suffix == ".unfinished"


def test_a_folder_goes_unless_it_is_renamed(tmp_path):
    left_by_a_kill = tmp_path / "a.unfinished"
    left_by_a_kill.mkdir()
    (left_by_a_kill / "half").touch()
    with unfinished_folder(tmp_path / "a") as folder:
        assert names(folder) == []
        (folder / "whole").touch()
        folder.rename(tmp_path / "a")
    assert names(tmp_path) == ["a"]
    with pytest.raises(RuntimeError), unfinished_folder(tmp_path / "b") as folder:
        (folder / "half").touch()
        raise RuntimeError
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["whole"]


def test_checking_for_permission_writes_nothing(tmp_path):
    check_writable("run_dir", tmp_path / "a" / "b")
    assert not any(tmp_path.iterdir())
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"--run_dir=.*: .*file is not a folder"):
        check_writable("run_dir", tmp_path / "file" / "run")
    with pytest.raises(UserError, match=r"--run_dir=.*: File name too long"):
        check_writable("run_dir", tmp_path / ("n" * 300))


def test_a_link_to_nowhere_is_refused(tmp_path):
    (tmp_path / "models").symlink_to("nowhere/models")
    for folder in (tmp_path / "models", tmp_path / "models" / "generator"):
        with pytest.raises(
            UserError,
            match=f"--saved_models_dir={folder}: {tmp_path}/models is a link to nowhere/models, "
            "which does not exist",
        ):
            check_writable("saved_models_dir", folder)
    (tmp_path / "nowhere" / "models").mkdir(parents=True)
    check_writable("saved_models_dir", tmp_path / "models" / "generator")


@pytest.mark.parametrize("url", ["gs://bucket/run", "https://a.org/b", "s3://b", "file:///tmp/a"])
def test_a_url_is_not_a_path(url):
    shown = url.replace("///", "//")
    message = f"--run_dir={shown}: is a URL; must be a path on this machine"
    with pytest.raises(UserError) as refused:
        check_writable("run_dir", pathlib.Path(url))
    assert str(refused.value) == message
    with pytest.raises(UserError) as refused:
        local_path("run_dir", url)
    assert str(refused.value) == message


@pytest.mark.parametrize("path", ["a:b/c", "./gs:/a", "1:/b", "C:/a"])
def test_other_colons_are_part_of_a_name(path):
    assert local_path("run_dir", path) == pathlib.Path(path)


def test_a_home_folder_that_does_not_exist_is_named_with_the_flag(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert local_path("cache_dir", "~/a") == pathlib.Path("/home/me/a")
    with pytest.raises(UserError, match="--cache_dir=~no-such-user/a: there is no such home"):
        local_path("cache_dir", "~no-such-user/a")


# A system without fcntl.
WITHOUT_LOCKS = """
import logging, pathlib, sys
sys.modules["fcntl"] = None
logging.basicConfig(format="%(message)s")
from kerasgan.data.cache import _lock
from kerasgan.runs.lock import RunLock
folder = pathlib.Path(sys.argv[1])
with RunLock(folder), _lock(folder / "a.lock") as locked:
    print(locked)
"""


@pytest.mark.slow
def test_a_system_without_locks_is_warned_of(tmp_path):
    shown = subprocess.run(
        [sys.executable, "-c", WITHOUT_LOCKS, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert shown.stdout == "False\n", shown.stderr
    assert f"{tmp_path} cannot be locked (this system has no flock): make sure" in shown.stderr
    assert "a.lock cannot be locked (this system has no flock): another run may" in shown.stderr


def test_files_need_no_tensorflow():
    program = "import sys; sys.modules['tensorflow'] = None; import kerasgan.files"
    subprocess.run([sys.executable, "-c", program], check=True)


NAMES = ["a[1]", "a[b", "[]", "a*", "?", "C:\\runs\\one", "a\\", "caf\udce9", "[x]\\*?\udcff"]


@pytest.mark.parametrize("name", NAMES)
def test_tensorflow_writes_and_reads_in_any_folder(tmp_path, name):
    neighbour = tmp_path / "a1"  # which is what some of the names would match
    for value, folder in ((1.0, neighbour), (2.0, tmp_path / name)):
        folder.mkdir()
        tf.train.Checkpoint(x=tf.Variable(value)).write(tensorflow_path(folder / "ckpt-1"))
        with tf.io.TFRecordWriter(tensorflow_path(folder / "records")) as file:
            file.write(b"%d" % value)
        module = tf.Module()
        module.x = tf.Variable(value)
        tf.saved_model.save(module, tensorflow_path(folder / "1"))
    x = tf.Variable(0.0)
    status = tf.train.Checkpoint(x=x).read(tensorflow_path(tmp_path / name / "ckpt-1"))
    status.assert_existing_objects_matched()
    assert x.numpy() == 2.0
    model = tf.saved_model.load(tensorflow_path(tmp_path / name / "1"))
    assert model.x.numpy() == 2.0
    assert names(tmp_path / name) == names(neighbour)
    (record,) = tf.data.TFRecordDataset([tensorflow_path(tmp_path / name / "records")])
    assert record.numpy() == b"2"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_or_folder_of_any_name_is_given_to_tensorflow(tmp_path, name):
    path = tmp_path / f"{name}.keras"
    path.write_text("content")
    plain = tensorflow_path(path)
    assert plain.endswith(".keras")
    assert tf.io.gfile.glob(plain) == [plain]
    assert pathlib.Path(plain).read_text() == "content"


@pytest.mark.parametrize("name", ["a b", "ü", "a]b", "{x}", "a:b", "#%$", "~"])
def test_other_paths_stay_as_they_are(tmp_path, name):
    assert tensorflow_path(tmp_path / name) == str(tmp_path / name)
    assert tensorflow_path(pathlib.Path(name)) == name


LINKS = """
import pathlib, sys
from kerasgan.files import tensorflow_path
print(tensorflow_path(pathlib.Path("a[1]/x")))
"""


def test_links_for_tensorflow_go_with_the_process(tmp_path):
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", LINKS],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert shown.stdout.startswith(f"{tmp_path}/kerasgan-"), shown.stderr
    assert names(tmp_path) == []


def test_a_path_that_cannot_be_given_to_tensorflow_is_refused_in_one_line(tmp_path):
    (tmp_path / "t[1]").mkdir()
    shown = subprocess.run(
        [sys.executable, "-c", LINKS],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "TMPDIR": str(tmp_path / "t[1]"),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    )
    assert shown.stderr.splitlines()[-1] == (
        "kerasgan.errors.UserError: a[1]/x: has characters that TensorFlow does not take in a "
        f"path, and no link to it can be made in {tmp_path}/t[1] (its path has such characters "
        "too); choose another path, or another TMPDIR"
    )
