"""Which row of a file of labels belongs to which picture."""

import unicodedata

import pytest

from kerasgan.data.labels.match import match_names
from kerasgan.errors import UserError


@pytest.mark.parametrize(
    "row",
    [
        "cats/1.png",
        r"cats\1.png",
        "./cats/1.png",
        "1.png",
        "1",
        "cats/1",
        "1.JPG",
        "mine/cats/1.png",
    ],
)
def test_a_name_is_found_however_it_is_written(row):
    pictures = ["cats/0.png", "cats/1.png", "dogs/2.png"]
    assert match_names("l.csv", pictures, ["other.png", row]) == [-1, 1, -1]


@pytest.mark.parametrize("row", ["dogs/1.png", "mine/dogs/1.png", "1.tar", "01", "1.png.png", ""])
def test_another_picture_is_not_taken_for_it(row):
    assert match_names("l.csv", ["cats/1.png"], [row]) == [-1]


def test_the_exact_name_comes_before_others():
    pictures = ["1.png", "deep/1.png", "1.jpg"]
    assert match_names("l.csv", pictures, ["deep/1.png", "1.jpg", "1.png"]) == [2, 0, 1]
    assert match_names("l.csv", ["a/1.png", "a/1.jpg"], ["1.jpg"]) == [-1, 0]
    assert match_names("l.csv", ["a/1.png"], ["1.jpg", "1.png"]) == [1]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_may_be_composed_or_not(form):
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    name = "Frauen/Zoë.png"
    picture, row = unicodedata.normalize(form, name), unicodedata.normalize(other, name)
    assert picture != row
    assert match_names("l.csv", [picture], [row]) == [0]


def test_a_name_that_may_be_two_pictures_is_refused():
    with pytest.raises(UserError) as refused:
        match_names("l.csv", ["cats/1.png", "dogs/1.png"], ["1.png"])
    assert str(refused.value) == (
        "--labels=l.csv: 1.png may be cats/1.png or dogs/1.png; must name pictures by their paths "
        "in the data set"
    )


def test_a_picture_that_two_names_may_be_is_refused():
    with pytest.raises(UserError) as refused:
        match_names("l.csv", ["1.png"], ["cats/1.png", "dogs/1.png"])
    assert str(refused.value) == (
        "--labels=l.csv: has cats/1.png and dogs/1.png for 1.png; must name it once, by its path "
        "in the data set"
    )


def test_the_copies_of_a_name_in_an_archive_have_one_label():
    assert match_names("l.csv", ["a.png", "a.png"], ["a.png"]) == [0, 0]
