"""The wheel, built from the source archive and installed outside the checkout."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]

# The others in a checkout hold what users made.
_FOLDERS = (".ci", ".github", "benchmarks", "docs", "examples", "flags", "kerasgan", "tests")

# What a user might write, with a mistake in each of the lines that say so.
USER_PROGRAM = """
import pathlib

import kerasgan

version: str = kerasgan.__version__
config = kerasgan.Config(image_size=(16, 16), epochs=1)
generator = kerasgan.build_generator((16, 16, 3), base_filters=4)
discriminator = kerasgan.build_discriminator((16, 16, 3), base_filters=4)
gan = kerasgan.GAN(generator=generator, discriminator=discriminator, ema_decay=0.99)
loss: kerasgan.AdversarialLoss = kerasgan.LOSSES["hinge"]
painter = kerasgan.painter_of_run(pathlib.Path("run"))
side: int = painter.image_shape[0]
outcome = kerasgan.train(config, pathlib.Path("run"))

kerasgan.GAN(generator=generator)  # mistake
kerasgan.GAN(generator=generator, discriminator=discriminator, ema_decay="slow")  # mistake
kerasgan.build_generator(64)  # mistake
kerasgan.train("celeba")  # mistake
text: str = painter.image_shape[0]  # mistake
kerasgan.GANN  # mistake
"""


def run(*command, cwd):
    result = start(*command, cwd=cwd)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def start(*command, cwd):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, cwd=cwd, env=environment
    )


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The folder of the source archive and the wheel built from it, made without a download."""
    folder = tmp_path_factory.mktemp("checkout")
    checkout = folder / "kerasgan"
    for name in _FOLDERS:
        shutil.copytree(
            ROOT / name,
            checkout / name,
            symlinks=True,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git":
            shutil.copy(path, checkout)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", cwd=checkout)
    return folder / "dist"


@pytest.fixture(scope="module")
def source_archive(dist):
    (archive,) = dist.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="module")
def wheel(dist):
    (archive,) = dist.glob("*.whl")
    return archive


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The interpreter of an environment with the wheel and what this one has, but no checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    paths = {"base": str(folder), "platbase": str(folder)}
    packages = pathlib.Path(sysconfig.get_path("purelib", "venv", paths))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


@pytest.mark.slow
def test_the_source_archive_can_be_tested_and_locked(source_archive):
    with tarfile.open(source_archive) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    tracked = {
        "CITATION.cff",
        "LICENSE",
        "Makefile",
        "requirements.lock",
        "docs/own_pictures.ipynb",
    }
    for folder in ("docs", "examples", "flags", "kerasgan", "tests"):
        for ending in ("cfg", "flags", "md", "png", "py", "rst", "txt", "yaml"):
            paths = (ROOT / folder).rglob(f"*.{ending}")
            tracked |= {str(path.relative_to(ROOT)) for path in paths}
    made = ("docs/reference/flags.md", "docs/reference/api/")  # by `make docs`
    assert {path for path in tracked if not path.startswith(made)} <= names


def test_the_archives_may_be_uploaded(source_archive, wheel):
    shown = run(sys.executable, "-m", "twine", "check", "--strict", source_archive, wheel, cwd=ROOT)
    assert shown.count("PASSED") == 2


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for preset in (ROOT / "flags").iterdir():
            assert archive.read(f"kerasgan/presets/{preset.name}") == preset.read_bytes()
    data = {"py.typed", "metrics/embedded.npz", "notebook/widget.js"}
    assert {f"kerasgan/{name}" for name in data} <= names
    page = ROOT / "kerasgan" / "serving" / "page"
    files = {str(path.relative_to(ROOT)) for path in page.rglob("*") if path.is_file()}
    assert files == {name for name in names if name.startswith("kerasgan/serving/page/")}
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "kerasgan").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == modules
    assert {name.split("/")[0].split("-")[0] for name in names} == {"kerasgan"}


def test_the_installed_commands_run(python, tmp_path):
    where = run(python, "-c", "import kerasgan; print(kerasgan.__file__)", cwd=tmp_path)
    assert pathlib.Path(where).is_relative_to(python.parents[1])
    assert "  main  " in run(python, "-m", "kerasgan", cwd=tmp_path)
    shown = start(python, "-m", "kerasgan.main", "--help", cwd=tmp_path).stdout
    assert "--preset:<celeba64|" in "".join(shown.split())  # the lines are broken anywhere


@pytest.mark.slow
def test_a_type_checker_finds_the_mistakes_in_a_users_program(python, tmp_path):
    (tmp_path / "program.py").write_text(USER_PROGRAM)
    shown = start(python, "-m", "mypy", "--strict", "program.py", cwd=tmp_path)
    found = {int(line) for line in re.findall(r"^program\.py:(\d+): error", shown.stdout, re.M)}
    lines = USER_PROGRAM.splitlines()
    assert found == {number for number, line in enumerate(lines, 1) if line.endswith("# mistake")}


@pytest.mark.slow
def test_a_preset_trains_from_the_installed_package(python, tmp_path):
    tiny = ["image_size=16", "base_filters=2", "num_images=32", "epochs=1", "num_samples=4"]
    flags = [f"--{setting}" for setting in tiny]
    shown = run(python, "-m", "kerasgan.main", "--preset=quick", *flags, cwd=tmp_path)
    assert "saved_models/generator/1 (the state at step 2)" in shown
    flags = ["--model=saved_models/generator", "--num_images=4"]
    run(python, "-m", "kerasgan.sample", *flags, cwd=tmp_path)
    assert (tmp_path / "samples.png").exists()
