"""Pictures that the page came with: latents with names, such as those of photographs."""

import numpy as np
import pytest

from kerasgan.model.latents import great_circle
from kerasgan.sampling.latent_file import write_latents
from kerasgan.sampling.page import write_page_of

pytestmark = pytest.mark.slow  # needs Chromium

HOSTILE = "<img src=x onerror=alert(1)>/../" + "x" * 80
SHOWN = HOSTILE[:31] + "\N{HORIZONTAL ELLIPSIS}"


@pytest.fixture(scope="module")
def latents():
    return np.random.default_rng(5).normal(size=[2, 10]).astype(np.float32) * 1.2


@pytest.fixture
def page(latents, painters, tmp_path):
    """Makes the page of a kind of generator with two pictures."""

    def make(kind="colour"):
        write_latents(tmp_path / "me.npz", latents, ["me", HOSTILE])
        write_page_of(painters[kind], tmp_path / "page", latents=tmp_path / "me.npz")
        return tmp_path / "page"

    return make


def labels_of(guest, selector):
    faces = guest.page.locator(selector)
    return [faces.nth(at).get_attribute("aria-label") for at in range(min(faces.count(), 3))]


def test_they_are_kept_and_shown_under_their_names(visit, page, painters, latents):
    guest = visit(page())
    images = painters["colour"].paint(latents)
    guest.wait_for("me")
    guest.assert_shows(images[0])
    assert labels_of(guest, "#kept .face") == ["Show me", f"Show {SHOWN}"]
    guest.wait_for_pixels("#kept li:nth-child(2) canvas")
    guest.assert_shows(images[1], "#kept li:nth-child(2) canvas")
    assert labels_of(guest, "#wall .face") == ["me", SHOWN, "Seed 0"]
    assert guest.page.input_value("#seed") == ""
    guest.page.locator("#seed").fill("3")
    guest.wait_for("seed 3")
    guest.page.click("#kept li:nth-child(2) .face")
    guest.wait_for(SHOWN)
    with guest.page.expect_download() as downloading:
        guest.page.click("#download")
    assert downloading.value.suggested_filename == "img_src_x_onerror_alert_1.png"


def test_they_are_let_go_kept_again_and_shared(visit, page):
    guest = visit(page())
    guest.page.click("#kept li:nth-child(2) .remove")
    guest.page.click("#kept .remove")
    assert guest.page.locator("#kept .face").count() == 0
    guest.page.click("#wall .face:nth-child(2)")
    guest.page.click("#wall .face:nth-child(5)")
    guest.wait_for("seed 2")
    link = guest.page.evaluate("location.hash")
    assert link == "#seed=2&kept=p2,2"
    other = visit(page(), link + ",p3")  # there is no third
    other.wait_for("seed 2")
    assert labels_of(other, "#kept .face") == [f"Show {SHOWN}", "Show seed 2"]


def test_walks_and_sums_take_them(visit, page, painters, latents):
    guest = visit(page())
    guest.page.click("#tab-walk")
    guest.page.uncheck("#walk-loop")
    guest.slide("#walk-position", 0.5)
    guest.wait_for("50% of the walk")
    middle = great_circle(latents[:1], latents[1:], np.array([0.5], np.float32))
    guest.assert_shows(painters["colour"].paint(middle)[0])
    guest.page.click("#tab-sum")
    guest.wait_for(f"me \N{MINUS SIGN} {SHOWN} + seed 0")


def test_they_have_the_label_of_seed_0(visit, page, painters, latents):
    painter = painters["attributes"]
    guest = visit(page("attributes"))
    guest.wait("document.getElementById('caption').textContent.startsWith('me, ')")
    labels = painter.label_space.evenly([0])
    guest.assert_shows(painter.paint(latents[:1], labels)[0])
