"""The cell of `kerasgan.show` in a browser, with its own Python side at the other end.

Notebooks give a widget's module a model with `get`, `set`, `save_changes`, `on` and `off`; here the
page has a small one, which hands what is saved to the real widget.
"""

import json
import pathlib

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

import kerasgan
from kerasgan.notebook import widget as widget_module

pytestmark = pytest.mark.slow  # needs Chromium

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A notebook</title><link rel="icon" href="data:,">
</head><body><main><h1>A notebook</h1><div id="cell"></div></main>
<script type="module">
  import widget from "./widget.js";
  const state = {}, listeners = {};
  let unsaved = {};
  function take(values) {
    for (const [name, value] of Object.entries(values)) {
      const levels = value?.levels;
      state[name] = levels === undefined
        ? value
        : new DataView(Uint8Array.from(levels, (x) => x.charCodeAt(0)).buffer);
    }
    for (const name of Object.keys(values)) listeners[`change:${name}`]?.forEach((call) => call());
  }
  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; unsaved[name] = value; },
    save_changes() {
      const saved = unsaved;
      unsaved = {};
      window.requests = (window.requests ?? 0) + 1;
      window.kernel(saved).then(take);
    },
    on: (event, call) => (listeners[event] ??= []).push(call),
    off: (event, call) => (listeners[event] = listeners[event].filter((other) => other !== call)),
  };
  take(await window.kernel({}));
  window.forget = widget.render({ model, el: document.getElementById("cell") });
  window.listening = () => Object.values(listeners).flat().length;
</script></body></html>"""


@pytest.fixture
def cell(visit, tmp_path):
    """Opens a page with the cell of a painter; returns a guest and the widget."""

    def open_cell(painter, **options):
        shown = kerasgan.show(painter)
        folder = tmp_path / "cell"
        folder.mkdir(exist_ok=True)
        source = pathlib.Path(widget_module.__file__).with_name("widget.js")
        (folder / "widget.js").write_bytes(source.read_bytes())
        (folder / "index.html").write_text(PAGE)

        def kernel(saved):
            """What has changed since the page was last told."""
            before = dict(kernel.told)
            shown.set_state(saved)
            state = {name: shown.get_state()[name] for name in shown.keys if name[0] != "_"}
            kernel.told = {
                name: {"levels": value.decode("latin-1")} if isinstance(value, bytes) else value
                for name, value in state.items()
                if name not in ("layout", "tabbable", "tooltip")
            }
            return {k: v for k, v in kernel.told.items() if k not in before or before[k] != v}

        kernel.told = {}
        guest = visit(folder, ready=False, plain=True, functions=[kernel], **options)
        guest.page.locator("#cell canvas.picture").wait_for()
        return guest, shown

    return open_cell


def wait_for(guest, caption):
    guest.wait(f"document.querySelector('#cell p').textContent === {json.dumps(caption)}")


WALL, KEPT = "#cell .kerasgan > .faces", "#cell .controls .faces"


def test_a_cell_paints_keeps_and_walks(cell, painters):
    painter = painters["colour"]
    guest, shown = cell(painter)
    images = painter.sample(range(24))
    guest.assert_shows(images[0], "canvas.picture")
    for seed in (0, 23):
        guest.assert_shows(images[seed], f"{WALL} button:nth-child({seed + 1}) canvas")
    assert guest.page.get_by_label("Walk", exact=True).is_disabled()
    for seed in (3, 8):
        guest.page.get_by_role("button", name=f"Seed {seed}", exact=True).click()
        wait_for(guest, f"seed {seed}")
    guest.assert_shows(images[8], "canvas.picture")
    guest.assert_shows(images[3], f"{KEPT} button:nth-child(1) canvas")
    assert [each["seed"] for each in shown.kept] == [3, 8]
    guest.page.get_by_label("Walk", exact=True).fill("0.25")
    wait_for(guest, "25% of the walk")
    guest.assert_shows(
        np.frombuffer(shown.picture, np.uint8).reshape(painter.image_shape), "canvas.picture"
    )
    guest.page.get_by_role("button", name="Show seed 3").click()
    wait_for(guest, "seed 3")
    guest.page.get_by_label("Truncation").fill("0.5")
    guest.wait("document.querySelectorAll('#cell output')[1].textContent === '0.50'")
    guest.page.get_by_label("Seed", exact=True).fill("12")
    guest.page.keyboard.press("Enter")
    wait_for(guest, "seed 12")
    guest.assert_shows(painter.sample([12], 0.5)[0], "canvas.picture")
    guest.page.get_by_label("Wall from seed").fill("100")
    guest.page.keyboard.press("Enter")
    guest.page.get_by_role("button", name="Seed 100", exact=True).wait_for()
    guest.page.get_by_label("Seed", exact=True).fill("1.5")
    guest.page.keyboard.press("Enter")
    assert guest.page.get_by_label("Seed", exact=True).input_value() == "12"
    guest.page.evaluate("forget()")
    assert guest.page.evaluate("listening()") == 0


def test_choices_wait_while_python_paints(cell, painters):
    guest, shown = cell(painters["colour"])
    asked = guest.page.evaluate(
        """() => {
          const [walk, truncation] = document.querySelectorAll('#cell input[type="range"]');
          for (let value = 0; value < 30; value++) {
            truncation.value = value / 20;
            truncation.dispatchEvent(new Event("input"));
          }
          return window.requests;
        }"""
    )
    assert asked == 1
    guest.wait("window.requests === 2")  # the latest alone
    guest.page.wait_for_timeout(300)
    assert shown.truncation == 1.45


def test_labels_in_a_cell(cell, painters):
    painter = painters["classes"]
    names = painter.label_space.names
    guest, _ = cell(painter, viewport={"width": 500, "height": 900})
    guest.page.get_by_label("Label").select_option(names[1])
    wait_for(guest, f"seed 0, {names[1]}")
    guest.assert_shows(painter.sample([0], labels=np.array([1]))[0], "canvas.picture")
    guest.page.get_by_label("Label").select_option(names[2])
    wait_for(guest, f"seed 0, {names[2]}")
    assert guest.page.locator("img").count() == 0
    assert guest.page.evaluate("document.documentElement.scrollWidth") <= 500
    guest, shown = cell(painters["attributes"])
    guest.page.get_by_label("wide smile").fill("-0.5")
    wait_for(guest, "seed 0, wide smile -0.5")
    assert shown.label == [0, -0.5, 0]
    guest.page.get_by_role("button", name="Mixed labels").click()
    guest.wait("document.querySelector('#cell p').textContent !== 'seed 0, wide smile -0.5'")
    assert shown.label is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_cell(cell, painters, scheme):
    guest, _ = cell(painters["attributes"], color_scheme=scheme)
    guest.page.get_by_role("button", name="Seed 3", exact=True).click()
    guest.page.get_by_role("button", name="Show seed 3").wait_for()
    found = Axe().run(guest.page)
    assert found.violations_count == 0, found.generate_report()
