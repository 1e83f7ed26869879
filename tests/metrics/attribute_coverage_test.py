import numpy as np
import pytest

from kerasgan.faces import synthetic_faces
from kerasgan.faces.attributes import HAIR_SHADES
from kerasgan.metrics.attribute_coverage import (
    attribute_frequencies,
    attribute_gap,
    describe_attributes,
)
from kerasgan.metrics.embedded import EmbeddedNetwork


def seen(glasses, shades):
    return {"open_mouth": np.array(glasses), "hair_shade": np.array(shades)}


def test_frequencies_gap_and_words_by_hand():
    real = seen([True, False, False, False], [0, 1, 2, 3])
    generated = seen([False] * 4, [0, 0, 2, 3])
    frequencies = attribute_frequencies(real)
    assert frequencies["open mouth"] == 0.25
    assert [frequencies[f"{shade} hair"] for shade in HAIR_SHADES] == [0.25] * 4 + [0, 0]
    assert attribute_gap(real, generated) == pytest.approx((0.25 + 0.25 + 0.25) / 7)
    assert attribute_gap(real, real) == 0
    assert describe_attributes(real, generated)[0] == "open mouth: 25% real, 0% generated"


def test_a_generator_without_glasses_is_detected():
    network = EmbeddedNetwork()
    images, truth = synthetic_faces(800, image_size=(64, 64), seed=50)
    real = network.attributes(images[:400])
    without = images[400:][~truth["glasses"][400:]]
    first = describe_attributes(real, network.attributes(without))[0]
    assert first.startswith("glasses: ")
    assert first.endswith((" 0% generated", " 1% generated"))
    share = float(first.split(": ")[1].split("%")[0]) / 100
    assert share == pytest.approx(truth["glasses"][:400].mean(), abs=0.02)
