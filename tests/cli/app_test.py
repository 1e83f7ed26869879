import json
import os
import subprocess
import sys

SHOW = """
import json
from absl import flags
from kerasgan.cli import app
flags.DEFINE_string("run_dir", None, "")
flags.DEFINE_string("cache_dir", "~/cache", "")
flags.DEFINE_string("dataset", None, "")
flags.DEFINE_string("background", "white", "")
flags.DEFINE_list("runs", None, "")
names = ("run_dir", "cache_dir", "dataset", "background", "runs")
app.run(lambda: print(json.dumps({name: flags.FLAGS[name].value for name in names})))
"""


def run(*command, home):
    environment = {**os.environ, "HOME": str(home)}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, cwd=home, env=environment
    )


def test_a_tilde_is_the_home_folder_in_every_path(tmp_path):
    (tmp_path / "some.flags").write_text("--runs=~/a,b,~/c\n")
    arguments = ["--run_dir=~/run", "--dataset=~/photos", "--flagfile=some.flags"]
    shown = run("-c", SHOW, *arguments, home=tmp_path)
    assert json.loads(shown.stdout) == {
        "run_dir": f"{tmp_path}/run",
        "cache_dir": f"{tmp_path}/cache",
        "dataset": "~/photos",  # as config.json remembers it
        "background": "white",
        "runs": [f"{tmp_path}/a", "b", f"{tmp_path}/c"],
    }


def test_a_command_looks_into_the_home_folder(tmp_path):
    (tmp_path / "file").touch()
    refused = run("-m", "kerasgan.main", "--run_dir=~/file", home=tmp_path)
    assert refused.stderr.startswith(f"error: --run_dir={tmp_path}/file: is a file")


def test_a_disk_that_fills_up_while_a_command_writes_is_reported_in_one_line(tmp_path):
    program = """
import resource
from kerasgan.cli import app
resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
def write():
    with open("figures.json", "w") as file:
        file.write("x" * 100)
app.run(write)
"""
    ended = run("-c", program, home=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == "error: the output cannot be written: File too large\n"


def test_a_flag_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "good.flags").write_text("--background=red\n")
    (tmp_path / "bad.flags").write_bytes("--background=rød\n".encode("utf-16"))
    for given in (["--flagfile=bad.flags"], ["--flagfile", "bad.flags"]):
        refused = run("-c", SHOW, "--flagfile=good.flags", *given, home=tmp_path)
        assert refused.returncode == 2
        message = "error: --flagfile=bad.flags: is not UTF-8 text; save it as UTF-8\n"
        assert refused.stderr == message


def test_without_a_home_folder_only_what_needs_one_is_refused(tmp_path):
    program = f"import os; os.path.expanduser = lambda path: path\n{SHOW}"
    shown = run("-c", program, "--run_dir=a", home=tmp_path)
    assert json.loads(shown.stdout)["cache_dir"] == "~/cache"  # a default that nothing has used
    refused = run("-c", program, "--runs=a,~/b", home=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == (
        "error: --runs=~/b: there is no such home folder here; set HOME, or name a folder\n"
    )
    assert not any(tmp_path.iterdir())
