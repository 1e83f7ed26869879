"""Labels of synthetic faces, and which of them have a side."""

import numpy as np
import pytest

from kerasgan.config import DataSettings
from kerasgan.data import load_images
from kerasgan.errors import UserError
from kerasgan.faces import render_faces, sample_attributes
from kerasgan.faces.attributes import BACKGROUNDS, CHOICES, FRINGES, RANGES, SIDED

COUNT = 60


def load(labels, **options):
    settings = {"image_size": 16, "num_images": COUNT, **options}
    return load_images(DataSettings(labels=labels, **settings), seed=3)


def test_bools_are_0_and_1_and_numbers_go_from_minus_1_to_1_over_their_range():
    images = load("glasses,beard,hair_length,smile")
    labels, drawn = images.conditions, sample_attributes(np.arange(COUNT), seed=3)
    assert labels.space.kind == "attributes"
    assert labels.space.names == ("glasses", "beard", "hair_length", "smile")
    np.testing.assert_array_equal(labels.values[:, 0], drawn["glasses"])
    np.testing.assert_array_equal(labels.values[:, 1], drawn["beard"])
    np.testing.assert_allclose(labels.values[:, 2], 2 * drawn["hair_length"] - 1, atol=1e-6)
    np.testing.assert_allclose(labels.values[:, 3], (drawn["smile"] - 0.25) / 0.75, atol=1e-6)
    assert np.abs(labels.values).max() <= 1
    np.testing.assert_array_equal(images.labels["smile"], drawn["smile"])  # as before


def test_the_pixels_are_those_of_a_run_without_labels():
    with_labels, without = load("glasses"), load(None)
    np.testing.assert_array_equal(with_labels[:], without[:])
    assert with_labels.fingerprint.pixels == without.fingerprint.pixels
    assert with_labels.fingerprint.labels == with_labels.conditions.digest()
    assert without.conditions is None and not hasattr(without.fingerprint, "labels")


def test_kinds_are_classes():
    labels = load("fringe").conditions
    assert (labels.space.kind, labels.space.names) == ("classes", FRINGES)
    np.testing.assert_array_equal(
        labels.values, sample_attributes(np.arange(COUNT), seed=3)["fringe"]
    )


def test_ranges_and_choices_are_those_of_what_is_drawn():
    drawn = sample_attributes(np.arange(4000), seed=0)
    for name, values in drawn.items():
        assert (name in RANGES) == (values.ndim == 1 and values.dtype.kind == "f"), name
        assert (name in CHOICES) == (values.dtype.kind == "i"), name
    for name, (low, high) in RANGES.items():
        slack = 1e-6 * (high - low)
        assert low - slack <= drawn[name].min() <= drawn[name].max() <= high + slack, name
    for name, kinds in CHOICES.items():
        assert sorted(set(drawn[name].tolist())) == list(range(len(kinds))), name


def test_faces_with_all_sides_mirrored_are_the_mirror_image():
    """So nothing else has a side. Of backgrounds, only the diagonal one is drawn from a corner."""
    faces = sample_attributes(np.arange(300), seed=3)
    mirrored = {**faces, **{name: -faces[name] for name in SIDED if name != "fringe"}}
    left, right = FRINGES.index("parted left"), FRINGES.index("parted right")
    swapped = np.arange(len(FRINGES))
    swapped[[left, right]] = right, left
    mirrored["fringe"] = swapped[faces["fringe"]]
    images = render_faces(faces, image_size=(32, 32)).astype(int)
    others = render_faces(mirrored, image_size=(32, 32)).astype(int)[:, :, ::-1]
    kept = faces["background"] != BACKGROUNDS.index("diagonal gradient")
    assert np.abs(images - others)[kept].max() <= 2  # a rounding
    for name in SIDED:  # and each of these has one
        one = {**mirrored, name: faces[name]}
        other = render_faces(one, image_size=(32, 32)).astype(int)[:, :, ::-1]
        assert np.abs(images - other)[kept].max() > 20, name


@pytest.mark.parametrize("name", SIDED)
def test_what_has_a_side_is_refused_with_mirrored_images(name):
    with pytest.raises(UserError) as refused:
        load(f"{name}", random_flip=True)
    assert str(refused.value) == (
        f"--random_flip: mirrors images, and {name} in --labels={name} has a left and a right; "
        "leave one of them out"
    )
    assert load(name).conditions is not None
    assert load("smile,hat", random_flip=True).conditions is not None


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("folders", "--labels=folders: synthetic_faces have neither folders nor names; must be na"),
        ("a.csv", "--labels=a.csv: synthetic_faces have neither folders nor names; must be names"),
        ("glases", "--labels=glases: glases is not a label of the data set; must be of glasses"),
        ("hat_colour", "--labels=hat_colour: hat_colour has several values for each picture; mus"),
        ("hat,fringe", "--labels=hat,fringe: fringe is of classes, as 0 is of "),
    ],
)
def test_what_faces_do_not_have_is_refused(labels, message):
    with pytest.raises(UserError) as refused:
        load(labels)
    assert str(refused.value).startswith(message)
