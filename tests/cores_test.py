import os
import subprocess
import sys

from kerasgan.cores import usable_cores


def test_the_cores_are_those_that_this_process_may_use():
    assert usable_cores() == len(os.sched_getaffinity(0))
    program = (
        "import os; from kerasgan.cores import usable_cores\n"
        "os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); print(usable_cores())"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert shown.stdout == "1\n", shown.stderr


def test_without_affinity_all_cores_count(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert usable_cores() == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1
