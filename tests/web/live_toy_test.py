"""The live GAN in two dimensions of the tutorial's chapter 7."""

import re

import numpy as np
import pytest
import tensorflow as tf
from playwright.sync_api import expect

from kerasgan.model.losses import LOSSES

pytestmark = pytest.mark.slow  # needs Chromium, and the site

CHAPTER = "tutorial/07_toys.html"


def part(page, name):
    return page.locator(f'.live [data-part="{name}"]')


def test_the_losses_are_pythons(open_site):
    page = open_site(CHAPTER)
    logits = [(0.5, 0.2), (-1.5, 2.5), (30.0, -40.0), (0.3, 0.9)]
    found = page.evaluate(
        """(logits) => Object.entries(kerasgan.LOSSES).map(([name, loss]) => [name, {
          discriminator: logits.map((pair) => loss.discriminator(...pair)),
          generator: logits.map((pair) => loss.generator(...pair)),
        }])""",
        logits,
    )
    assert {name for name, _ in found} == set(LOSSES)
    for name, sides in found:
        for side, results in sides.items():
            for pair, result in zip(logits, results, strict=True):
                real, fake = (tf.constant([[x]], tf.float64) for x in pair)
                with tf.GradientTape() as tape:
                    tape.watch([real, fake])
                    loss = getattr(LOSSES[name], side)(real, fake)
                slopes = tape.gradient(loss, [real, fake], unconnected_gradients="zero")
                wanted = [float(loss), *(float(slope[0, 0]) for slope in slopes)]
                np.testing.assert_allclose(result, wanted, atol=1e-12, err_msg=f"{name} {side}")


def test_the_toys_gradients_are_those_of_its_losses(open_site):
    """Central differences, of every weight of D and, through D, of every weight of G."""
    page = open_site(CHAPTER)
    worst = page.evaluate(
        """() => Object.keys(kerasgan.LOSSES).map((loss) => {
          const gan = new kerasgan.ToyGan({ loss, units: 5, seed: 3 });
          const random = new kerasgan.Random(4);
          for (const { layers } of [gan.generator, gan.discriminator]) {
            for (const { bias } of layers) bias.set(random.normals(bias.length)); // off ReLU's kink
          }
          const real = random.normals(14), latents = random.normals(14);
          const fake = gan.generate(latents);
          const dLoss = () => {
            const loss = gan.discriminatorGradients(real, fake);
            for (const [, gradient] of gan.discriminator.parameters()) gradient.fill(0);
            return loss;
          };
          const gLoss = () => gan.generatorSlopes(real, gan.generate(latents))[0];

          gan.discriminatorGradients(real, fake);
          const dGradients = gan.discriminator.parameters().map(([, gradient]) => gradient.slice());
          const made = gan.generator.forward(latents);
          gan.generator.backward(made, gan.generatorSlopes(real, made.outputs)[1]);
          const gGradients = gan.generator.parameters().map(([, gradient]) => gradient.slice());

          let worst = 0, largest = 0;
          for (const [network, gradients, lossOf] of [
            [gan.discriminator, dGradients, dLoss], [gan.generator, gGradients, gLoss],
          ]) {
            for (const [at, [values]] of network.parameters().entries()) {
              for (let n = 0; n < values.length; n++) {
                const value = values[n], step = 1e-6;
                values[n] = value + step;
                const above = lossOf();
                values[n] = value - step;
                const slope = (above - lossOf()) / (2 * step);
                values[n] = value;
                worst = Math.max(worst, Math.abs(slope - gradients[at][n]));
                largest = Math.max(largest, Math.abs(slope));
              }
            }
          }
          return [loss, worst, largest];
        })"""
    )
    for loss, difference, largest in worst:
        assert difference < 1e-6, loss
        assert largest > 1e-2, loss


def test_the_toy_finds_the_ring_from_a_seed(open_site):
    page = open_site(CHAPTER)
    modes, again = page.evaluate(
        """() => {
          const train = (steps) => {
            const gan = new kerasgan.ToyGan({ seed: 0 });
            for (let step = 0; step < steps; step++) gan.train();
            return gan;
          };
          const latents = new kerasgan.Random(7).normals(4000);
          const weights = () => train(200).generator.parameters().map(([values]) => values.join());
          return [kerasgan.countModes(train(1800).generate(latents)), [weights(), weights()]];
        }"""
    )
    assert modes["found"] == 8
    assert modes["near"] > 0.5
    assert again[0] == again[1]


def test_the_toy_obeys_its_controls(open_site):
    page = open_site(CHAPTER)
    caption = part(page, "caption").first
    assert caption.inner_text().startswith("Step 0:")
    part(page, "step").press("Enter")
    assert caption.inner_text().startswith("Step 1:")
    assert "Step 1: 0 of 8 modes" in part(page, "picture").get_attribute("aria-label")
    assert part(page, "d-loss").inner_text().replace(".", "").isdigit()
    part(page, "play").press("Space")
    expect(caption).to_have_text(re.compile(r"Step \d\d"))
    part(page, "play").press("Space")
    stopped = caption.inner_text()
    page.wait_for_timeout(200)
    assert caption.inner_text() == stopped == part(page, "status").inner_text()
    part(page, "data").select_option("swiss_roll")
    assert caption.inner_text() == "Step 0"
    page.get_by_role("button", name="D too strong").click()
    part(page, "play").click()
    assert part(page, "loss").input_value() == "minimax"
    assert part(page, "g-rate-value").inner_text() == "0.0003"
    assert part(page, "data").input_value() == "ring"


def test_the_toy_starts_by_itself_when_it_is_seen_and_motion_is_welcome(open_site):
    small = {"width": 900, "height": 200}
    page = open_site(CHAPTER, reduced_motion="no-preference", viewport=small)
    page.wait_for_timeout(200)
    expect(part(page, "play")).to_have_text("Play")
    part(page, "picture").scroll_into_view_if_needed()
    expect(part(page, "play")).to_have_text("Pause")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(part(page, "play")).to_have_text("Play")
