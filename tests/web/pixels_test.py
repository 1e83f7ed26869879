"""One seed is one picture, in the browser too."""

import pathlib

import numpy as np
import pytest
from PIL import Image

from kerasgan.model.latents import great_circle, latents_from_seeds
from kerasgan.sampling.walks import sheet, walk

pytestmark = pytest.mark.slow  # needs Chromium

SEEDS = (0, 7, 123_456, -5, 2**53 - 1)
KINDS = ("colour", "grey", "large", "sprites")


@pytest.mark.parametrize("length", [1, 6, 100])
def test_latents_are_tensorflows(visit, folders, length):
    found = visit(folders["colour"]).page.evaluate(
        """async ([seeds, length]) => {
          const { latentsOfSeed } = await import("./philox.js");
          return seeds.map((seed) => [...latentsOfSeed(seed, length)]);
        }""",
        [SEEDS, length],
    )
    wanted = latents_from_seeds(SEEDS, length)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("kind", [*KINDS, "resnet", "r3gan"])
def test_a_typed_seed_is_pythons_picture(visit, folders, painters, kind):
    guest = visit(folders[kind])
    for seed, image in zip(SEEDS, painters[kind].sample(SEEDS), strict=True):
        guest.page.locator("#seed").fill(str(seed))
        guest.wait_for(f"seed {seed}")
        guest.assert_shows(image)


@pytest.mark.parametrize("kind", ["colour", "grey"])
def test_the_wall_paints_pythons_pictures(visit, folders, painters, kind):
    guest = visit(folders[kind], viewport={"width": 1440, "height": 1600})
    guest.wait_for_pixels("#wall .face:nth-child(64) canvas")
    for seed, image in enumerate(painters[kind].sample(range(64))):
        guest.assert_shows(image, f"#wall .face:nth-child({seed + 1}) canvas")


def test_truncation_is_pythons(visit, folders, painters):
    guest = visit(folders["colour"], "#seed=3")
    before = guest.pixels()
    guest.slide("#truncation", 0.5)
    guest.wait("location.hash === '#seed=3&truncation=0.5'")
    guest.page.wait_for_timeout(300)
    guest.assert_shows(painters["colour"].sample([3], 0.5)[0])
    assert (guest.pixels() != before).any()


def test_a_walk_is_pythons(visit, folders, painters):
    painter = painters["colour"]
    guest = visit(folders["colour"], "#seed=0&kept=3,8,20")
    guest.page.click("#tab-walk")
    frames = painter.paint(walk(latents_from_seeds([3, 8, 20], 10), num_frames=4))
    for share, image in zip((0.25, 0.5, 0.75), frames[1:], strict=True):
        guest.slide("#walk-position", share)
        guest.wait_for(f"{share:.0%} of the walk")
        guest.assert_shows(image)
    guest.page.uncheck("#walk-loop")
    guest.slide("#walk-position", 1)
    guest.wait_for("100% of the walk")
    guest.assert_shows(painter.sample([20])[0])


def test_the_plane_is_pythons(visit, folders, painters):
    guest = visit(folders["colour"], "#kept=3,8,20,21")
    guest.page.click("#tab-plane")
    latents = sheet(latents_from_seeds([3, 8, 20, 21], 10), side=5)
    guest.slide("#plane-x", 0.75)
    guest.slide("#plane-y", 0.25)
    guest.wait_for("75% right, 25% down")
    guest.assert_shows(painters["colour"].paint(latents)[1 * 5 + 3])


def test_arithmetic_is_pythons(visit, folders, painters):
    guest = visit(folders["grey"], "#kept=3,8,20")
    guest.page.click("#tab-sum")
    guest.wait_for("seed 3 \N{MINUS SIGN} seed 8 + seed 20")
    a, b, c = latents_from_seeds([3, 8, 20], 10).numpy()
    guest.assert_shows(painters["grey"].paint([a - b + c])[0])


def test_geometry_has_no_holes(visit, folders):
    start, end = np.array([[3.0, 0.0]], np.float32), np.array([[-1.5, 2.0]], np.float32)
    pairs = [(start, end), (start, 2 * start), (start, -start)]
    found = visit(folders["colour"]).page.evaluate(
        """async (pairs) => {
          const { greatCircle } = await import("./sphere.js");
          return pairs.map((ends) => [
            ...greatCircle(...ends.map((end) => Float32Array.from(end)), 0.3),
          ]);
        }""",
        [[a[0].tolist(), b[0].tolist()] for a, b in pairs],
    )
    wanted = [great_circle(a, b, np.array([0.3], np.float32))[0] for a, b in pairs]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_transparent_pixels_are_on_a_checkerboard(visit, folders):
    for kind, wanted in (("sprites", True), ("colour", False)):
        background = "getComputedStyle(document.getElementById('picture')).backgroundImage"
        assert ("conic-gradient" in visit(folders[kind]).page.evaluate(background)) == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_a_download_is_the_picture_as_a_png(visit, folders, painters, kind):
    guest = visit(folders[kind], "#seed=5")
    with guest.page.expect_download() as downloading:
        guest.page.click("#download")
    assert downloading.value.suggested_filename == "seed_5.png"
    with Image.open(pathlib.Path(downloading.value.path())) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    (image,) = painters[kind].sample([5])
    guest.assert_alike(pixels, image)


def test_the_discriminators_opinion_is_pythons(visit, folders, painters):
    painter = painters["colour"]
    guest = visit(folders["colour"], "#seed=5")
    guest.page.click("#ask")
    guest.wait("document.getElementById('logit').textContent !== ''")
    image = painter.signatures["serving_default"](latents=latents_from_seeds([5], 10))["images"]
    logit = float(painter.signatures["discriminate"](images=image)["logits"][0, 0])
    assert guest.page.inner_text("#logit") == f"{logit:.2f} (higher: more like its data)"
