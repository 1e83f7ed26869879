"""The pages of conditional generators: which pictures are asked for which labels."""

import json
import shutil

import numpy as np
import pytest

from kerasgan.model.latents import great_circle, latents_from_seeds
from kerasgan.sampling.walks import sheet

pytestmark = pytest.mark.slow  # needs Chromium

CAT, OTHER = (
    "\N{CJK UNIFIED IDEOGRAPH-732B} 2",
    "<img src=x onerror=alert(1)>xxx\N{HORIZONTAL ELLIPSIS}",
)
LATENTS = {seed: latents_from_seeds([seed], 10).numpy() for seed in (3, 8, 20, 21)}


def paint(painter, latents, conditions):
    return painter.paint_conditions(latents, np.array([conditions], np.float32))[0]


def half(start, end):
    position = np.array([0.5], np.float32)
    return great_circle(LATENTS[start], LATENTS[end], position).numpy()


def wall(guest, number):
    return f"#wall .face:nth-child({number}) canvas"


def test_coins_are_numpys(visit, folders):
    seeds = [0, 1, 7, 2**32 - 1, 2**32, 2**53 - 1]
    found = visit(folders["colour"]).page.evaluate(
        """async (seeds) => {
          const { tosses } = await import("./coins.js");
          return seeds.map((seed) => tosses(seed, 13));
        }""",
        seeds,
    )
    wanted = [np.random.default_rng([5000, seed]).integers(2, size=13).tolist() for seed in seeds]
    assert found == wanted


@pytest.mark.parametrize("kind", ["classes", "attributes"])
def test_without_a_choice_pictures_are_those_of_python(visit, folders, painters, kind):
    guest = visit(folders[kind], "#seed=7")
    seeds = [*range(8), 7, 123_456]
    images = painters[kind].sample(seeds)
    guest.assert_shows(images[8])
    guest.wait_for_pixels(wall(guest, 8))
    for number, image in enumerate(images[:8], start=1):
        guest.assert_shows(image, wall(guest, number))
    before = guest.page.inner_text("#caption")
    guest.page.locator("#seed").fill("123456")
    guest.wait(f"document.getElementById('caption').textContent !== {json.dumps(before)}")
    guest.assert_shows(images[9])
    guest.page.locator("#seed").fill("-7")  # which Python does not take
    guest.wait("document.getElementById('caption').textContent.startsWith('seed -7, ')")


def test_a_class_is_asked_for_everywhere(visit, folders, painters):
    painter = painters["classes"]
    guest = visit(folders["classes"], "#seed=20")
    guest.page.get_by_role("radio", name=CAT).check()
    guest.wait_for(f"seed 20, {CAT}")
    asked = np.ones(3, np.int64)
    images = painter.sample([20, 4, 5], labels=asked)
    guest.assert_shows(images[0])
    guest.page.wait_for_timeout(300)
    guest.assert_shows(images[1], wall(guest, 5))
    guest.page.click("#wall .face:nth-child(6)")
    assert guest.page.inner_text("#status") == f"Seed 5, {CAT} kept."
    assert guest.page.evaluate("location.hash") == "#seed=5&label=1&kept=5:1"
    with guest.page.expect_download() as downloading:
        guest.page.click("#download")
    assert downloading.value.suggested_filename == f"seed_5_{CAT.replace(' ', '_')}.png"

    guest.page.get_by_role("radio", name="cat", exact=True).check()
    guest.wait_for("seed 5, cat")
    assert guest.page.inner_text("#keep") == "Keep"  # it is another picture
    guest.assert_shows(images[2], "#kept canvas")  # which has kept its label
    guest.page.click("#kept .face")
    guest.wait_for(f"seed 5, {CAT}")
    other = visit(folders["classes"], guest.page.evaluate("location.hash"))
    other.wait_for(f"seed 5, {CAT}")
    other.assert_shows(images[2])
    other.page.get_by_role("radio", name="Mixed").check()
    other.wait_for(f"seed 5, {OTHER}")
    other.assert_shows(painter.sample([5])[0])


def test_attributes_are_asked_for_by_sliders(visit, folders, painters):
    painter = painters["attributes"]
    guest = visit(folders["attributes"], "#seed=20")
    (own,) = painter.label_space.evenly([20]).tolist()
    shown = [guest.page.input_value(f"#label-{number}") for number in range(3)]
    assert list(map(float, shown)) == own
    guest.page.check("#label-negative")
    for number, value in enumerate((1, -0.35, 0)):
        guest.slide(f"#label-{number}", value)
    guest.wait_for("seed 20, glasses, wide smile \N{MINUS SIGN}0.35")
    label = np.array([[1, -0.35, 0]], np.float32)
    guest.assert_shows(painter.sample([20], labels=label)[0])
    guest.page.wait_for_timeout(300)
    guest.assert_shows(painter.sample([2], labels=label)[0], wall(guest, 3))
    assert guest.page.evaluate("location.hash") == "#seed=20&label=1_-0.35_0"
    other = visit(folders["attributes"], "#seed=20&label=1_-0.35_0")
    other.wait_for("seed 20, glasses, wide smile \N{MINUS SIGN}0.35")
    assert other.page.is_checked("#label-negative")
    other.page.uncheck("#label-negative")
    other.wait_for("seed 20, glasses")
    other.page.click("#label-mixed")
    other.wait("location.hash === '#seed=20'")
    other.page.wait_for_timeout(300)
    other.assert_shows(painter.sample([20])[0])


def test_a_walk_goes_between_labels_too(visit, folders, painters):
    painter = painters["classes"]
    guest = visit(folders["classes"], "#kept=3:0,8:1")
    guest.page.click("#tab-walk")
    told = guest.page.inner_text("#walk-stations")
    assert told == "Through the 2 pictures that you kept and their labels."
    guest.slide("#walk-position", 0.25)
    guest.wait_for(f"25% of the walk, 50% cat, 50% {CAT}")
    guest.assert_shows(paint(painter, half(3, 8), [0.5, 0.5, 0]))
    guest.page.click("#ask")
    guest.wait("document.getElementById('logit').textContent === 'It knows no labels between two.'")
    guest.page.get_by_role("radio", name="cat", exact=True).check()  # counts for what is shown
    guest.wait_for("25% of the walk, cat")
    guest.assert_shows(paint(painter, half(3, 8), [1, 0, 0]))
    guest.page.check("#keeps-labels")
    guest.wait_for(f"25% of the walk, 50% cat, 50% {CAT}")

    same = visit(folders["classes"], "#kept=3:0,3:1")  # of one seed, labels alone
    same.page.click("#tab-walk")
    same.slide("#walk-position", 0.125)
    same.wait_for(f"13% of the walk, 75% cat, 25% {CAT}")
    same.assert_shows(paint(painter, LATENTS[3], [0.75, 0.25, 0]))


def test_planes_and_sums_have_labels(visit, folders, painters):
    painter = painters["attributes"]
    corners = ["3:0_0_0", "8:1_0_0", "20:0_1_0", "21:0_0_-1"]
    guest = visit(folders["attributes"], f"#kept={','.join(corners)}")
    guest.page.click("#tab-plane")
    guest.slide("#plane-x", 0.75)
    guest.slide("#plane-y", 0.25)
    guest.wait_for("75% right, 25% down, glasses 0.56, wide smile 0.06, age \N{MINUS SIGN}0.19")
    latents = sheet(latents_from_seeds([3, 8, 20, 21], 10), side=5)[1 * 5 + 3, None]
    guest.assert_shows(paint(painter, latents, [0.5625, 0.0625, -0.1875]))
    guest.page.click("#tab-sum")
    guest.wait_for("seed 3 \N{MINUS SIGN} seed 8 + seed 20, all at 0")
    latents = LATENTS[3] - LATENTS[8] + LATENTS[20]
    guest.assert_shows(paint(painter, latents, [0, 0, 0]))
    assert guest.page.inner_text("#panel-sum .hint").startswith(
        "a \N{MINUS SIGN} b + c, of latents, with the label of a."
    )


@pytest.mark.parametrize(
    ("kind", "label", "values"), [("classes", "2", 2), ("attributes", "1_0.5_0", [1, 0.5, 0])]
)
def test_the_discriminator_hears_of_the_label(visit, folders, painters, kind, label, values):
    painter = painters[kind]
    guest = visit(folders[kind], f"#seed=3&label={label}")
    guest.page.click("#ask")
    guest.wait("document.getElementById('logit').textContent !== ''")
    labels = np.array([values], np.int64 if kind == "classes" else np.float32)
    images = painter.signatures["serving_default"](latents=LATENTS[3], labels=labels)["images"]
    logit = float(painter.signatures["discriminate"](images=images, labels=labels)["logits"][0, 0])
    assert guest.page.inner_text("#logit") == f"{logit:.2f} (higher: more like its data)"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("classes", "label=3&kept=4:9"),
        ("classes", "label=cat&kept=4:"),
        ("attributes", "label=1_1&kept=4:0_0_2"),
        ("attributes", "label=1_x_0&kept=4:__"),
        ("colour", "label=1&kept=4:1"),
    ],
)
def test_a_senseless_label_is_as_none(visit, folders, painters, kind, said):
    guest = visit(folders[kind], f"#seed=4&{said}")
    guest.assert_shows(painters[kind].sample([4])[0])
    guest.page.click("#random")
    own = {"classes": ":1", "attributes": ":" + "_".join(own_of(painters[kind], 4))}.get(kind, "")
    assert guest.page.evaluate("location.hash.split('&')[1]") == f"kept=4{own}"


def own_of(painter, seed):
    space = painter.label_space
    return (
        [f"{value:g}" for value in space.evenly([seed])[0]]
        if space and space.kind != "classes"
        else []
    )


def test_names_are_text_and_many_classes_are_a_list(visit, folders, tmp_path):
    """Names of the page's own model.json; a generator that takes none is not given any."""
    names = ["</select><script>alert(2)</script>", "<b>bold</b>" * 40, *map(str, range(12))]
    folder = tmp_path / "page"
    shutil.copytree(folders["colour"], folder)
    path = folder / "model.json"
    labels = {"kind": "classes", "names": names}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"labels": labels}))
    guest = visit(folder, viewport={"width": 390, "height": 800})
    guest.page.get_by_label("Label", exact=True).select_option(names[1])
    guest.wait("location.hash === '#seed=0&label=1'")
    assert guest.page.locator("#label-list option").all_text_contents() == ["Mixed", *names]
    assert guest.page.locator("b, body script").count() == 0
    assert guest.page.evaluate("document.documentElement.scrollWidth") <= 390
    chips = visit(folders["classes"], viewport={"width": 390, "height": 800})
    assert chips.page.locator("img").count() == 0
    assert chips.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_keyboard_reaches_and_moves_the_labels(visit, folders):
    guest = visit(folders["classes"])
    guest.page.locator("#keep").focus()
    guest.page.keyboard.press("Tab")
    guest.page.keyboard.press("ArrowRight")
    guest.wait("location.hash === '#seed=0&label=0'")
    outline = guest.page.evaluate(
        "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"
    )
    assert outline == "solid"
    guest.page.keyboard.press("Tab")
    assert guest.page.evaluate("document.activeElement.id") == "truncation"
    sliders = visit(folders["attributes"], "#label=0_0_0")
    sliders.page.locator("#label-mixed").focus()
    for key in ("Tab", "Tab", "ArrowRight"):
        sliders.page.keyboard.press(key)
    sliders.wait("location.hash === '#seed=0&label=0.05_0_0'")
