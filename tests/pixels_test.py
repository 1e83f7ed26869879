import numpy as np
import pytest

from kerasgan.pixels import make_grid, to_float, to_grey, to_uint8


def test_grey_levels_survive_the_round_trip():
    levels = np.arange(256, dtype=np.uint8)
    floats = to_float(levels).numpy()
    assert floats.dtype == np.float32
    assert (floats[0], floats[255]) == (-1.0, 1.0)
    np.testing.assert_array_equal(to_uint8(floats), levels)


def test_floats_become_the_nearest_level_and_are_clipped():
    np.testing.assert_array_equal(
        to_uint8(np.array([-1.5, -1.0, 0.0, 0.004, 0.999, 1.0, 7.0])),
        [0, 0, 128, 128, 255, 255, 255],
    )


def test_grey_is_luma():
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]], np.uint8)
    np.testing.assert_array_equal(to_grey(colours), [[76], [150], [29], [9]])


def test_a_grid_lays_images_in_rows_on_white():
    images = np.stack([np.full([2, 3, 1], level, np.uint8) for level in (10, 20, 30)])
    grid = make_grid(images, columns=2, gap=1)
    white = 255
    expected = [
        [10, 10, 10, white, 20, 20, 20],
        [10, 10, 10, white, 20, 20, 20],
        [white] * 7,
        [30, 30, 30, white, white, white, white],
        [30, 30, 30, white, white, white, white],
    ]
    np.testing.assert_array_equal(grid[..., 0], expected)


@pytest.mark.parametrize("gap", [0, 2])
def test_a_single_image_is_its_own_grid(gap):
    image = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
    np.testing.assert_array_equal(make_grid(image, columns=1, gap=gap), image[0])
