"""How Sphinx builds the site: `make docs`, or `sphinx-build -W docs build/docs`."""

import itertools
import pathlib
import re
import subprocess
import sys

from kerasgan.version import VERSION

_HERE = pathlib.Path(__file__).parent

project = "kerasgan"
author = "the kerasgan authors"
release = version = VERSION

extensions = [
    "myst_parser",
    "sphinx.ext.apidoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
]
root_doc = "index"
# README.md is shown by code hosts, and is the site's first page through index.rst.
exclude_patterns = ["README.md"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"kerasgan {VERSION}"
html_show_copyright = False

# The reference: every module of the package, from its docstrings.
apidoc_modules = [
    {
        "path": str(_HERE.parent / "kerasgan"),
        "destination": "reference/api",
        "separate_modules": True,
        "module_first": True,
        "implicit_namespaces": False,
    }
]
autodoc_default_options = {"members": True, "show-inheritance": True, "undoc-members": False}
autodoc_member_order = "bysource"
autodoc_typehints = "description"
# Its protocol files are there only with the extra.
autodoc_mock_imports = ["tensorflow_serving"]
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # attributes of one name in several classes


def _write_flags(app: object) -> None:
    """The page of all flags, from the commands as they are: a process of its own each time."""
    page = subprocess.run(
        [sys.executable, str(_HERE / "flags.py")], check=True, capture_output=True, text=True
    )
    (_HERE / "reference" / "flags.md").write_text(page.stdout)


def _read_as_markdown(app, what, name, thing, options, lines: list[str]) -> None:
    """Docstrings write `name` as Markdown does, and mean * and | as they stand."""
    for index, line in enumerate(lines):
        parts = re.split(r"`([^`]+)`", line)  # every second one is code
        plain = [re.sub(r"([*|])", r"\\\1", part) for part in parts[::2]]
        code = [f"``{part}``\\ " for part in parts[1::2]]
        lines[index] = "".join(
            part for pair in itertools.zip_longest(plain, code, fillvalue="") for part in pair
        )


def setup(app) -> None:
    """Hooks into the build."""
    app.connect("autodoc-process-docstring", _read_as_markdown, priority=400)  # before napoleon
    app.connect("builder-inited", _write_flags)
