import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.runs.restore import restore_run


def test_a_checkpoint_becomes_the_next_version(command, run_dir, tmp_path):
    (tmp_path / "faces" / "3").mkdir(parents=True)
    arguments = [f"--run_dir={run_dir}", "--checkpoint=4", "--output=faces", "--license=CC0-1.0"]
    assert command("export", *arguments) == "step 4 -> faces/4\n"
    version = tmp_path / "faces" / "4"
    metadata = json.loads((version / "assets" / "metadata.json").read_text())
    assert (metadata["step"], metadata["license"]) == (4, "CC0-1.0")
    assert metadata["metrics"]["step"] == 4
    latents = tf.random.stateless_normal([5, 6], seed=[2, 2])
    signatures = tf.saved_model.load(str(version)).signatures
    gan = restore_run(run_dir, "4").gan
    wanted = gan.ema_generator(latents, training=False)
    np.testing.assert_allclose(
        signatures["serving_default"](latents=latents)["images"], wanted, rtol=1e-5, atol=1e-6
    )
    wanted = gan.discriminator(wanted, training=False)
    images = signatures["serving_default"](latents=latents)["images"]
    np.testing.assert_allclose(
        signatures["discriminate"](images=images)["logits"], wanted, rtol=1e-4, atol=1e-5
    )


DRY_RUN = """\
serving_default
  latents        float32  [n, 6]
  -> images      float32  [n, 16, 16, 3]
sample
  seed           int64    [n]
  truncation     float32  [n]
  -> images      uint8    [n, 16, 16, 3]
sample_png
  seed           int64    [n]
  truncation     float32  [n]
  -> image_bytes string   [n]
interpolate
  start_seed     int64    [n]
  end_seed       int64    [n]
  position       float32  [n]
  -> images      uint8    [n, 16, 16, 3]
discriminate
  images         float32  [n, 16, 16, 3]
  -> logits      float32  [n, 1]
would write faces
"""


@pytest.mark.slow
def test_a_dry_run_prints_the_signatures_and_writes_nothing(process, run_dir, tmp_path):
    shown = process("export", f"--run_dir={run_dir}", "--output=faces", "--dry_run")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, DRY_RUN, "")
    assert list(tmp_path.iterdir()) == []


def test_files_are_written_next_to_the_model_and_replaced_only_on_request(
    command, refusal, run_dir
):
    models = run_dir.parent / "saved_models"
    path = models / "tiny.keras"
    arguments = [f"--run_dir={run_dir}", "--format=keras"]
    for _ in range(2):  # a default name may be replaced
        assert command("export", *arguments) == f"step 8 -> {path}\n"
    arguments.append(f"--output={path}")
    assert (
        refusal("export", *arguments) == f"--output={path}: exists; give --overwrite to replace it"
    )
    before = path.stat().st_ino
    command("export", *arguments, "--overwrite")
    assert path.stat().st_ino != before
    assert sorted(path.name for path in models.iterdir()) == [
        "tiny",
        "tiny.discriminator.keras",
        "tiny.keras",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--run_dir: must be given"),
        (["--run_dir=RUN", "--format=torch"], "--format=torch: must be saved_model, onnx, litert"),
        (
            ["--run_dir=RUN", "--format=onnx", "--license=MIT"],
            "--license: only a saved_model or a page has",
        ),
        (["--run_dir=RUN", "--latents=me.npz"], "--latents: only a page shows pictures, not saved"),
        (["--run_dir=nowhere"], "--run_dir=nowhere: there is no run there"),
        ([f"--run_dir={'n' * 300}"], f"--run_dir={'n' * 300}: File name too long"),
        (["--run_dir=RUN", f"--output={'n' * 300}"], f"--output={'n' * 300}: File name too long"),
        (
            ["--run_dir=RUN", "--format=keras", f"--output={'n' * 300}.keras"],
            f"--output={'n' * 300}.keras: File name too long",
        ),
        (
            ["--run_dir=RUN", "--checkpoint=5"],
            "--checkpoint=5: must be last, best, or a step of 0, 4, 8",
        ),
        (
            ["--run_dir=RUN", "--checkpoint=new"],
            "--checkpoint=new: must be last, best, or a step of 0, 4, 8",
        ),
        (["--run_dir=RUN", "--output=/proc/model"], "--output=/proc/model: "),
        (["--run_dir=RUN", "--output=s3://bucket/m"], "--output=s3://bucket/m: is a URL; must be"),
        (["--run_dir=RUN", "--format=onnx", "--output=a.pb"], "--output=a.pb: must end in .onnx"),
    ],
)
def test_mistakes_are_reported_in_one_line(refusal, run_dir, arguments, message):
    arguments = [argument.replace("RUN", str(run_dir)) for argument in arguments]
    assert refusal("export", *arguments).startswith(message)


@pytest.mark.parametrize("file_format", ["saved_model", "keras", "litert", "web"])
def test_a_full_disk_is_reported_and_leaves_nothing(
    refusal, run_dir, tmp_path, full_disk, file_format
):
    name = {
        "saved_model": "faces",
        "keras": "faces.keras",
        "litert": "faces.tflite",
        "web": "faces",
    }[file_format]
    with full_disk():
        message = refusal(
            "export", f"--run_dir={run_dir}", f"--format={file_format}", f"--output={name}"
        )
    assert message.startswith(f"--output={name}: cannot be written: ")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_run_that_never_reached_a_checkpoint_is_refused(refusal, run_dir, tmp_path):
    (tmp_path / "young").mkdir()
    shutil.copy(run_dir / CONFIG_FILE, tmp_path / "young")
    assert refusal("export", "--run_dir=young").startswith(
        "--run_dir=young: the run has no checkpoint yet"
    )


@pytest.mark.parametrize(
    "name", ["export", "sample", "interpolate", "arithmetic", "attributes", "project", "report"]
)
def test_help_does_not_wait_for_tensorflow(name):
    program = (
        "import sys; sys.argv = ['command', '--help']; sys.modules['tensorflow'] = None\n"
        f"import runpy; runpy.run_module('kerasgan.{name}', run_name='__main__')"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "--run_dir:" in shown.stdout, shown.stderr
    assert "--output:" in shown.stdout


@pytest.mark.parametrize(
    "name", ["export", "play", "sample", "interpolate", "arithmetic", "attributes", "report"]
)
def test_a_mistake_is_one_line_and_status_2(process, name):
    refused = process(name)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("error: --run_dir")
    assert refused.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_run_with_labels_is_exported_with_them(command, run_of_attributes, tmp_path):
    source = f"--run_dir={run_of_attributes[1]}"
    printed = command("export", source, "--output=faces", "--dry_run")
    assert printed.count("  labels         float32  [n, 2]\n") == 5
    assert "interpolate_labels\n  seed           int64    [n]\n  start_labels   float32" in printed
    assert command("export", source, "--output=faces") == "step 5 -> faces/1\n"
    labels = {"kind": "attributes", "names": ["glasses", "smile"]}
    metadata = json.loads((tmp_path / "faces" / "1" / "assets" / "metadata.json").read_text())
    assert metadata["labels"] == labels
    assert command("export", source, "--format=web", "--output=page") == "step 5 -> page\n"
    assert json.loads((tmp_path / "page" / "model.json").read_text())["labels"] == labels
