"""How Sphinx builds the site: `make docs`, or `sphinx-build -W docs build/docs`."""

import itertools
import pathlib
import re
import subprocess
import sys

from kerasgan.version import VERSION

_HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(_HERE / "site" / "extensions"))

project = "kerasgan"
author = "the kerasgan authors"
release = version = VERSION

extensions = [
    "formulas",
    "live",
    "myst_parser",
    "playground",
    "sphinx.ext.apidoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
root_doc = "index"
# Code hosts show README.md; on the site, index.rst has its list of pages below the pictures.
exclude_patterns = ["README.md", "site"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"kerasgan {VERSION}"
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
html_favicon = str(_HERE.parent / "kerasgan" / "serving" / "page" / "icon.svg")
html_static_path = ["site/static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"loading_method": "defer"})]
html_math_renderer = "mathml"
# The colours of the playground.
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#3d4ed8", "color-brand-content": "#3d4ed8"},
    "dark_css_variables": {"color-brand-primary": "#93a0ff", "color-brand-content": "#93a0ff"},
}

# The API reference, made from the docstrings of every module.
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
# Installed only with the extra `serving`, which the docs do not need.
autodoc_mock_imports = ["tensorflow_serving"]
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # several classes have attributes of the same name


def _write_flags(app: object) -> None:
    """Writes the page of all flags; a new process, so that flags are defined only once."""
    page = subprocess.run(
        [sys.executable, str(_HERE / "flags.py")], check=True, capture_output=True, text=True
    )
    (_HERE / "reference" / "flags.md").write_text(page.stdout)


def _read_as_markdown(app, what, name, thing, options, lines: list[str]) -> None:
    """Converts the docstrings' Markdown `name` to reST code, and escapes * and |."""
    for index, line in enumerate(lines):
        parts = re.split(r"`([^`]+)`", line)  # every second part is code
        plain = [re.sub(r"([*|])", r"\\\1", part) for part in parts[::2]]
        code = [f"``{part}``\\ " for part in parts[1::2]]
        lines[index] = "".join(
            part for pair in itertools.zip_longest(plain, code, fillvalue="") for part in pair
        )


def setup(app) -> None:
    """Connects the functions above to the build."""
    app.connect("autodoc-process-docstring", _read_as_markdown, priority=400)  # before napoleon
    app.connect("builder-inited", _write_flags)
