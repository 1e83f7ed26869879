"""Runs the tutorial's chapters: `python docs/notebook.py` updates everything made from them.

A chapter is Markdown. The python blocks of all chapters run in order, in one session.

- `tutorial/tutorial.ipynb` has the same cells;
- a ```text block right after a python block holds what the block printed;
- a picture right after a python block is what its last line shows, saved in `pictures/`;
- a python block under `<!-- source: module:object -->` is that object's source, and is not run.
"""

import base64
import importlib
import inspect
import operator
import pathlib
import re
import textwrap
from typing import NamedTuple

import nbclient
import nbformat

FOLDER = pathlib.Path(__file__).parent / "tutorial"
NOTEBOOK = FOLDER / "tutorial.ipynb"

_SOURCE = re.compile(r"(<!-- source: ([\w.]+):([\w.]+) -->\n```python\n)(.*?)(```\n)", re.DOTALL)
# A code block, followed by what it printed and what it showed.
_CELL = re.compile(
    r"^```python\n(?P<code>.*?)^```\n"
    r"(?P<printed>\n(?:<!-- varies -->\n)?```text\n.*?^```\n)?"
    r"(?P<shown>\n!\[[^\]]*\]\([^)]+\)\n)?",
    re.DOTALL | re.MULTILINE,
)


class Cell(NamedTuple):
    """A part of a chapter: Markdown, or code with the output that follows it in the file."""

    kind: str
    text: str
    printed: str | None = None  # None if the file shows no output
    varies: bool = False  # whether the output may differ between machines, as in the last digits
    picture: pathlib.Path | None = None


def chapters() -> list[pathlib.Path]:
    """The chapters' files, in order."""
    return sorted(FOLDER.glob("[0-9]*.md"))


def cells_of(text: str) -> list[Cell]:
    """Splits a chapter into cells."""
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
                FOLDER / re.search(r"\(([^)]+)\)", shown)[1] if shown else None,
            )
        )
        end = match.end()
    if rest := text[end:].strip():
        cells.append(Cell("markdown", rest))
    return cells


def with_sources(text: str) -> str:
    """Returns the chapter with its listings replaced by the current source code."""

    def source(match: re.Match) -> str:
        thing = operator.attrgetter(match[3])(importlib.import_module(match[2]))
        return match[1] + textwrap.dedent(inspect.getsource(thing)) + match[5]

    return _SOURCE.sub(source, text)


def build_notebook() -> nbformat.NotebookNode:
    """Returns all chapters as one notebook, without outputs."""
    cells = []
    for chapter in chapters():
        for number, cell in enumerate(cells_of(chapter.read_text())):
            make = getattr(nbformat.v4, f"new_{cell.kind}_cell")
            cells.append(make(cell.text, id=f"{chapter.stem}-{number}".replace("_", "-")))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def execute(notebook: nbformat.NotebookNode, folder: pathlib.Path) -> nbformat.NotebookNode:
    """Runs all cells, with `folder` as working directory; raises at the first that fails."""
    client = nbclient.NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(folder)}}
    )
    return client.execute()


def printed_by(cell: nbformat.NotebookNode) -> str:
    """Returns what a cell wrote to standard output."""
    return "".join(
        output.text
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )


def _renew_outputs(executed: nbformat.NotebookNode) -> None:
    """Copies what the cells printed and showed into the chapters and pictures that show it."""
    results = iter(cell for cell in executed.cells if cell.cell_type == "code")
    for chapter in chapters():
        text = chapter.read_text()
        position = 0
        for cell in cells_of(text):
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
        chapter.write_text(text)


def main() -> None:
    """Updates listings, outputs, pictures and the notebook."""
    for chapter in chapters():
        chapter.write_text(with_sources(chapter.read_text()))
    _renew_outputs(execute(build_notebook(), FOLDER))
    nbformat.write(build_notebook(), NOTEBOOK)


if __name__ == "__main__":
    main()
