import numpy as np
import pytest

from kerasgan.errors import UserError
from kerasgan.label_space import LabelSpace
from kerasgan.sampling.asked_labels import parse_labels

PETS = LabelSpace(kind="classes", names=("cat", "dog", "emu, or ostrich", "1"))
FACES = LabelSpace(kind="attributes", names=("glasses", "smile", "a=b"))


def test_classes_are_asked_for_by_name_or_index():
    asked = parse_labels(["dog, 0", "emu, or ostrich"], PETS)
    assert asked.names == ("dog", "cat", "emu, or ostrich")
    np.testing.assert_array_equal(asked.values, [1, 0, 2])
    assert asked.values.dtype == np.int64
    np.testing.assert_array_equal(asked.of(2, 3), [2, 2, 2])


def test_a_name_counts_before_an_index():
    np.testing.assert_array_equal(parse_labels(["1,2"], PETS).values, [3, 2])


def test_attributes_are_asked_for_by_name_and_value():
    texts = ["glasses=1,smile=-0.5", "smile", " a=b , glasses = 0.5", "a=b=-1", ""]
    asked = parse_labels(texts, FACES)
    assert asked.names == (*texts[:-1], "none")
    np.testing.assert_array_equal(
        asked.values, [[1, -0.5, 0], [0, 1, 0], [0.5, 0, 1], [0, 0, -1], [0, 0, 0]]
    )
    assert asked.values.dtype == np.float32


@pytest.mark.parametrize(
    ("space", "texts", "message"),
    [
        (PETS, ["cow"], "--labels=cow: must be of cat, dog, emu, or ostrich, 1, or the index"),
        (PETS, ["cat,4"], "--labels=4: must be of cat, dog"),
        (PETS, ["-1"], "--labels=-1: must be of cat, dog"),
        (PETS, [""], "--labels=: must be of cat, dog"),
        (PETS, ["cat", "0"], "--labels=cat: is asked for twice"),
        (FACES, ["beard=1"], "--labels=beard=1: must be of glasses, smile, a=b, each with"),
        (FACES, ["glasses=1,"], "--labels=glasses=1,: must be of glasses, smile"),
        (FACES, ["glasses=yes"], "--labels=glasses=yes: glasses=yes must be a number in"),
        (FACES, ["glasses=1.1"], "--labels=glasses=1.1: glasses=1.1 must be a number in [-1, 1]"),
        (FACES, ["glasses=nan"], "--labels=glasses=nan: glasses=nan must be a number in [-1, 1]"),
        (FACES, ["smile,smile=0"], "--labels=smile,smile=0: names smile twice"),
    ],
)
def test_what_is_no_label_is_refused_with_those_that_there_are(space, texts, message):
    with pytest.raises(UserError) as refused:
        parse_labels(texts, space)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_of_many_names_some_are_printed():
    space = LabelSpace(kind="classes", names=tuple(f"class {i}" for i in range(1000)))
    with pytest.raises(UserError, match=r"class 19 and 980 more, or the index of one$"):
        parse_labels(["x"], space)


def test_labels_that_nobody_asks_for_are_even_and_functions_of_the_seed():
    np.testing.assert_array_equal(PETS.evenly([0, 1, 6, 2**63 - 1]), [0, 1, 2, 3])
    values = FACES.evenly(range(2000))
    assert values.shape == (2000, 3) and values.dtype == np.float32
    assert set(np.unique(values)) == {0, 1}
    np.testing.assert_allclose(values.mean(axis=0), 0.5, atol=0.05)
    assert abs(np.corrcoef(values.T) - np.eye(3)).max() < 0.1
    np.testing.assert_array_equal(FACES.evenly([7, 1999]), values[[7, 1999]])
