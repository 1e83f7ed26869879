"""Synthetic faces: reproducibility, documented attributes, shapes drawn where they belong."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from kerasgan.faces import ATTRIBUTES, drawing, render_faces, sample_attributes, synthetic_faces
from kerasgan.faces import attributes as face_attributes
from kerasgan.faces import canvas as face_canvas

Attributes = dict[str, np.ndarray[Any, Any]]


def _sample(*indices: int, seed: int = 0, **changes: Any) -> Attributes:
    """Attributes of some faces, with `changes` set to the same value for all of them."""
    attributes = sample_attributes(np.array(indices, int), seed=seed)
    for name, value in changes.items():
        attributes[name] = np.broadcast_to(
            np.asarray(value, attributes[name].dtype), attributes[name].shape
        )
    return attributes


def _bare(*indices: int, **changes: Any) -> Attributes:
    """Upright faces without anything that could cover other features."""
    plain = {"glasses": 0, "hat": 0, "beard": 0, "moustache": 0, "bun": 0, "earrings": 0}
    pose = {"tilt": 0, "yaw": 0, "shift_x": 0, "shift_y": 0, "head_size": 0.64}
    return _sample(*indices, **(plain | pose | {"background": 0, "curly": 0} | changes))


def _changed_box(before: Attributes, after: Attributes, size: int = 64) -> tuple[int, ...]:
    """The first and last row and column in which two images differ."""
    pair = [render_faces(a, image_size=(size, size)).astype(int) for a in (before, after)]
    changed = np.abs(pair[0] - pair[1]).max(-1).max(0) > 0
    assert changed.any()
    rows, cols = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    return int(rows[0]), int(rows[-1]), int(cols[0]), int(cols[-1])


# Reproducibility --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hundred() -> tuple[np.ndarray[Any, Any], Attributes]:
    return synthetic_faces(100, image_size=(64, 64), seed=3)


def test_a_face_is_the_same_alone_and_in_a_batch(
    hundred: tuple[np.ndarray[Any, Any], Attributes],
) -> None:
    images, attributes = hundred
    for index in range(0, 100, 3):
        alone = sample_attributes(np.array([index]), seed=3)
        for name, values in alone.items():
            np.testing.assert_array_equal(values[0], attributes[name][index], err_msg=name)
        np.testing.assert_array_equal(render_faces(alone, image_size=(64, 64))[0], images[index])


def test_a_face_is_the_same_in_any_order_and_batch(
    hundred: tuple[np.ndarray[Any, Any], Attributes],
) -> None:
    order = np.random.default_rng(0).permutation(100)
    shuffled = render_faces(sample_attributes(order, seed=3), image_size=(64, 64))
    np.testing.assert_array_equal(shuffled, hundred[0][order])


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_faces_are_the_same_for_any_number_of_processes(
    processes: int,
    hundred: tuple[np.ndarray[Any, Any], Attributes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "_MIN_PIXELS_PER_PROCESS", 64 * 64)
    monkeypatch.setattr("os.cpu_count", lambda: processes)
    again, attributes = synthetic_faces(100, image_size=(64, 64), seed=3)
    np.testing.assert_array_equal(again, hundred[0])
    for name, values in hundred[1].items():
        np.testing.assert_array_equal(attributes[name], values, err_msg=name)


_SEVEN_AND_A_HALF = """
import os, signal, sys
from kerasgan.faces.drawing import write_faces
first, last, *rest = map(int, sys.argv[1:])
write_faces(first, first + 7, *rest)
sys.stdout.buffer.write(bytes(64 * 64 * 3 // 2))
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("program", ["", "raise SystemExit(1)", _SEVEN_AND_A_HALF])
def test_faces_that_a_process_does_not_deliver_are_drawn_here(
    program: str,
    hundred: tuple[np.ndarray[Any, Any], Attributes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "_MIN_PIXELS_PER_PROCESS", 64 * 64)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(drawing, "_PROGRAM", program)
    if not program:
        monkeypatch.setattr("sys.executable", "/no/such/python")
    again, _ = synthetic_faces(100, image_size=(64, 64), seed=3)
    np.testing.assert_array_equal(again, hundred[0])


@pytest.mark.parametrize("threads", [1, 5])
def test_faces_are_the_same_for_any_number_of_threads(
    threads: int, hundred: tuple[np.ndarray[Any, Any], Attributes]
) -> None:
    def render(index: int) -> np.ndarray[Any, Any]:
        return render_faces(sample_attributes(np.array([index]), seed=3), image_size=(64, 64))

    with ThreadPoolExecutor(threads) as pool:
        np.testing.assert_array_equal(
            np.concatenate(list(pool.map(render, range(20)))), hundred[0][:20]
        )


@pytest.mark.parametrize("image_size", [(8, 8), (48, 64)])
def test_windows_cut_nothing_off(
    image_size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows only save time: drawing every shape over the whole image gives the same bytes."""
    attributes = _sample(*range(300), seed=9)
    images = render_faces(attributes, image_size=image_size)
    monkeypatch.setattr(
        face_canvas.Window,
        "_span",
        lambda self, corners, axis: slice(0, self.pictures.size[1 - axis]),
    )
    np.testing.assert_array_equal(render_faces(attributes, image_size=image_size), images)


def test_attributes_are_not_modified() -> None:
    attributes = _sample(*range(5))
    copies = {name: values.copy() for name, values in attributes.items()}
    render_faces(attributes, image_size=(32, 32))
    for name, values in attributes.items():
        np.testing.assert_array_equal(values, copies[name])


def test_seed_and_index_change_the_image() -> None:
    images = np.concatenate(
        [synthetic_faces(8, image_size=(32, 32), seed=seed)[0] for seed in (0, 1, -1, 2**70 + 5)]
    ).reshape(32, -1)
    distances = np.abs(images[:, None].astype(int) - images[None]).mean(-1)
    assert distances[~np.eye(32, dtype=bool)].min() > 8  # of 255, so the eye can see it


def test_huge_indices() -> None:
    huge = np.array([2**63, 2**64 - 1, 7], np.uint64)
    attributes = sample_attributes(huge, seed=0)
    assert attributes["smile"][2] == _sample(7)["smile"][0]
    assert len(np.unique(render_faces(attributes, image_size=(16, 16)), axis=0)) == 3


def test_pixels_are_the_same_in_every_release() -> None:
    """Figures published for a seed hold only while its images stay the same: change on purpose."""
    images, _ = synthetic_faces(4, image_size=(64, 64), seed=0)
    means = images.mean((1, 2, 3))
    np.testing.assert_allclose(means, [115.12, 173.12, 162.6, 130.04], atol=0.0051)


# Attributes -------------------------------------------------------------------------------------


def test_attributes_are_as_documented() -> None:
    attributes = _sample(*range(9))
    assert list(attributes) == list(ATTRIBUTES)
    for name, values in attributes.items():
        meaning = ATTRIBUTES[name]
        assert "\n" not in meaning, name
        assert values.shape == ((9, 3) if name.endswith(("colour", "colour_2")) else (9,)), name
        kinds = {np.dtype(bool): "bool", np.dtype(np.int64): "index into"}
        if values.dtype == np.float32:
            assert values.ndim == 2 or "[" in meaning, name
        else:
            assert kinds[values.dtype] in meaning, name


def test_values_stay_in_their_documented_ranges() -> None:
    attributes = sample_attributes(np.arange(5000), seed=1)
    for name, values in attributes.items():
        if values.ndim == 2:
            assert values.min() >= 0 and values.max() <= 1, name
        elif values.dtype == np.float32:
            bounds = re.search(r"\[(-?[\d.]+), (-?[\d.]+)\]", ATTRIBUTES[name])
            assert bounds, name
            low, high = map(float, bounds.groups())
            assert values.min() >= low - 1e-6 and values.max() <= high + 1e-6, name
            assert values.max() - values.min() > 0.8 * (high - low), name  # and fill most of them
        elif values.dtype == np.int64:
            names = getattr(face_attributes, re.findall("[A-Z_]{3,}", ATTRIBUTES[name])[0])
            assert set(values) == set(range(len(names))), name


@pytest.mark.parametrize(
    ("name", "given", "probability"),
    [
        ("glasses", None, 0.3),
        ("glasses_round", None, 0.5),
        ("hat", None, 0.15),
        ("hat_brim", None, 0.5),
        ("open_mouth", None, 0.35),
        ("curly", None, 0.25),
        ("striped", None, 0.2),
        ("side_hair", "bald", 0.5),
        ("moustache", "beard", 0.65),
        ("earrings", "makeup", 0.45),
    ],
)
def test_documented_frequencies(name: str, given: str | None, probability: float) -> None:
    attributes = sample_attributes(np.arange(5000), seed=2)
    assert f"{probability:g}" in ATTRIBUTES[name]
    among = attributes[given] if given else np.ones(5000, bool)
    count, total = int((attributes[name] & among).sum()), int(among.sum())
    assert _binomial_tail(count, total, probability) > 1e-6


def _binomial_tail(count: int, total: int, probability: float) -> float:
    """Exact two-sided p-value: twice the smaller tail of the binomial distribution."""
    k = np.arange(1, total + 1)
    log_choose = np.concatenate([[0.0], np.cumsum(np.log((total - k + 1) / k))])
    k = np.arange(total + 1)
    mass = np.exp(log_choose + k * np.log(probability) + (total - k) * np.log1p(-probability))
    assert abs(mass.sum() - 1) < 1e-9
    return 2 * float(min(mass[: count + 1].sum(), mass[count:].sum()))


def test_dependent_attributes() -> None:
    a = sample_attributes(np.arange(5000), seed=4)
    broad = a["jaw"] >= 0.5
    assert not (a["beard"] & ~broad).any() and not (a["makeup"] & broad).any()
    assert not (a["side_hair"] & ~a["bald"]).any() and not (a["bun"] & a["bald"]).any()
    assert (a["hair_length"][a["bald"]] == 0).all()
    assert (a["beard"] & broad).sum() > 0.3 * broad.sum()


def test_unrelated_attributes_do_not_correlate() -> None:
    a = sample_attributes(np.arange(5000), seed=5)
    names = ["glasses", "hat", "open_mouth", "smile", "yaw", "tilt", "jaw", "skin_tone", "light_x"]
    table = np.corrcoef([a[name].astype(float) for name in names])
    assert np.abs(table - np.eye(len(names))).max() < 5 / np.sqrt(5000)  # five standard errors


# Drawing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("image_size", [(16, 16), (40, 72), (96, 64), (256, 256)])
def test_sizes(image_size: tuple[int, int]) -> None:
    images, attributes = synthetic_faces(5, image_size=image_size, seed=0)
    assert images.shape == (5, *image_size, 3) and images.dtype == np.uint8
    assert all(len(values) == 5 for values in attributes.values())
    assert images.std((1, 2)).min() > 5  # every channel has some content


def test_faces_keep_their_proportions_in_wide_pictures() -> None:
    attributes = _bare(0, 1, 2, 3)
    square = render_faces(attributes, image_size=(64, 64))
    wide = render_faces(attributes, image_size=(64, 96))
    np.testing.assert_array_equal(wide[:, :, 16:80], square)


@pytest.mark.parametrize("image_size", [(64, 64), (40, 72)])
def test_resolutions_agree(image_size: tuple[int, int]) -> None:
    """Anti-aliasing: an image of twice the size, averaged down, is nearly the same image."""
    height, width = image_size
    attributes = _sample(*range(48))
    small = render_faces(attributes, image_size=image_size).astype(float)
    large = render_faces(attributes, image_size=(2 * height, 2 * width))
    averaged = large.reshape(48, height, 2, width, 2, 3).mean((2, 4))
    assert np.abs(averaged - small).mean() < 1.0  # of 255
    assert np.abs(averaged - small).mean((1, 2, 3)).max() < 2.0


def test_tilt_and_shift_move_the_features_with_the_head() -> None:
    """Glasses turn and move with the head: the centre of the change follows the pose."""
    centres = []
    for pose in ({}, {"tilt": 8}, {"shift_x": 0.04}):
        off, on = _bare(*range(6), glasses=0, **pose), _bare(*range(6), glasses=1, **pose)
        pair = [render_faces(a, image_size=(64, 64)).astype(float) for a in (off, on)]
        weight = np.abs(pair[1] - pair[0]).sum((0, 3))
        centres.append([(weight.sum(0) * np.arange(64)).sum() / weight.sum()])
    upright, tilted, shifted = np.array(centres)[:, 0]
    lever = 0.9 * 0.64 * 32  # pixels from the pivot in the neck to the eyes
    assert abs(tilted - upright - lever * np.sin(np.radians(8))) < 0.5
    assert abs(shifted - upright - 0.04 * 64) < 0.1


def test_glasses_change_only_the_eye_region() -> None:
    top, bottom, left, right = _changed_box(_bare(*range(20)), _bare(*range(20), glasses=1))
    eyes = 32 - 0.015 * 64
    assert top > eyes - 0.36 * 20.5 - 1 and bottom < eyes + 0.36 * 20.5 + 1
    assert left > 32 - 0.9 * 20.5 and right < 32 + 0.9 * 20.5
    assert right - left > 20  # both eyes


def test_hat_changes_only_the_upper_head() -> None:
    before, after = _bare(*range(20), hat_brim=1), _bare(*range(20), hat_brim=1, hat=1)
    top, bottom, _, _ = _changed_box(
        before | {"hair_volume": np.full(20, 0.07, np.float32)},
        after | {"hair_volume": np.full(20, 0.07, np.float32)},
    )
    assert top < 12 and bottom < 34  # nothing below the eyes


@pytest.mark.parametrize(
    ("name", "first_row", "last_row"),
    [
        ("open_mouth", 38, 56),
        ("beard", 28, 60),
        ("moustache", 36, 50),
        ("earrings", 34, 42),
        ("striped", 52, 63),
        ("bun", 0, 14),
    ],
)
def test_features_are_drawn_where_they_belong(name: str, first_row: int, last_row: int) -> None:
    faces = _bare(*range(20), bald=0, hair_length=0.2, **{name: 0})
    top, bottom, _, _ = _changed_box(faces, faces | {name: np.ones(20, bool)})
    assert first_row <= top and bottom <= last_row


def test_each_attribute_matters() -> None:
    """Every attribute has a visible effect on the image."""
    silent = {"hair_shade"}  # hair_colour shows it
    a = sample_attributes(np.arange(120), seed=6)
    b = sample_attributes(np.arange(120, 240), seed=6)
    plain = render_faces(a, image_size=(32, 32))
    for name in set(ATTRIBUTES) - silent:
        assert (render_faces(a | {name: b[name]}, image_size=(32, 32)) != plain).any(), name


def test_corners_have_the_background_colour() -> None:
    attributes = _sample(*range(30), hat=0, hair_volume=0.1, hair_length=0.1)
    images = render_faces(attributes, image_size=(64, 64)).astype(float)
    colour = attributes["background_colour"] * 255
    plain = attributes["background"] == 0
    assert plain.any() and not plain.all()
    assert np.abs(images[:, 0, 0] - colour).max() < 8  # a gradient has hardly changed there
    assert np.abs(images[plain, 0, -1] - colour[plain]).max() <= 0.5
    vertical = attributes["background"] == 1
    np.testing.assert_allclose(images[vertical, 0, 0], images[vertical, 0, -1], atol=0.5)


def test_labels_agree_with_the_image() -> None:
    """Skin, hair and clothes have the colours that the labels give."""
    faces = _bare(*range(40), bald=0, fringe=1, striped=0, neckline=0, hair_length=0.2)
    images = render_faces(faces, image_size=(64, 64)).astype(float)
    hair = images[:, 13:17, 28:36].mean((1, 2))
    expected = faces["hair_colour"] * 255
    assert np.corrcoef(hair.ravel(), expected.ravel())[0, 1] > 0.97
    clothes = images[:, 62:, 28:36].mean((1, 2))
    assert np.abs(clothes - faces["clothes_colour"] * 255).mean() < 8
    cheeks = images[:, 38:41, 22:42].mean((1, 2, 3))
    assert np.corrcoef(cheeks, faces["skin_tone"])[0, 1] < -0.9


# Errors -----------------------------------------------------------------------------------------


def test_errors_name_what_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"one-dimensional array of integers.*float64"):
        sample_attributes(np.array([0.5]), seed=0)
    with pytest.raises(ValueError, match=r"image_size.*\(4, 64\)"):
        synthetic_faces(1, image_size=(4, 64), seed=0)
    with pytest.raises(ValueError, match=r"count.*0"):
        synthetic_faces(0, image_size=(64, 64), seed=0)
    faces = _sample(0, 1)
    with pytest.raises(ValueError, match="one length"):
        render_faces(faces | {"smile": np.zeros(3)}, image_size=(64, 64))
    del faces["smile"]
    with pytest.raises(ValueError, match="'smile'"):
        render_faces(faces, image_size=(64, 64))


def test_no_faces() -> None:
    assert render_faces(_sample(), image_size=(16, 24)).shape == (0, 16, 24, 3)
