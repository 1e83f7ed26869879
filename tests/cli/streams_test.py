import os
import subprocess
import sys

import pytest

# Prints, logs and shows a bar as a training command does, and then leaves a file.
PROGRAM = """
import logging, pathlib, sys
from tqdm import tqdm
from kerasgan.cli import app
def work():
    for _ in tqdm(range(200), mininterval=0):
        print("x" * 1000)
        print("y" * 1000, file=sys.stderr)
        logging.getLogger("kerasgan").warning("z" * 1000)
    pathlib.Path(sys.argv[0]).with_name("done").touch()
    print("done")
    return 3
app.run(work)
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def shell(line, program):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    line = line.replace("PROGRAM", f"{sys.executable} -W error {program}")
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, env=environment, cwd=program.parent
    )


@pytest.mark.parametrize(
    "line",
    [
        "PROGRAM >/dev/full",
        "PROGRAM 2>/dev/full",
        "PROGRAM >/dev/full 2>/dev/full",
        "PROGRAM >&-",
        "PROGRAM 2>&-",
        "PROGRAM <&- >&- 2>&-",
        "PROGRAM | true; exit ${PIPESTATUS[0]}",
        "PROGRAM | head -1; exit ${PIPESTATUS[0]}",
        "PROGRAM 2>&1 >/dev/null | head -1; exit ${PIPESTATUS[0]}",
    ],
)
def test_output_that_cannot_be_written_does_not_end_a_command(line, program, tmp_path):
    shown = shell(line, program)
    assert shown.returncode == 3, shown.stderr
    assert (tmp_path / "done").exists()
    for said in (shown.stdout, shown.stderr):
        assert "Traceback" not in said and "Exception ignored" not in said


def test_output_that_can_be_written_is_written(program):
    shown = shell("PROGRAM", program)
    assert shown.stdout == ("x" * 1000 + "\n") * 200 + "done\n"
    assert shown.stderr.count("y" * 1000) == shown.stderr.count("z" * 1000) == 200
    assert "200/200" in shown.stderr


@pytest.mark.parametrize(
    "line",
    [
        "kerasgan | true",
        "kerasgan.main --help | true",
        "kerasgan.main --help >/dev/full",
        "kerasgan.main --epochs=x 2>/dev/full",
    ],
)
def test_help_and_error_messages_may_be_lost_too(line, program):
    shown = shell(f"{sys.executable} -m {line}", program)
    assert shown.stderr == ""


def test_the_descriptors_of_closed_streams_are_not_given_to_files(tmp_path, program):
    program.write_text(
        "import os, pathlib, sys\n"
        "from kerasgan.cli import app\n"
        "def work():\n"
        "    with open('result', 'w') as file:\n"
        "        os.write(2, b'a message of C++')\n"
        "        file.write('right')\n"
        "    return 0\n"
        "app.run(work)\n"
    )
    assert shell("PROGRAM <&- >&- 2>&-", program).returncode == 0
    assert (tmp_path / "result").read_text() == "right"
