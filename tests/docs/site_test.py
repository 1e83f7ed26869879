import pathlib
import re
import runpy
import subprocess
import sys

import pytest

import kerasgan
from kerasgan.config import SECTIONS, Config
from kerasgan.settings import flag_settings

ROOT = pathlib.Path(__file__).parents[2]


@pytest.mark.slow
def test_the_site_has_a_page_of_every_module_and_no_dead_link(built_site):
    flags = (built_site / "reference" / "flags.html").read_text()
    for field in flag_settings(Config):
        assert f"--{field.name}<" in flags
    package = pathlib.Path(kerasgan.__file__).parent
    for path in set(package.rglob("*.py")) - {package / "__main__.py"}:
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        assert (built_site / "reference" / "api" / f"{name}.html").is_file(), name
    dead = [
        (page.name, link)
        for page in built_site.rglob("*.html")
        for link in re.findall(r'(?:href|src)="([^"#:?]+)[^":]*"', page.read_text())
        if not (page.parent / link).exists()
    ]
    assert not dead


@pytest.mark.slow
def test_no_page_asks_another_server_for_anything(built_site):
    loading = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=\"(?:https?:)?//")
    for file in built_site.rglob("*.html"):
        assert not loading.search(file.read_text()), file
    for file in built_site.rglob("*.css"):
        assert not re.search(r"@import|url\(\W*(?:https?:)?//", file.read_text()), file


def test_settings_are_described_in_their_sections():
    page = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "flags.py")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    training = page.split("## kerasgan.main\n")[1].split("\n## ")[0]
    titles = re.findall(r"^### (.*)$", training, re.MULTILINE)
    assert titles == [title.capitalize() for title in SECTIONS]
    flags = re.findall(r"^\| `--(\w+)`", training, re.MULTILINE)
    settings = [flag for flag in flags if flag in Config.__dataclass_fields__]
    assert settings == [field.name for field in flag_settings(Config)]
    assert "run_dir" in flags


def test_every_command_is_in_the_reference():
    commands = runpy.run_path(str(ROOT / "docs" / "flags.py"))["commands"]()
    names = {name.removeprefix("kerasgan.") for name, _ in commands}
    assert {"main", "sample", "evaluate", "export", "explain toy", "explain losses"} <= names
