import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pytest

PAGE = {"index.html", "app.js", "model.json", "generator.tflite", "discriminator.tflite", "vendor"}


@pytest.mark.slow
@pytest.mark.parametrize("of", ["run_dir", "model"])
def test_a_page_is_served_to_this_machine_until_ctrl_c(popen, run_dir, model, tmp_path, of):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    source = {"run_dir": run_dir, "model": model}[of]
    # Where these tests run in the background, SIGINT is ignored, and children inherit that.
    program = (
        "import runpy, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "sys.argv[0] = 'play'; runpy.run_module('kerasgan.play', run_name='__main__')"
    )
    process = popen(
        [sys.executable, "-W", "error", "-c", program, f"--{of}={source}", "--nobrowser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment,
    )
    line = process.stdout.readline()
    assert line.startswith("http://127.0.0.1:"), process.stderr.read()
    assert line.endswith("/  (Ctrl-C ends it)\n")
    address = line.split()[0]
    with urllib.request.urlopen(address) as answer:
        assert b"A generator to play with" in answer.read()
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy
    for file, kind in (
        ("app.js", "text/javascript"),
        ("vendor/litert/litert_wasm_compat_internal.wasm", "application/wasm"),
    ):
        with urllib.request.urlopen(address + file) as answer:
            assert answer.headers.get_content_type() == kind
    for outside in ("../", "%2e%2e/%2e%2e/etc/passwd"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(address + outside + "x")
    assert list(tmp_path.iterdir())  # the page
    process.send_signal(signal.SIGINT)
    assert process.communicate() == ("", "")
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--run_dir or --model: must give exactly one of them"),
        (["--model=x", "--port=70000"], "--port=70000: must be at most 65535"),
        (["--model=nowhere"], "--model=nowhere: no such folder"),
    ],
)
def test_mistakes_are_told_in_one_line(refusal, arguments, message):
    assert refusal("play", *arguments) == message


def test_a_port_that_is_taken_is_told(refusal, model):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refusal("play", f"--model={model}", f"--port={port}")
    assert told == f"--port={port}: cannot be listened on: Address already in use"


@pytest.mark.slow
def test_an_export_is_a_page_beside_the_model(command, refusal, run_dir, tmp_path):
    arguments = [f"--run_dir={run_dir}", "--format=web"]
    page = run_dir.parent / "saved_models" / "tiny.web"
    for _ in range(2):  # a default name may be replaced
        assert command("export", *arguments) == f"step 8 -> {page}\n"
    assert {path.name for path in page.iterdir()} >= PAGE
    shutil.rmtree(page)  # other tests share the folder

    np.save(tmp_path / "me.npy", np.full([1, 6], 0.5))
    arguments += ["--output=faces", "--checkpoint=4", "--license=CC0-1.0", "--latents=me.npy"]
    assert command("export", *arguments) == "step 4 -> faces\n"
    description = json.loads((tmp_path / "faces" / "model.json").read_text())
    metadata = description["metadata"]
    assert (metadata["license"], metadata["step"]) == ("CC0-1.0", 4)
    assert description["pictures"] == [{"name": "me", "latents": [0.5] * 6}]
    np.save(tmp_path / "me.npy", np.zeros([65, 6]))
    told = refusal("export", *arguments, "--overwrite")
    assert told.startswith("--latents=me.npy: holds 65 latents; must be at most 64")
    (tmp_path / "me.npy").unlink()
    arguments.pop()
    (tmp_path / "faces" / "stale.txt").touch()
    assert refusal("export", *arguments) == "--output=faces: exists; give --overwrite to replace it"
    command("export", *arguments, "--overwrite")
    assert not (tmp_path / "faces" / "stale.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["faces"]


def test_what_is_no_page_is_never_replaced(refusal, run_dir, tmp_path):
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "photo.jpg").touch()
    (tmp_path / "file").touch()
    for name in ("faces", "file"):
        arguments = [f"--run_dir={run_dir}", "--format=web", f"--output={name}", "--overwrite"]
        told = refusal("export", *arguments)
        assert told.startswith(f"--output={name}: ")
    assert (tmp_path / "faces" / "photo.jpg").exists()
