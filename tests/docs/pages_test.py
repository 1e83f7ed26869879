"""The pages: links, listings, notebook, examples, sizes of pictures."""

import pathlib
import re
import runpy

import nbformat
import pytest

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
TOOL = runpy.run_path(str(DOCS / "notebook.py"))


def anchors(path):
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_inside_is_dead(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_chapter_is_on_the_first_page():
    first = (DOCS / "README.md").read_text()
    for chapter in TOOL["chapters"]():
        assert f"(tutorial/{chapter.name})" in first


@pytest.mark.parametrize("chapter", TOOL["chapters"](), ids=lambda chapter: chapter.stem)
def test_listings_are_the_files_own_source(chapter):
    assert chapter.read_text() == TOOL["with_sources"](chapter.read_text())


def test_the_recipe_lists_the_step():
    recipe = next(chapter for chapter in TOOL["chapters"]() if "recipe" in chapter.stem)
    assert "def train_step(self, batch" in recipe.read_text()


@pytest.mark.parametrize(
    ("notebook", "pages"), TOOL["notebooks"]().items(), ids=lambda value: getattr(value, "stem", "")
)
def test_a_notebook_is_its_pages(notebook, pages):
    assert nbformat.read(notebook, 4) == TOOL["build_notebook"](pages)


def code_of(path):
    return re.findall(r"^```python\n(.*?)^```", path.read_text(), re.M | re.S)


def test_solutions_are_right():
    names = {}
    blocks = code_of(DOCS / "tutorial" / "12_exercises.md")
    assert len(blocks) == 9
    for block in blocks:
        exec(block, names)


@pytest.mark.parametrize(
    "block",
    code_of(DOCS / "reference" / "extending.md"),
    ids=["loss", "data_set", "labels", "metric"],
)
def test_examples_of_extending_run_and_are_short(block):
    assert len(block.splitlines()) <= 30
    exec(block, {})


@pytest.mark.slow
def test_the_page_about_notebooks_is_one_that_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in code_of(DOCS / "notebooks.md"):
        exec(block, names)
    assert names["pictures"].shape == (4, 16, 16, 3)
    assert int(names["gan"].step.numpy()) == 40
    made = {"best.keras", "runs/long/checkpoints/ckpt-40.json", "samples/samples_00000048.png"}
    assert all((tmp_path / file).is_file() for file in made)


def test_pictures_are_small():
    sizes = {path: path.stat().st_size for path in (DOCS / "pictures").iterdir()}
    assert max(sizes.values()) < 600_000
    assert sum(sizes.values()) < 4_000_000


def test_every_picture_is_shown():
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text())
    }
    assert set((DOCS / "pictures").iterdir()) <= shown
