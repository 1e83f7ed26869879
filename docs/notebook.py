"""Runs the pages that are notebooks: `python docs/notebook.py` updates everything made from them.

A notebook is made from pages of Markdown, the tutorial from its chapters. Their python blocks run
in order, in one session. `python docs/notebook.py own_pictures` updates one notebook only.

- The notebook has the same cells, after one that installs kerasgan where it is missing;
- a ```text block right after a python block holds what the block printed;
- a picture right after a python block is what its last line shows, saved in `pictures/`;
- a python block under `<!-- source: module:object -->` is that object's source, and is not run.
"""

import argparse
import base64
import importlib
import inspect
import operator
import pathlib
import re
import tempfile
import textwrap
from typing import NamedTuple

import nbclient
import nbformat

DOCS = pathlib.Path(__file__).parent

# The first cell of a notebook: what Colab needs and a checkout does not.
_INSTALL = """\
# Installs kerasgan where it is missing, as on Colab. In place of the name, pip also takes the
# address of a repository: git+https://...
import importlib.util

if importlib.util.find_spec("kerasgan") is None:
    %pip install --quiet kerasgan"""

_SOURCE = re.compile(r"(<!-- source: ([\w.]+):([\w.]+) -->\n```python\n)(.*?)(```\n)", re.DOTALL)
# A code block, followed by what it printed and what it showed.
_CELL = re.compile(
    r"^```python\n(?P<code>.*?)^```\n"
    r"(?P<printed>\n(?:<!-- varies -->\n)?```text\n.*?^```\n)?"
    r"(?P<shown>\n!\[[^\]]*\]\([^)]+\)\n)?",
    re.DOTALL | re.MULTILINE,
)


class Cell(NamedTuple):
    """A part of a page: Markdown, or code with the output that follows it in the file."""

    kind: str
    text: str
    printed: str | None = None  # None if the file shows no output
    varies: bool = False  # whether the output may differ between machines, as in the last digits
    picture: pathlib.Path | None = None


def chapters() -> list[pathlib.Path]:
    """The tutorial's chapters, in order."""
    return sorted((DOCS / "tutorial").glob("[0-9]*.md"))


def notebooks() -> dict[pathlib.Path, list[pathlib.Path]]:
    """Every notebook, next to the pages that it is made from."""
    return {
        DOCS / "tutorial" / "tutorial.ipynb": chapters(),
        DOCS / "own_pictures.ipynb": [DOCS / "own_pictures.md"],
    }


def cells_of(page: pathlib.Path) -> list[Cell]:
    """Splits a page into cells."""
    text = page.read_text()
    listings = [match.span(4) for match in _SOURCE.finditer(text)]
    cells, end = [], 0
    for match in _CELL.finditer(text):
        if any(start == match.start("code") for start, _ in listings):
            continue
        if before := text[end : match.start()].strip():
            cells.append(Cell("markdown", before))
        printed, shown = match["printed"], match["shown"]
        cells.append(
            Cell(
                "code",
                match["code"].rstrip(),
                re.search("```text\n(.*?)```", printed, re.DOTALL)[1] if printed else None,
                bool(printed and "<!-- varies -->" in printed),
                page.parent / re.search(r"\(([^)]+)\)", shown)[1] if shown else None,
            )
        )
        end = match.end()
    if rest := text[end:].strip():
        cells.append(Cell("markdown", rest))
    return cells


def with_sources(text: str) -> str:
    """Returns the page's text with its listings replaced by the current source code."""

    def source(match: re.Match) -> str:
        thing = operator.attrgetter(match[3])(importlib.import_module(match[2]))
        return match[1] + textwrap.dedent(inspect.getsource(thing)) + match[5]

    return _SOURCE.sub(source, text)


def build_notebook(pages: list[pathlib.Path]) -> nbformat.NotebookNode:
    """Returns the pages as one notebook, without outputs."""
    cells = [nbformat.v4.new_code_cell(_INSTALL, id="install")]
    for page in pages:
        for number, cell in enumerate(cells_of(page)):
            make = getattr(nbformat.v4, f"new_{cell.kind}_cell")
            cells.append(make(cell.text, id=f"{page.stem}-{number}".replace("_", "-")))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def execute(notebook: nbformat.NotebookNode, folder: pathlib.Path) -> nbformat.NotebookNode:
    """Runs all cells, with `folder` as working directory; raises at the first that fails."""
    client = nbclient.NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(folder)}}
    )
    return client.execute()


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The code cells that are in the pages: all except for the one that installs."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.id != "install"]


def printed_by(cell: nbformat.NotebookNode) -> str:
    """Returns what a cell wrote to standard output."""
    return "".join(
        output.text
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )


def _renew_outputs(pages: list[pathlib.Path], executed: nbformat.NotebookNode) -> None:
    """Copies what the cells printed and showed into the pages and pictures that show it."""
    results = iter(code_cells(executed))
    for page in pages:
        text = page.read_text()
        position = 0
        for cell in cells_of(page):
            if cell.kind != "code":
                continue
            result = next(results)
            position = text.index(f"```python\n{cell.text}\n", position)
            if cell.printed is not None:
                start = text.index("```text\n", position) + len("```text\n")
                end = text.index("```", start)
                text = text[:start] + printed_by(result) + text[end:]
            if cell.picture is not None:
                data = next(output.data for output in result.outputs if "data" in output)
                kind = "image/gif" if cell.picture.suffix == ".gif" else "image/png"
                cell.picture.write_bytes(base64.b64decode(data[kind]))
        page.write_text(text)


def main() -> None:
    """Updates listings, outputs, pictures and the notebooks."""
    known = {path.stem: path for path in notebooks()}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(known)}; all")
    for name in parser.parse_args().names or known:
        path, pages = known[name], notebooks()[known[name]]
        for page in pages:
            page.write_text(with_sources(page.read_text()))
        with tempfile.TemporaryDirectory() as folder:
            _renew_outputs(pages, execute(build_notebook(pages), pathlib.Path(folder)))
        nbformat.write(build_notebook(pages), path)


if __name__ == "__main__":
    main()
