"""What is measured of a generator that was asked for labels."""

import dataclasses

import numpy as np
import pytest

from kerasgan.config import DataSettings
from kerasgan.data import ImageSet, load_images
from kerasgan.data.image_set import LabelledFingerprint
from kerasgan.errors import UserError
from kerasgan.faces import synthetic_faces
from kerasgan.label_space import Labels, LabelSpace
from kerasgan.metrics import label_reader
from kerasgan.metrics.agreement import agreement_scores
from kerasgan.metrics.class_scores import class_scores
from kerasgan.metrics.evaluation import evaluate
from kerasgan.metrics.extractors import Extractor
from kerasgan.metrics.frechet import Moments, fid
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.label_reader import train_label_reader
from kerasgan.metrics.labelled import ask_for_labels
from kerasgan.metrics.measuring import Summary
from kerasgan.metrics.neighbours import prdc
from kerasgan.metrics.sources import Source, source_of_images

SHADES = LabelSpace(kind="classes", names=("dark", "grey", "bright"))
SIDES = LabelSpace(kind="attributes", names=("left", "top"))


def shades(values, seed):
    """16x16 images that are dark, grey or bright, with noise."""
    noise = np.random.default_rng(seed).integers(-25, 25, [len(values), 16, 16, 1])
    return (np.array([60, 128, 195])[values][:, None, None, None] + noise).astype(np.uint8)


def sides(values, seed):
    """16x16 images that are bright on the left, or on the top, as far as the values say."""
    images = np.random.default_rng(seed).integers(90, 110, [len(values), 16, 16, 1])
    images[:, :, :8] += (60 * values[:, 0]).astype(int)[:, None, None, None]
    images[:, :8] += (60 * values[:, 1]).astype(int)[:, None, None, None]
    return images.astype(np.uint8)


def image_set(images, labels):
    fingerprint = LabelledFingerprint(
        source="test", files="", count=len(images), split="all", crop="none", resize="none",
        background="none", image_size="16x16x1", pixels="p", labels=labels.digest(),
    )  # fmt: skip
    return ImageSet(rows=images, fingerprint=fingerprint, conditions=labels)


def real_shades(count=600):
    values = np.random.default_rng(3).choice(3, size=count, p=[0.6, 0.3, 0.1])
    labels = Labels(space=SHADES, values=values)
    return source_of_images("real", "shades", image_set(shades(values, 1), labels), seed=5)


def generator(space, paint):
    """A source that paints what it is asked for: paint(values, seed) -> images."""
    return Source(
        flag="generated", name="g", digest="d", image_shape=(16, 16, 1), available=None,
        sample=lambda first, count: paint(space.evenly(range(first, first + count)), 2),
        labels=lambda first, count: Labels(
            space=space, values=space.evenly(range(first, first + count))
        ),
        label_space=space,
        sample_labels=lambda first, count, values: paint(values, first + 2),
    )  # fmt: skip


def test_labels_are_drawn_as_often_as_the_real_images_have_them():
    real = real_shades()
    asked, same = ask_for_labels(generator(SHADES, shades), real, texts=None, seed=1)
    assert same is real
    values = asked.labels(0, 3000).values
    np.testing.assert_allclose(np.bincount(values) / 3000, [0.6, 0.3, 0.1], atol=0.05)
    np.testing.assert_array_equal(asked.labels(70, 100).values, values[70:170])
    np.testing.assert_array_equal(asked.sample(70, 100), shades(values[70:170], 72))
    other, _ = ask_for_labels(generator(SHADES, shades), real, texts=None, seed=2)
    assert (other.labels(0, 3000).values != values).any()


def test_without_real_labels_they_are_even():
    real = dataclasses.replace(real_shades(), images=None)
    asked, _ = ask_for_labels(generator(SHADES, shades), real, texts=None, seed=1)
    np.testing.assert_array_equal(asked.labels(4, 5).values, [1, 2, 0, 1, 2])


def test_labels_that_are_given_are_asked_for_in_turn_and_compared_with_their_own():
    real = real_shades()
    asked, chosen = ask_for_labels(generator(SHADES, shades), real, texts=["bright,dark"], seed=5)
    np.testing.assert_array_equal(asked.labels(1, 4).values, [0, 2, 0, 2])
    kept = chosen.labels(0, chosen.available).values
    assert set(kept) == {0, 2}
    everything = real.labels(0, 600).values
    np.testing.assert_array_equal(kept, everything[everything != 1])
    np.testing.assert_array_equal(
        chosen.sample(0, chosen.available), real.sample(0, 600)[everything != 1]
    )
    assert chosen.digest != real.digest
    with pytest.raises(UserError, match="--labels=red: must be of dark, grey, bright"):
        ask_for_labels(generator(SHADES, shades), real, texts=["red"], seed=5)
    with pytest.raises(UserError, match="--labels=dark: --generated=shades cannot be asked for"):
        ask_for_labels(real, real, texts=["dark"], seed=5)


def summary(features):
    return Summary(len(features), extractor="net", features=features)


def test_classes_are_scored_on_their_own_where_they_have_enough_images():
    random = np.random.default_rng(0)
    real_labels = Labels(space=SHADES, values=np.repeat([0, 1, 2], [150, 120, 30]))
    asked = Labels(space=SHADES, values=np.tile([2, 1, 0], 110))
    real, generated = random.normal(size=[300, 4]), random.normal(0.3, size=[330, 4])
    scores = class_scores(
        summary(real), real_labels, summary(generated), asked, metrics=["fid", "kid", "prdc"]
    )
    pairs = {"dark": (real[:150], generated[2::3]), "grey": (real[150:270], generated[1::3])}
    wanted = {}
    for name, (a, b) in pairs.items():
        wanted[f"fid110_net[{name}]"] = fid(Moments.of(a), Moments.of(b))
        wanted[f"kid110_net[{name}]"] = kid(a, b)
        wanted[f"coverage110_net[{name}]"] = prdc(a, b)["coverage"]
    assert scores == pytest.approx(wanted)


def test_classes_are_not_scored_without_features_or_of_other_classes():
    labels = Labels(space=SHADES, values=np.zeros(200, np.int64))
    other = Labels(space=LabelSpace(kind="classes", names=("a", "b", "c")), values=labels.values)
    some = summary(np.random.default_rng(0).normal(size=[200, 4]))
    assert class_scores(Summary(200), labels, some, labels, metrics=["fid"]) == {}
    assert class_scores(some, other, some, labels, metrics=["kid"]) == {}


def confused(values, seed):
    """Paints every second bright image as a dark one."""
    wrong = np.flatnonzero(values == 2)[::2]
    painted = values.copy()
    painted[wrong] = 0
    return shades(painted, seed)


def test_a_reader_finds_classes_that_were_asked_for_and_those_that_were_not():
    real = real_shades()
    asked, _ = ask_for_labels(generator(SHADES, confused), real, texts=["dark,grey,bright"], seed=5)
    scores = agreement_scores(asked, real, count=240)
    assert scores["agreement240[dark]"] == scores["agreement240[grey]"] == 1
    assert scores["agreement240[bright]"] == 0.5
    assert scores["agreement240"] == pytest.approx(5 / 6)
    assert scores["agreement75_real"] == 1  # an eighth of 600, which it did not learn from


@pytest.mark.slow
def test_a_reader_finds_attributes():
    random = np.random.default_rng(0)
    values = random.uniform(-1, 1, [800, 2]).astype(np.float32)
    labels = Labels(space=SIDES, values=values)
    real = source_of_images("real", "sides", image_set(sides(values, 1), labels), seed=5)

    def half_deaf(wanted, seed):  # does not listen to "top"
        return sides(np.stack([wanted[:, 0], -np.ones(len(wanted))], axis=1), seed)

    texts = ["left=1,top=1", "left=-1,top=-1", "left=0,top=1"]
    asked, _ = ask_for_labels(generator(SIDES, half_deaf), real, texts=texts, seed=5)
    scores = agreement_scores(asked, real, count=120)
    assert scores["agreement120[left]"] > 0.98
    assert scores["agreement120[top]"] == pytest.approx(1 / 3, abs=0.02)
    assert scores["agreement100_real[left]"] > 0.9


def test_synthetic_faces_are_read_by_the_embedded_network():
    faces, attributes = synthetic_faces(300, image_size=(64, 64), seed=9)
    space = LabelSpace(kind="attributes", names=("glasses", "beard"))
    values = np.stack([attributes[name] for name in space.names], axis=1).astype(np.float32)
    deaf = np.stack([values[:, 0], 1 - values[:, 1]], axis=1)
    settings = DataSettings(num_images=16)
    images = load_images(settings, seed=0)
    real = source_of_images("real", "synthetic_faces", images, seed=0)
    asked = dataclasses.replace(
        generator(space, None),
        sample=lambda first, count: faces[first : first + count],
        labels=lambda first, count: Labels(space=space, values=deaf[first : first + count]),
    )
    scores = agreement_scores(asked, real, count=300)
    assert scores["agreement300[glasses]"] > 0.95
    assert scores["agreement300[beard]"] < 0.1
    assert scores["agreement300"] == pytest.approx(
        (scores["agreement300[glasses]"] + scores["agreement300[beard]"]) / 2
    )
    assert not [name for name in scores if "real" in name]


@pytest.mark.slow
def test_an_evaluation_has_scores_of_classes_and_agreement_next_to_overall_ones():
    network = Extractor("net", "digest", 3, lambda images: images.mean((1, 2), dtype=np.float32))
    real = real_shades()
    asked, real = ask_for_labels(generator(SHADES, shades), real, texts=None, seed=1)
    options = {"metrics": ["kid"], "count": 600, "extractor": network, "seed": 1}
    scores = evaluate(asked, real, **options, show_progress=False).scores
    counts = np.bincount(asked.labels(0, 600).values)
    assert counts[2] < 100 < counts[1]  # real bright ones are too few
    names = {"kid600_net", f"kid{counts[0]}_net[dark]", f"kid{counts[1]}_net[grey]"}
    assert {name for name in scores if "kid" in name} == names
    assert scores["agreement600"] == 1
    plain = dataclasses.replace(asked, labels=None)
    assert set(evaluate(plain, real, **options, show_progress=False).scores) == {"kid600_net"}


@pytest.mark.slow
def test_the_reader_is_seeded_and_never_saw_the_images_it_is_tested_on(monkeypatch):
    monkeypatch.setattr(label_reader, "_IMAGES_SEEN", 1000)
    values = np.random.default_rng(3).integers(3, size=128)
    labels = Labels(space=SHADES, values=values)
    images = shades(values, 1)
    read, held_out = train_label_reader(images, labels, seed=4)
    again, same = train_label_reader(images, labels, seed=4)
    np.testing.assert_array_equal(held_out, same)
    assert len(held_out) == 16
    np.testing.assert_array_equal(read(images), again(images))
