import numpy as np
import pytest
import tensorflow as tf

from kerasgan.faces import synthetic_faces
from kerasgan.metrics.msssim import Pairs, ms_ssim, scale_weights


def noise(count, seed, shape=(32, 32, 3)):
    return np.random.default_rng(seed).integers(0, 256, [count, *shape], np.uint8)


def faces(count, seed, side=64):
    return synthetic_faces(count, image_size=(side, side), seed=seed)[0]


def test_large_images_agree_with_tensorflow():
    a, b = faces(6, 0, side=192), faces(6, 1, side=192)
    b[3:] = (0.7 * a[3:] + 0.3 * b[3:]).astype(np.uint8)
    np.testing.assert_allclose(
        ms_ssim(a, b), tf.image.ssim_multiscale(a, b, max_val=255), rtol=2e-4
    )


def test_small_images_agree_with_tensorflow_where_the_window_fits():
    """At 88 pixels and two scales no window shrinks."""
    a, b = noise(4, 0, (22, 44, 1)), noise(4, 1, (22, 44, 1))
    b[1:] = a[1:] // 2 + b[1:] // 2
    # 22 -> 11: odd, so that there are two scales.
    weights = scale_weights(22, 44)
    assert len(weights) == 2
    expected = tf.image.ssim_multiscale(a, b, max_val=255, power_factors=weights)
    np.testing.assert_allclose(ms_ssim(a, b), expected, rtol=2e-4)


def test_the_window_shrinks_with_the_image():
    """A scale of 4 x 4 has one window of 4 x 4, with a proportionally narrower Gaussian."""
    a, b = noise(1, 0, (4, 4, 1)), noise(1, 1, (4, 4, 1))
    gaussian = np.exp(-((np.arange(4) - 1.5) ** 2) / (2 * (1.5 * 4 / 11) ** 2))
    window = np.outer(gaussian, gaussian) / gaussian.sum() ** 2
    x, y = (images[0, :, :, 0].astype(float) for images in (a, b))
    mean_x, mean_y = (window * x).sum(), (window * y).sum()
    variance_x, variance_y = (window * x**2).sum() - mean_x**2, (window * y**2).sum() - mean_y**2
    covariance = (window * x * y).sum() - mean_x * mean_y
    c1, c2 = 2.55**2, 7.65**2
    expected = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    expected *= (2 * covariance + c2) / (variance_x + variance_y + c2)
    np.testing.assert_allclose(ms_ssim(a, b), [max(expected, 0)], rtol=1e-4)


@pytest.mark.parametrize(
    ("size", "scales"), [((64, 64), 5), ((32, 32), 4), ((48, 24), 3), ((112, 80), 5), ((4, 4), 1)]
)
def test_scales_leave_four_pixels_and_even_sides(size, scales):
    weights = scale_weights(*size)
    assert len(weights) == scales
    assert sum(weights) == pytest.approx(1)
    assert ms_ssim(noise(1, 0, (*size, 1)), noise(1, 1, (*size, 1))).shape == (1,)


def test_an_image_is_like_itself_and_unlike_its_negative():
    images = faces(3, 0)
    np.testing.assert_allclose(ms_ssim(images, images), 1, rtol=1e-5)
    assert np.all(ms_ssim(images, 255 - images) < 0.05)


def test_it_is_symmetric_and_falls_with_distortion():
    a = faces(5, 0)
    random = np.random.default_rng(0)
    last = np.ones(5)
    for strength in (5, 20, 80):
        noisy = np.clip(a + random.normal(0, strength, a.shape), 0, 255).astype(np.uint8)
        similarity = ms_ssim(a, noisy)
        assert np.all(similarity < last)
        np.testing.assert_allclose(similarity, ms_ssim(noisy, a), rtol=1e-6)
        last = similarity


def test_fewer_modes_are_more_alike():
    images = faces(400, 0)
    random = np.random.default_rng(0)
    values = []
    for modes in (1, 4, 20, 400):
        pairs = Pairs()
        pairs.add(images[random.integers(modes, size=400)])
        values.append(pairs.mean())
    assert values[0] == pytest.approx(1)
    assert values == sorted(values, reverse=True)


def test_pairs_are_neighbours_across_batches():
    images = faces(11, 0)
    pairs = Pairs()
    for start, stop in ((0, 3), (3, 4), (4, 9), (9, 11)):
        pairs.add(images[start:stop])
    assert pairs.count == 5
    assert pairs.mean() == pytest.approx(ms_ssim(images[:10:2], images[1:10:2]).mean(), rel=1e-6)


def test_at_most_2500_pairs_are_compared():
    images = noise(5200, 0, (8, 8, 1))
    pairs = Pairs()
    pairs.add(images[:4000])
    pairs.add(images[4000:])
    assert pairs.count == 2500
    assert pairs.mean() == pytest.approx(ms_ssim(images[:5000:2], images[1:5000:2]).mean())


def test_inputs_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match=r"\(1, 32, 32, 3\).*\(1, 16, 16, 3\)"):
        ms_ssim(noise(1, 0), noise(1, 0, (16, 16, 3)))
    with pytest.raises(ValueError, match="2x8"):
        ms_ssim(noise(1, 0, (2, 8, 1)), noise(1, 0, (2, 8, 1)))
