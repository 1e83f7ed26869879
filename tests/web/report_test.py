"""The report of a run, opened from the disk in a real Chromium."""

import json
import math

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from kerasgan.config import Config
from kerasgan.reporting.document import write_report

pytestmark = pytest.mark.slow  # needs Chromium

STEPS = range(100, 2100, 100)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs with everything that a report shows; the name of one is hostile."""
    folders = []
    for seed, name in enumerate(["one", "<script>document.title = 'x'<script>"]):
        folder = tmp_path_factory.mktemp("runs") / name
        (folder / "samples").mkdir(parents=True)
        config = Config(seed=seed, dataset="faces of anybody and a long name " * 3)
        config.save(folder / "config.json", data={"pixels": "0f" * 32})
        rows = [{"step": s, "d_loss": math.exp(-s / 900), "g_loss": 2 + seed} for s in STEPS]
        rows += [{"step": s, "kid1k_embedded": 1 / s, "swd1k": 20.5} for s in STEPS[4::5]]
        rows.append({"step": 900, "warning": "collapse", "sentence": "All images look alike."})
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "metrics.jsonl").write_text(text)
        for file in ("nearest.png", "samples/real_00000000.png"):
            picture(200).save(folder / file)
        for step in STEPS[::3]:
            picture(step % 250).save(folder / "samples" / f"ema_{step:08d}.png")
        folders.append(folder)
    return folders


def picture(level):
    return Image.fromarray(np.full([130, 130, 3], level, np.uint8))


@pytest.fixture(params=["alone", "compared"])
def file(request, runs, tmp_path):
    report = tmp_path / "report.html"
    write_report(runs[1], report, [runs[0]] if request.param == "compared" else [])
    return report


@pytest.fixture
def look(browser):
    """Opens a file, and at the end refuses messages and requests."""
    contexts, problems = [], []

    def open_file(path, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        address = path.as_uri()

        def note(request):
            if request.url != address and not request.url.startswith("data:"):
                problems.append(request.url)

        page.on("request", note)
        page.goto(address)
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert problems == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_its_window_and_axe_finds_nothing(look, file, width, scheme):
    page = look(file, viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert "<script>" in page.title()  # as text
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_film_follows_keys_and_clicks(look, runs, tmp_path):
    report = tmp_path / "report.html"
    write_report(runs[0], report)
    page = look(report, viewport={"width": 390, "height": 900})
    caption, slider = page.locator("#caption"), page.locator("#moment")
    assert caption.inner_text() == "step 1,900"
    slider.focus()
    page.keyboard.press("Home")
    assert caption.inner_text() == "step 100"
    page.keyboard.press("ArrowRight")
    assert caption.inner_text() == "step 400"
    assert slider.get_attribute("aria-valuetext") == "step 400"
    shown = "document.getElementById('large').src === document.querySelectorAll('#film img')[1].src"
    assert page.evaluate(shown)
    page.locator("#film figure").nth(2).click()
    assert caption.inner_text() == "step 700"
    assert slider.input_value() == "2"


def test_all_moments_are_there_without_scripts(look, runs, tmp_path):
    report = tmp_path / "report.html"
    write_report(runs[0], report)
    page = look(report, java_script_enabled=False)
    assert not page.locator("#stage").is_visible()
    assert page.locator("#film figure").count() == len(STEPS[::3])
    assert page.locator("#film img").first.is_visible()
