"""Every control does what it says, with a mouse, a finger and a keyboard."""

import dataclasses
import re

import numpy as np
import pytest

from kerasgan.model.latents import latents_from_seeds
from kerasgan.sampling.direction_file import keep_directions
from kerasgan.sampling.directions import Direction
from kerasgan.sampling.page import write_page_of

pytestmark = pytest.mark.slow  # needs Chromium

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def guest(visit, folders):
    return visit(folders["colour"])


def kept(guest):
    return guest.page.eval_on_selector_all("#kept .face", "faces => faces.map((face) => face.seed)")


def test_a_press_on_the_wall_keeps_and_shows(guest, painters):
    guest.page.click("#wall .face:nth-child(9)")
    guest.page.click("#wall .face:nth-child(4)")
    guest.wait_for("seed 3")
    assert kept(guest) == [8, 3]
    assert guest.page.inner_text("#status") == "Seed 3 kept."
    guest.assert_shows(painters["colour"].sample([8])[0], "#kept li:first-child canvas")
    guest.page.click("#wall .face:nth-child(4)")
    assert kept(guest) == [8]
    guest.page.click("#kept .face")
    guest.wait_for("seed 8")
    guest.page.click("#kept .remove")
    assert kept(guest) == []
    assert guest.page.locator("#wall .face[aria-pressed=true]").count() == 0
    guest.page.click("#keep")
    assert (kept(guest), guest.page.inner_text("#keep")) == ([8], "Kept")


def test_a_link_shows_the_same(visit, folders, guest):
    guest.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    guest.page.locator("#seed").fill("-12")
    guest.slide("#truncation", 0.7)
    for number in (2, 5):
        guest.page.click(f"#wall .face:nth-child({number})")
    guest.page.locator("#seed").fill("31")
    guest.page.click("#link")
    guest.wait("document.getElementById('status').textContent === 'Link copied.'")
    link = guest.page.evaluate("navigator.clipboard.readText()")
    assert link == f"{guest.address}#seed=31&truncation=0.7&kept=1,4"
    other = visit(folders["colour"], link.removeprefix(guest.address))
    other.wait_for("seed 31")
    assert kept(other) == [1, 4]
    assert (other.pixels() == guest.pixels()).all()
    other.page.evaluate("location.hash = '#seed=2'")  # as a link within the same page
    other.wait_for("seed 2")
    assert kept(other) == []


@pytest.mark.parametrize(
    "said",
    ["#", "#seed=", "#seed=1.5&truncation=-3", "#seed=9007199254740993", "#kept=,x,1e3&seed=%"],
)
def test_a_senseless_link_is_as_no_link(visit, folders, said):
    guest = visit(folders["colour"], said)
    guest.wait_for("seed 0")
    assert kept(guest) == []


def test_a_seed_that_is_none_is_refused(guest):
    guest.page.locator("#seed").fill("7.5")
    assert guest.page.get_attribute("#seed", "aria-invalid") == "true"
    guest.page.keyboard.press("Tab")
    assert guest.page.inner_text("#status") == "A seed is a whole number."
    guest.page.click("#random")
    guest.wait("document.getElementById('caption').textContent !== 'seed 0'")
    seed = int(guest.page.input_value("#seed"))
    guest.wait_for(f"seed {seed}")
    assert guest.page.get_attribute("#seed", "aria-invalid") == "false"


def test_the_wall_has_no_end_and_begins_where_it_is_told(guest, painters):
    guest.page.locator("#wall-start").fill("500")
    guest.page.keyboard.press("Enter")
    guest.wait("document.querySelector('#wall .face').seed === 500")
    guest.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    guest.wait("document.querySelectorAll('#wall .face').length >= 192")
    for _ in range(3):
        guest.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        guest.page.wait_for_timeout(200)
    guest.wait("document.querySelectorAll('#wall .face').length >= 256")
    guest.wait("!document.querySelector('#wall .face').near")  # what is far takes no memory
    assert not guest.pixels("#wall .face canvas").any()
    guest.page.evaluate("scrollTo(0, 0)")
    guest.wait_for_pixels("#wall .face canvas")
    guest.assert_shows(painters["colour"].sample([500])[0], "#wall .face canvas")


def test_a_walk_plays_pauses_loops_and_ends(visit, folders):
    guest = visit(folders["colour"], "#kept=1,2,3")
    guest.page.click("#tab-walk")
    assert guest.page.inner_text("#walk-stations") == "Through the 3 pictures that you kept."
    guest.slide("#walk-speed", 2)
    assert guest.page.inner_text("#walk-speed-value") == "2 rad/s"
    guest.page.click("#walk-play")
    assert guest.page.inner_text("#walk-play") == "Pause"
    guest.wait("parseInt(document.getElementById('caption').textContent) > 3")
    guest.page.click("#walk-play")
    guest.page.wait_for_timeout(200)
    still = guest.page.inner_text("#caption")
    guest.page.wait_for_timeout(200)
    assert guest.page.inner_text("#caption") == still

    guest.slide("#walk-position", 0.95)
    guest.page.click("#walk-play")  # round the loop
    guest.wait("parseInt(document.getElementById('caption').textContent) < 50")
    guest.page.uncheck("#walk-loop")
    guest.slide("#walk-position", 0.95)
    guest.wait_for("100% of the walk")
    assert guest.page.inner_text("#walk-play") == "Play"
    guest.page.click("#walk-play")  # from the start again
    guest.wait("parseInt(document.getElementById('caption').textContent) < 50")
    guest.page.click("#tab-one")
    guest.wait_for("seed 0")
    assert guest.page.get_attribute("#walk-play", "aria-pressed") == "false"


def test_the_point_follows_the_hand(guest):
    guest.page.click("#tab-plane")
    box = guest.page.locator("#pad").bounding_box()
    guest.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    guest.page.mouse.down()
    guest.page.mouse.move(box["x"] - 50, box["y"] - 50)
    guest.wait_for("0% right, 0% down")
    guest.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    guest.wait_for("50% right, 25% down")
    guest.page.mouse.up()
    guest.page.mouse.move(box["x"], box["y"])
    guest.page.wait_for_timeout(200)
    guest.wait_for("50% right, 25% down")


def test_a_finger_works_too(visit, folders):
    guest = visit(folders["colour"], **PHONE)
    assert guest.page.evaluate("document.documentElement.scrollWidth") <= 390
    guest.page.tap("#wall .face:nth-child(3)")
    guest.wait_for("seed 2")
    guest.page.tap("#tab-plane")
    box = guest.page.locator("#pad").bounding_box()
    guest.page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5)
    guest.wait(
        "/^7[45]% right, (49|50|51)% down$/.test(document.getElementById('caption').textContent)"
    )


@pytest.mark.parametrize(("tab", "count"), [("plane", 4), ("sum", 3)])
def test_a_slot_takes_the_next_picture(guest, tab, count):
    guest.page.click(f"#tab-{tab}")
    slots = guest.page.locator(f"#panel-{tab} .face")
    assert slots.count() == count
    before = guest.pixels()
    slots.nth(1).click()
    guest.page.click("#wall .face:nth-child(20)")
    assert slots.nth(1).get_attribute("aria-label").endswith("seed 19. Change")
    assert kept(guest) == []
    guest.page.wait_for_timeout(300)
    assert (guest.pixels() != before).any()
    slots.nth(0).click()
    guest.page.keyboard.press("Escape")
    guest.page.click("#wall .face:nth-child(21)")  # no slot waits: it is kept
    assert kept(guest) == [20]
    assert slots.nth(0).get_attribute("aria-label").endswith("seed 0. Change")


def test_sliders_move_along_directions(visit, painters, tmp_path):
    (vector,) = latents_from_seeds([99], 10).numpy()
    vector /= np.linalg.norm(vector)
    painter = dataclasses.replace(painters["colour"], notes=tmp_path / "notes")
    found = Direction("hair_length", vector, 0.9, 0.8, [], [], None)
    lost = dataclasses.replace(found, name="smile", readable=0.4)
    alike = dataclasses.replace(found, name="beard", resembles="hair_length")
    keep_directions(painter, [found, lost, alike])
    write_page_of(painter, tmp_path / "page")
    write_page_of(dataclasses.replace(painter, identity="another's"), tmp_path / "other")

    guest = visit(tmp_path / "page", "#seed=4")
    assert guest.page.locator("#directions label").all_text_contents() == ["hair length"]
    guest.page.get_by_label("hair length").fill("-1.5")
    guest.wait_for("seed 4, changed")
    (latents,) = latents_from_seeds([4], 10).numpy()
    guest.assert_shows(painter.paint([latents - 1.5 * vector])[0])
    guest.page.get_by_label("hair length").dblclick()
    guest.wait_for("seed 4")
    guest.page.get_by_label("hair length").fill("2")
    guest.page.click("#reset")
    guest.wait_for("seed 4")
    assert guest.page.get_by_label("hair length").input_value() == "0"
    other = visit(tmp_path / "other").page
    assert other.locator("#directions label").count() == 0
    assert other.locator("#reset").is_hidden()


def test_the_keyboard_alone_reaches_everything(visit, folders):
    guest = visit(folders["colour"], "#kept=5")
    press = guest.page.keyboard.press

    def reached():
        """The ids of what the Tab key stops at, from the selected tab on."""
        guest.page.locator("[role=tab][aria-selected=true]").focus()
        found = []
        while True:
            press("Tab")
            stop = guest.page.evaluate(
                """() => {
                  const { id, className, tagName } = document.activeElement;
                  const within = document.activeElement.closest("[id]:not(:focus)")?.id;
                  return id || `${within} ${className || tagName}`;
                }"""
            )
            if stop in ("null BODY", "undefined BODY") or stop == "tab-one":
                return found
            found.append(stop)
            assert len(found) < 30

    everywhere = [
        "truncation",
        "ask",
        "kept face",
        "kept remove",
        "play SUMMARY",
        "wall-start",
        "wall face",
    ]
    assert reached() == ["seed", "random", "keep", *everywhere]
    guest.page.locator("#tab-one").focus()
    press("ArrowRight")
    assert reached() == ["walk-position", "walk-speed", "walk-play", "walk-loop", *everywhere]
    guest.page.locator("#tab-walk").focus()
    press("ArrowRight")
    assert reached() == ["plane-corners face"] * 4 + ["plane-x", "plane-y", *everywhere]
    guest.page.locator("#tab-plane").focus()
    press("End")
    assert reached() == ["sum-operands face"] * 3 + everywhere
    guest.page.locator("#tab-sum").focus()
    press("Home")

    guest.page.locator("#wall .face").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown"):
        press(key)
    columns = guest.page.evaluate(
        "getComputedStyle(document.getElementById('wall')).gridTemplateColumns.split(' ').length"
    )
    press("Enter")
    assert kept(guest) == [5, columns + 1]
    guest.wait_for(f"seed {columns + 1}")
    for _ in range(30):
        press("ArrowDown")
    assert guest.page.evaluate("document.activeElement.seed") == 31 * columns + 1
    outline = guest.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert re.fullmatch("solid|auto", outline)  # one sees where one is
