"""Every ```bash block of README.md and docs/ is executed, or says on the line before what it needs.

The commands run as they stand, in a folder with a tiny run, its model, and pictures. Two things are
done to them, both listed here: placeholders like <folder> become files of that folder, and settings
that make them small are added after their own: of two, the last one counts.
"""

import functools
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

from kerasgan.config import Config
from kerasgan.training.loop import train

ROOT = pathlib.Path(__file__).parents[2]

PLACEHOLDERS = {
    "<folder of pictures>": "pictures",
    "<folder>": "pictures",
    "<pictures.zip>": "pictures.zip",
    "photo.jpg": "pictures/0.png",
    "--checkpoint=3200": "--checkpoint=4",  # the tiny run's last step
    "--num_images=50000": "--num_images=20",
    "--num_images=1000": "--num_images=20",
}

TINY = [
    "--image_size=16",
    "--base_filters=2",
    "--num_images=32",
    "--batch_size=8",
    "--epochs=1",
    "--num_samples=4",
    "--metrics=swd",
    "--best_metric=swd",
    "--evaluate_images=16",
    "--evaluate_images_at_end=16",
]

# For each command, a function from its arguments to the flags that are added after them.
SMALLER = {
    "kerasgan.main": lambda arguments: (
        # A run that exists is continued with its own settings; a new one names its data.
        ["--epochs=2"]
        if any(given.startswith("--run_dir") for given in arguments)
        and not any(given.startswith("--dataset") for given in arguments)
        else TINY
    ),
    "kerasgan.evaluate": lambda arguments: ["--num_samples=32"],
    "kerasgan.interpolate": lambda arguments: ["--num_frames=4", "--side=2"],
    "kerasgan.project": lambda arguments: ["--candidates=32", "--steps=3"],
    "kerasgan.explain": lambda arguments: {
        "few_images": ["--steps=4"],
        "slopes": ["--steps=50"],
        "toy": ["--steps=50"],
        "gradients": ["--steps=2"],
    }.get(arguments[0], []),
}

# Keras reads its variables with np.array, whose protocol NumPy 2 extended.
_KERAS = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"

_BLOCK = re.compile(
    r"^(?P<mark><!-- needs: (?P<needs>[^\n]+) -->\n)?```bash\n(?P<code>.*?)^```", re.M | re.S
)


def blocks():
    """(file, number, what it needs or None, code) of every block."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for number, match in enumerate(_BLOCK.finditer(path.read_text()), start=1):
            yield path.relative_to(ROOT), number, match["needs"], match["code"]


RUNNABLE = [
    pytest.param(code, id=f"{path}:{number}") for path, number, needs, code in blocks() if not needs
]


@functools.cache
def commands(code):
    """The lines of a block, continued ones joined, comments gone."""
    lines = code.replace("\\\n", " ").splitlines()
    split = [shlex.split(_fill_in(line), comments=True) for line in lines]
    return [line for line in split if line]


def _fill_in(line):
    for placeholder, value in PLACEHOLDERS.items():
        line = line.replace(placeholder, value)
    return line


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """What a reader has at this point: a run, its model, pictures, and the repository's files."""
    place = tmp_path_factory.mktemp("reader")
    config = Config(
        image_size=16,
        base_filters=2,
        latent_dim=100,
        num_images=32,
        batch_size=8,
        epochs=1,
        num_samples=4,
        log_every_steps=2,
        sample_every_steps=2,
        metrics="swd",
        best_metric="swd",
        evaluate_images=16,
        evaluate_images_at_end=16,
        saved_models_dir=str(place / "saved_models"),
        strategy="single",
    )
    train(config, place / "runs" / "0001-synthetic_faces")
    config_file = place / "runs" / "0001-synthetic_faces" / "config.json"
    settings = json.loads(config_file.read_text())
    # As a reader's run has it: later commands run within the folder.
    config_file.write_text(json.dumps({**settings, "saved_models_dir": "saved_models"}))
    (place / "pictures").mkdir()
    for index, picture in enumerate(np.random.default_rng(0).integers(256, size=[32, 16, 16, 3])):
        Image.fromarray(picture.astype(np.uint8)).save(place / "pictures" / f"{index}.png")
    with zipfile.ZipFile(place / "pictures.zip", "w") as archive:
        for path in sorted((place / "pictures").iterdir()):
            archive.write(path, path.name)
    for name in ("flags", "examples", "docs", "benchmarks"):
        (place / name).symlink_to(ROOT / name)
    return place


@pytest.fixture(scope="session")
def worker():
    """Runs commands of the package; returns status and output."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-W", _KERAS, str(ROOT / "tests" / "docs" / "worker.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )

    def run(arguments, folder):
        process.stdin.write(json.dumps({"arguments": arguments, "folder": str(folder)}) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    with process:  # at the end closes the pipes, at which the worker ends
        yield run


@pytest.mark.slow
@pytest.mark.parametrize("code", RUNNABLE)
def test_commands_run_as_they_stand(code, template, worker, tmp_path):
    folder = tmp_path / "reader"
    shutil.copytree(template, folder, symlinks=True)
    for words in commands(code):
        assert words[:2] == ["python", "-m"], (
            f"{words}: not a command of the package; mark what it needs"
        )
        module, *arguments = words[2:]
        smaller = SMALLER.get(module, lambda arguments: [])(arguments)
        answer = worker([module, *arguments, *smaller], folder)
        helping = "--help" in arguments and answer["status"] in (0, 1)  # absl's exits with 1
        assert helping or answer["status"] == 0, f"{shlex.join(words)}\n{answer['output']}"


def test_most_blocks_are_executed():
    marked = [needs for _, _, needs, _ in blocks() if needs]
    assert len(RUNNABLE) > len(marked)


def test_no_command_hides_in_an_unmarked_fence():
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for fence, code in re.findall(r"^```(\w*)\n(.*?)^```", path.read_text(), re.M | re.S):
            if fence != "bash":
                assert not re.search(r"^(python|pip|make|curl|docker) ", code, re.M), path
