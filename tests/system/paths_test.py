"""Folders with names that TensorFlow would read as patterns, or that are no UTF-8."""

import json
import os
import subprocess
import sys

import pytest
from PIL import Image

from kerasgan.runs.checkpoints import checkpoint_steps

# Everything at once: a set, wildcards, a backslash, and a byte that is not UTF-8.
NAME = "x[1]*?\\y\udce9"
SETTINGS = (
    "--image_size=16",
    "--batch_size=16",
    "--base_filters=2",
    "--penalty=none",  # quick to compile
    "--noskip_sums",
    "--nominibatch_deviation",
    "--latent_dim=6",
    "--num_samples=4",
    "--metrics=swd",
    "--best_metric=swd",
    "--evaluate_images=16",
    "--evaluate_images_at_end=16",
    "--profile=1:1",
    "--cache=disk",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with such a name, in which another of the same pattern does not disturb."""
    folder = tmp_path_factory.mktemp("paths")
    for name in (NAME, "x1abc\\y\udce9"):
        faces = folder / name / "faces"
        faces.mkdir(parents=True)
        for index in range(16):
            Image.new("RGB", (16, 16), (15 * index, 0, 99)).save(faces / f"{index}.png")
        (faces / "caf\udce9.png").write_bytes(b"no picture")
    return folder / NAME


def run(command, place, *arguments):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    shown = subprocess.run(
        [sys.executable, "-m", f"kerasgan.{command}", *arguments],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        cwd=place.parent,
        env=environment,
    )
    assert shown.returncode == 0, shown.stderr
    assert "Traceback" not in shown.stderr
    return shown.stdout


@pytest.fixture(scope="module")
def finished(place):
    """A run that has been continued, with everything in such folders."""
    where = (
        f"--dataset={place}/faces",
        f"--run_dir={place}/run",
        f"--saved_models_dir={place}/models",
        f"--cache_dir={place}/cache",
        "--max_bad_fraction=0.2",
    )
    run("main", place, *SETTINGS, *where, "--epochs=1")
    run("main", place, f"--run_dir={place}/run", "--epochs=2")
    return place


@pytest.mark.slow
def test_a_run_trains_continues_and_exports(finished):
    run_dir = finished / "run"
    assert checkpoint_steps(run_dir / "checkpoints")[-1] == 2
    assert json.loads((run_dir / "finished.json").read_text()) == {"step": 2}
    versions = sorted(path.name for path in (finished / "models" / "generator").iterdir())
    assert versions == ["1", "2"]
    assert list((run_dir / "logs").glob("events.out.tfevents.*"))
    assert list((run_dir / "logs").rglob("*.xplane.pb"))
    assert (finished / "cache" / "images").is_dir()
    skipped = json.loads((run_dir / "skipped_files.jsonl").read_text())
    assert skipped["name"] == "caf\udce9.png"
    neighbour = finished.parent / "x1abc\\y\udce9"
    assert [path.name for path in neighbour.iterdir()] == ["faces"]


@pytest.mark.slow
def test_its_results_can_be_used(finished):
    grid, scores = finished / "grid[1]*\udce9.png", finished / "scores[1].json"
    model = finished / "model[1]*\udce9.tflite"
    run("sample", finished, f"--model={finished}/models/generator", f"--output={grid}")
    with Image.open(grid) as opened:
        assert opened.size == (8 * 18 - 2, 8 * 18 - 2)
    run(
        *("evaluate", finished, f"--generated={finished}/run", f"--json={scores}"),
        *("--metrics=swd", "--num_samples=16", f"--cache_dir={finished}/cache"),
    )
    assert json.loads(scores.read_text())["fingerprint"]["data"] == f"{finished}/faces"
    run(
        *("export", finished, f"--run_dir={finished}/run", "--format=litert"),
        f"--output={model}",
    )
    assert model.stat().st_size > 1000
