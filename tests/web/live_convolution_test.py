"""The live transposed convolution of the tutorial's chapter 6."""

import numpy as np
import pytest

from kerasgan.explaining.convolution import TransposedConvolution
from kerasgan.explaining.transposed_convolution import table

pytestmark = pytest.mark.slow  # needs Chromium, and the site

CHAPTER = "tutorial/06_transposed_convolution.html"


def part(page, name):
    return page.locator(f'.live [data-part="{name}"]')


def text(page, name):
    return part(page, name).inner_text().replace("\N{MINUS SIGN}", "-")


def test_transposed_convolutions_are_pythons(open_site):
    page = open_site(CHAPTER)
    random = np.random.default_rng(0)
    cases, expected = [], []
    for i, k, s, p in np.ndindex(6, 6, 4, 5):
        try:
            convolution = TransposedConvolution(i, k, s, p)
        except ValueError:
            continue
        inputs, kernel = random.normal(size=[i, i]), random.normal(size=[k, k])
        cases.append(
            {"i": i, "k": k, "s": s, "p": p, "inputs": inputs.tolist(), "kernel": kernel.tolist()}
        )
        expected.append((convolution, inputs, kernel))
    assert len(cases) > 100
    results = page.evaluate(
        """(cases) => cases.map(({ inputs, kernel, ...sizes }) => {
          const convolution = new kerasgan.TransposedConvolution(sizes);
          const { outputSize, zerosBetween, outerPadding } = convolution;
          return {
            sizes: [outputSize, zerosBetween, outerPadding],
            spread: convolution.spread(inputs).map((row) => row.map(({ value }) => value)),
            outputs: convolution.apply(inputs, kernel),
            stamped: convolution.stamp(inputs, kernel),
            keras: convolution.inKeras(),
          };
        })""",
        cases,
    )
    for result, (convolution, inputs, kernel) in zip(results, expected, strict=True):
        assert result["sizes"] == [
            convolution.output_size,
            convolution.zeros_between,
            convolution.outer_padding,
        ]
        np.testing.assert_array_equal(result["spread"], convolution.spread(inputs))
        outputs = convolution.apply(inputs, kernel)
        np.testing.assert_allclose(result["outputs"], outputs, atol=1e-12)
        np.testing.assert_allclose(result["stamped"], outputs, atol=1e-12)
        assert table(convolution).endswith(result["keras"])


def test_the_kernel_slides_by_keyboard(open_site):
    page = open_site(CHAPTER)
    assert text(page, "size").endswith("(3 - 1) · 2 + 3 - 2 · 1 = 5")
    part(page, "k").focus()
    page.keyboard.press("ArrowRight")
    part(page, "i").focus()
    page.keyboard.press("ArrowLeft")
    assert text(page, "size").endswith("(2 - 1) · 2 + 4 - 2 · 1 = 4")
    assert part(page, "output").locator("rect").count() == 16
    assert part(page, "input").locator("rect.input").count() == 4
    part(page, "position").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    # Inputs 1, 2, 3, 4: away from the corners the kernel lies over all of them.
    assert text(page, "caption") == (
        "Output pixel row 2, column 2: the sum under the kernel is 10."
    )
    assert part(page, "output").get_attribute("aria-label").endswith("kernel is 10.")
    part(page, "view").select_option("stamps")
    part(page, "next").press("Enter")
    assert text(page, "caption").startswith("Input 2 of 4, the 2, stamps")
    part(page, "i").fill("1")
    part(page, "k").fill("2")
    part(page, "p").fill("1")
    assert part(page, "empty").is_visible()
