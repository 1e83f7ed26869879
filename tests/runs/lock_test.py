import errno
import fcntl
import os
import subprocess
import sys

import pytest

from kerasgan.errors import UserError
from kerasgan.runs.lock import RunLock

HOLD = """
import pathlib, sys
from kerasgan.runs.lock import RunLock
lock = RunLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_and_a_dead_one_blocks_nothing(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UserError, match=rf"--run_dir=.*: process {holder.pid} on .* is training"):
        RunLock(tmp_path)
    holder.kill()
    holder.communicate()
    with RunLock(tmp_path):
        assert f"process {os.getpid()} " in (tmp_path / "run.lock").read_text()
        with pytest.raises(UserError, match=f"process {os.getpid()} on"):
            RunLock(tmp_path)
    with RunLock(tmp_path):
        pass


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_without_locks_there_is_a_warning_and_training_goes_on(
    tmp_path, monkeypatch, caplog, number
):
    def refuse(file, operation):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with RunLock(tmp_path):
        assert f"process {os.getpid()} " in (tmp_path / "run.lock").read_text()
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{tmp_path} cannot be locked ({os.strerror(number)}): make sure that no other process "
        "trains there."
    )


def test_a_lock_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "run.lock").mkdir()
    with pytest.raises(UserError, match=r"--run_dir=.*: cannot write run.lock there: Is a direct"):
        RunLock(tmp_path)
