import os
import subprocess
import sys

import pytest

from kerasgan.errors import UserError
from kerasgan.locking import RunLock

HOLD = """
import pathlib, sys
from kerasgan.locking import RunLock
lock = RunLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_and_a_dead_one_is_not_in_the_way(tmp_path):
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
