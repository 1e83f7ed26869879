import numpy as np
import pytest

from kerasgan.explaining.conditional_toy import train_conditional_toy
from kerasgan.explaining.conditional_toy_figure import draw_conditional_toys
from kerasgan.explaining.toy_data import (
    labelled_ring,
    labelled_swiss_roll,
    ring,
    ring_centres,
    swiss_roll,
    swiss_roll_arm,
)
from kerasgan.explaining.toy_gan import ToySettings


@pytest.fixture(scope="module", params=["ring", "swiss_roll"])
def toy(request):
    return train_conditional_toy(ToySettings(data=request.param, steps=600))


def test_labels_say_where_points_are():
    points, modes = labelled_ring(500, seed=3)
    np.testing.assert_array_equal(points, ring(500, seed=3))
    distances = np.linalg.norm(points[:, None] - ring_centres(), axis=-1)
    np.testing.assert_array_equal(distances.argmin(axis=1), modes)

    points, how_far = labelled_swiss_roll(500, seed=3)
    np.testing.assert_array_equal(points, swiss_roll(500, seed=3))
    assert how_far.shape == (500, 1)
    assert -1 <= how_far.min() < -0.98
    assert 0.98 < how_far.max() <= 1
    # By hand: the arm's radius is the square root of the place, from 1/4 to 1.
    radius = np.sqrt((how_far[:, 0] + 1) / 2 * 15 / 16 + 1 / 16)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), radius, atol=0.1)
    np.testing.assert_allclose(swiss_roll_arm(np.array([1.0, 0.25])), [[1, 0], [0.5, 0]], atol=1e-9)


@pytest.mark.slow
def test_points_go_where_their_labels_say(toy):
    at_least = {"ring": 0.5, "swiss_roll": 0.7}[toy.settings.data]  # by chance 1/8 and 1/2
    assert toy.agreement() > at_least


def test_d_wants_the_point_of_the_label(toy):
    first, second = {
        "ring": (np.array([0]), np.array([4])),  # at (1, 0) and (-1, 0)
        "swiss_roll": (np.array([[-0.9]]), np.array([[0.9]])),
    }[toy.settings.data]
    surfaces = [np.clip(toy.probabilities(label), 1e-9, 1 - 1e-6) for label in (first, second)]
    logits = [np.log(surface / (1 - surface)) for surface in surfaces]
    place, other = (np.rint((toy.sample(label)[0] + 1.6) / 3.2 * 60) for label in (first, second))
    column, row = place.astype(int)
    other_column, other_row = other.astype(int)
    difference = logits[0] - logits[1]  # what is said of a point alone is in both
    assert difference[row, column] > difference[other_row, other_column]


def test_toys_are_drawn(toy):
    assert draw_conditional_toys({"a toy": toy}).frames[0].std() > 10
