"""The site, opened from its folder: no server, no network."""

import functools
import http.server
import re
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.slow  # needs Chromium, and the site

WIDTHS = (1440, 768, 390)
PAGES = [
    "index.html",
    "playground.html",
    "tutorial/04_the_recipe.html",
    "tutorial/06_transposed_convolution.html",
    "tutorial/07_toys.html",
    "tutorial/09_regularization.html",
    "reference/api/kerasgan.model.gan.html",
]


@pytest.fixture
def served_site(built_site):
    """The address of a plain server of the site, as `python -m http.server` is one."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Handler, directory=str(built_site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_axe_finds_nothing(open_site, name):
    page = open_site(name)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if width == 768 else "light")
        page.wait_for_timeout(300)  # the theme's transitions of colours
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # Without `preload`, which would ask for the style sheets once more, forbidden in a folder.
        found = Axe().run(page, options={"preload": False})
        assert found.violations_count == 0, f"{width}: {found.generate_report()}"


def test_the_first_page_shows_pictures_before_one_scrolls(open_site):
    page = open_site("index.html")
    tops = page.evaluate(
        """Array.from(document.images, (image) =>
          [image.naturalWidth, image.getBoundingClientRect().bottom])"""
    )
    assert len(tops) >= 5
    assert all(width > 0 and bottom <= 900 for width, bottom in tops), tops
    for name in ("Tutorial", "Playground", "Your own pictures", "Guides"):
        page.get_by_role("link", name=name, exact=True).last.click()
        assert not page.url.endswith("index.html")
        page.go_back()


def test_formulas_are_mathml(open_site, built_site):
    page = open_site("tutorial/02_the_discriminator.html")
    block = page.locator(".formula math")
    assert block.get_attribute("display") == "block"
    assert block.bounding_box()["height"] > 15
    shown = block.text_content().replace("\N{MINUS SIGN}", "-")
    assert re.sub(r"\s|\u2061", "", shown) == "LD=-logD(x)-log(1-D(G(z)))"
    for file in (built_site / "tutorial").glob("*.html"):
        plain = re.sub(r"<(pre|code|script|math).*?</\1>", "", file.read_text(), flags=re.S)
        assert not re.search(r"\\[(\[]|\\(frac|log|sigma|theta|psi)|\$[^\s]", plain), file.name


def test_the_playground_says_that_it_needs_a_server(open_site):
    page = open_site("playground.html")
    assert "python -m http.server" in page.get_by_role("status").inner_text()
    assert not page.locator("iframe").is_visible()


def test_the_playground_paints_in_the_site(open_site, served_site):
    page = open_site("playground.html", base=served_site)
    assert not page.locator('[data-part="from-disk"]').is_visible()
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Seed 12", exact=True).wait_for(timeout=30_000)
    assert "synthetic_faces" in frame.locator("#origin").inner_text()


def test_the_playground_is_a_page_of_its_own(visit, built_site):
    guest = visit(built_site / "play", "#seed=3")
    guest.wait_for("seed 3")
    assert guest.pixels()[..., :3].std() > 20
    found = Axe().run(guest.page)
    assert found.violations_count == 0, found.generate_report()
