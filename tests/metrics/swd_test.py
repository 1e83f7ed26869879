import numpy as np
import pytest
import scipy.ndimage
import scipy.stats

from kerasgan.faces import synthetic_faces
from kerasgan.metrics.swd import (
    Patches,
    laplacian_pyramid,
    level_grids,
    sliced_wasserstein,
    swd,
    swd_of_patches,
)


def noise(count, seed, shape=(32, 32, 3)):
    return np.random.default_rng(seed).integers(0, 256, [count, *shape], np.uint8)


def faces(count, seed, side=32):
    return synthetic_faces(count, image_size=(side, side), seed=seed)[0]


@pytest.mark.parametrize("shape", [(64, 64, 3), (48, 32, 1), (24, 40, 3), (112, 80, 1)])
def test_the_pyramid_agrees_with_scipys_filters(shape):
    images = noise(2, 0, shape)
    weights = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])[None, None] / 256
    fine = images.transpose(0, 3, 1, 2).astype(np.float64)
    expected = []
    while min(fine.shape[2:]) >= 32:
        coarse = scipy.ndimage.convolve(fine, weights, mode="mirror")[:, :, ::2, ::2]
        spread = np.zeros_like(fine)
        spread[:, :, ::2, ::2] = coarse
        expected.append(fine - scipy.ndimage.convolve(spread, 4 * weights, mode="mirror"))
        fine = coarse
    expected.append(fine)
    levels = laplacian_pyramid(images)
    assert len(levels) == len(expected)
    for level, wanted in zip(levels, expected, strict=True):
        np.testing.assert_allclose(level, wanted, atol=1e-3)


@pytest.mark.parametrize(
    ("size", "grids"),
    [
        ((64, 64), [(64, 64), (32, 32), (16, 16)]),
        ((112, 80), [(112, 80), (56, 40), (28, 20)]),
        ((16, 16), [(16, 16)]),
        ((40, 24), [(40, 24)]),
        ((136, 136), [(136, 136), (68, 68), (34, 34), (17, 17)]),
    ],
)
def test_levels_are_halved_while_16_pixels_remain(size, grids):
    assert level_grids(*size) == grids


def test_the_sliced_distance_is_the_mean_of_scipys_one_dimensional_distances():
    random = np.random.default_rng(1)
    a = random.standard_normal([200, 5]).astype(np.float32)
    b = (2 * random.standard_normal([200, 5]) + 1).astype(np.float32)
    rays = np.random.default_rng([3, 1000]).standard_normal([100, 5])
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    expected = np.mean([scipy.stats.wasserstein_distance(a @ ray, b @ ray) for ray in rays])
    assert sliced_wasserstein(a, b, directions=100, seed=3) == pytest.approx(expected, rel=1e-5)


def test_a_shift_costs_its_mean_projection():
    # In d dimensions the mean of |cos| of a random angle is Gamma(d/2) / (sqrt(pi) Gamma((d+1)/2)):
    # 2/pi in the plane.
    a = np.zeros([10, 2], np.float32)
    distance = sliced_wasserstein(a, a + [3, 4], directions=20_000)
    assert distance == pytest.approx(5 * 2 / np.pi, rel=0.02)


def test_a_set_is_at_distance_0_from_itself_and_close_to_itself_in_another_order():
    images = faces(20, 0)
    assert swd(images, images)["swd"] == 0
    # In another order, the patches only come from other positions.
    assert swd(images, images[::-1])["swd"] < 0.7 * swd(faces(20, 1), images)["swd"]


def test_the_distance_is_symmetric_and_a_function_of_the_seed():
    a, b = faces(30, 0), noise(30, 0)
    assert swd(a, b) == swd(a, b)
    assert swd(a, b)["swd"] == pytest.approx(swd(b, a)["swd"], rel=1e-6)
    assert swd(a, b, seed=1)["swd"] == pytest.approx(swd(a, b)["swd"], rel=0.1)
    assert swd(a, b, seed=1) != swd(a, b)


def test_images_may_be_added_in_batches():
    a, b = faces(150, 0), faces(150, 1)
    sets = []
    for images in (a, b):
        patches = Patches((32, 32, 3), 150)
        for start in (0, 7, 140):
            patches.add(images[start : {0: 7, 7: 140, 140: 150}[start]])
        sets.append(patches)
    assert swd_of_patches(*sets) == swd(a, b)


def test_names_give_the_levels_and_swd_is_their_mean():
    distances = swd(faces(10, 0, side=64), faces(10, 1, side=64))
    assert list(distances) == ["swd_64", "swd_32", "swd_16", "swd"]
    assert distances["swd"] == pytest.approx(np.mean(list(distances.values())[:3]))
    assert list(swd(noise(2, 0, (32, 40, 1)), noise(2, 1, (32, 40, 1)))) == [
        "swd_32x40",
        "swd_16x20",
        "swd",
    ]


def test_blurring_changes_only_the_finest_level():
    """Blurring removes only the finest level."""
    real, images = faces(100, 0, side=64), faces(100, 1, side=64)
    blurred = scipy.ndimage.gaussian_filter(images, (0, 1, 1, 0))
    plain, worse = swd(real, images), swd(real, blurred)
    assert worse["swd_64"] > 3 * plain["swd_64"]
    assert worse["swd_16"] < 1.5 * plain["swd_16"]


def test_images_of_one_colour_give_no_nan():
    black = np.zeros([4, 16, 16, 1], np.uint8)
    assert swd(black, black + 200) == {"swd_16": 0.0, "swd": 0.0}


def test_inputs_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match=r"30 real and 20 generated"):
        swd(noise(30, 0), noise(20, 0))
    with pytest.raises(ValueError, match=r"\(32, 32, 3\).*\(16, 16, 3\)"):
        swd(noise(5, 0), noise(5, 0, (16, 16, 3)))
    with pytest.raises(ValueError, match=r"image_shape=\(4, 16, 1\)"):
        swd(noise(5, 0, (4, 16, 1)), noise(5, 0, (4, 16, 1)))
    patches = Patches((16, 16, 1), 3)
    with pytest.raises(ValueError, match=r"\(16, 16, 3\); must be \(16, 16, 1\)"):
        patches.add(noise(1, 0, (16, 16, 3)))
    with pytest.raises(ValueError, match="cannot add more than count=3"):
        patches.add(noise(4, 0, (16, 16, 1)))
