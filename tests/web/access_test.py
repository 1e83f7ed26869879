"""The page passes axe-core's rules, in each of its states, light and dark, wide and narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.slow  # needs Chromium


@pytest.mark.parametrize(
    ("kind", "scheme", "width"),
    [
        ("colour", "light", 1440),
        ("colour", "dark", 1440),
        ("colour", "light", 390),
        ("classes", "light", 390),
        ("classes", "dark", 1440),
        ("attributes", "light", 1440),
    ],
    ids=str,
)
def test_axe_finds_nothing(visit, folders, kind, scheme, width):
    label = {"classes": "&label=2", "attributes": "&label=1_-0.5_0"}.get(kind, "")
    guest = visit(
        folders[kind],
        f"#kept=3,8{label}",
        color_scheme=scheme,
        viewport={"width": width, "height": 1000},
    )
    guest.page.click("summary")
    for tab in ("one", "walk", "plane", "sum"):
        guest.page.click(f"#tab-{tab}")
        found = Axe().run(guest.page)
        assert found.violations_count == 0, found.generate_report()


def test_the_picture_has_a_text(visit, folders):
    guest = visit(folders["colour"], "#seed=3")
    assert guest.page.get_by_role("img", name="Picture: seed 3").count() == 1
    assert guest.page.get_by_role("button", name="Seed 12", exact=True).count() == 1
    guest.page.click("#tab-sum")
    guest.page.get_by_role("button", name="a: seed 0. Change").click()
    assert "press a picture" in guest.page.get_by_role("status").last.inner_text()


def test_the_page_passes_while_it_loads_and_fails(visit, folders):
    guest = visit(folders["colour"], ready=False, script="delete globalThis.WebAssembly")
    guest.wait("document.getElementById('notice').className.includes('now')")
    found = Axe().run(guest.page)
    assert found.violations_count == 0, found.generate_report()
