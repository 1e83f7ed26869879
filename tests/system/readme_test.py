"""What the README says is true."""

import pathlib
import re
import runpy

import pytest

from kerasgan.config import Config
from kerasgan.model.networks.dcgan import build_generator
from kerasgan.serving.saved_model import export_saved_model
from kerasgan.settings import flag_settings

ROOT = pathlib.Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def code(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.slow
def test_the_notebook_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = [block for block in code("python") if "gan.fit" in block]
    names = {}
    exec(block, names)
    assert names["samples"].shape == (16, 32, 32, 3)
    assert int(names["gan"].step.numpy()) == 300
    assert len(list((tmp_path / "samples").iterdir())) == 3
    assert len(names["gan"].history.history["val_kid"]) == 3


def test_the_saved_model_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    generator = build_generator((64, 64, 3), base_filters=2)
    export_saved_model(generator, tmp_path / "saved_models" / "generator")
    (block,) = [block for block in code("python") if "saved_model.load" in block]
    names = {}
    exec(block, names)
    assert names["images"].shape == (16, 64, 64, 3)


def test_the_table_of_settings_is_the_generated_one():
    table = runpy.run_path(str(ROOT / "docs" / "flags.py"))["settings_table"]()
    assert table in README.split("## Settings")[1].split("## ")[0]
    named = re.findall(r"--(\w+)", table)
    assert named == [field.name for field in flag_settings(Config)]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_links_lead_to_existing_files(link):
    assert (ROOT / link).exists()


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+)  ", "\n".join(code("bash"))):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
