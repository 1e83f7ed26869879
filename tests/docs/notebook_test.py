import pathlib
import re
import runpy

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "docs" / "notebook.py"))


# `python docs/notebook.py` trains everything to its end, and shows what came of it.
def hastened(code):
    """A cell that trains for a few steps only, and with one seed."""
    if "Config(" in code:
        return re.sub(r"\bepochs=\d+", "epochs=1", code)
    if "Settings(" not in code:
        return code
    code = code.replace("for seed in range(3):", "for seed in range(1):")
    if "steps=" in code:
        return re.sub(r"\bsteps=\d+", "steps=100", code)
    return re.sub(r"\b(Toy|Memory)Settings\(", r"\1Settings(steps=100, ", code)


@pytest.mark.slow
@pytest.mark.parametrize("pages", TOOL["notebooks"]().values(), ids=lambda pages: pages[0].stem)
def test_a_notebook_runs_from_top_to_bottom(pages, tmp_path):
    notebook = TOOL["build_notebook"](pages)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = hastened(cell.source)
    TOOL["execute"](notebook, tmp_path)
    written = [
        (cell.printed, cell.varies)
        for page in pages
        for cell in TOOL["cells_of"](page)
        if cell.kind == "code"
    ]
    for cell, (printed, varies) in zip(TOOL["code_cells"](notebook), written, strict=True):
        spilled = "".join(
            output["text"] for output in cell.outputs if output.get("name") == "stderr"
        )
        lines = [line for line in re.split(r"[\r\n]", spilled) if line.strip()]
        assert all("images/s" in line for line in lines), lines  # training's progress bar
        if printed is not None and not varies:
            assert TOOL["printed_by"](cell) == printed
