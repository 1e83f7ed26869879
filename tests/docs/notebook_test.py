import pathlib
import re
import runpy

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "docs" / "notebook.py"))


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(tmp_path):
    notebook = TOOL["execute"](TOOL["build_notebook"](), tmp_path)
    written = [
        (cell.printed, cell.varies)
        for chapter in TOOL["chapters"]()
        for cell in TOOL["cells_of"](chapter.read_text())
        if cell.kind == "code"
    ]
    results = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, (printed, varies) in zip(results, written, strict=True):
        spilled = "".join(
            output["text"] for output in cell.outputs if output.get("name") == "stderr"
        )
        lines = [line for line in re.split(r"[\r\n]", spilled) if line.strip()]
        assert all("images/s" in line for line in lines), lines  # training's progress bar
        if printed is not None and not varies:
            assert TOOL["printed_by"](cell) == printed
