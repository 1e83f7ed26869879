"""Straight pixels in files, premultiplied ones in networks, a background where they are seen."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.channels import background_for, colour_of
from kerasgan.compositing import lay_on, unpremultiply
from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.pixels import make_grid, on_colour, to_float, to_uint8, to_uint8_tensor

# Every alpha once, with 16 colours each.
PIXELS = np.random.default_rng(0).integers(0, 256, (256, 16, 4), dtype=np.uint8)
PIXELS[..., 3] = np.arange(256)[:, None]


def test_networks_see_premultiplied_pixels():
    half_red = to_float(np.array([[[255, 0, 0, 51]]], np.uint8)).numpy()
    np.testing.assert_allclose(half_red, [[[-0.6, -1, -1, -0.6]]], atol=1e-6)  # 51 / 255 = 0.2
    premultiplied = PIXELS[..., :3] * (PIXELS[..., 3:] / 255)
    np.testing.assert_allclose(to_float(PIXELS)[..., :3], premultiplied / 127.5 - 1, atol=1e-6)


@pytest.mark.parametrize("back", [to_uint8, to_uint8_tensor])
def test_pixels_come_back_as_they_were_where_anything_is_seen(back):
    pixels = np.asarray(back(to_float(PIXELS)))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels[1:], PIXELS[1:])
    assert not pixels[0].any()  # alpha 0: there is no colour


def test_colours_of_a_network_are_clipped_to_alpha():
    painted = np.array([[1.0, 0.0, -3.0, 0.0], [0.5, 0.5, 0.5, -1.0], [9, 9, -1, 9]], np.float32)
    wanted = [[255, 255, 0, 128], [0, 0, 0, 0], [255, 255, 0, 255]]
    np.testing.assert_array_equal(to_uint8(painted), wanted)
    np.testing.assert_array_equal(to_uint8_tensor(painted), wanted)
    # (0.5, 0, 0) at alpha 0.25 cannot be: it is 0.25 of full red.
    np.testing.assert_array_equal(unpremultiply(np.array([128.0, 0, 0, 64])), [255, 0, 0, 64])


def test_a_background_shows_as_far_as_pixels_are_transparent():
    image = np.array([[[200, 100, 0, 255], [200, 100, 0, 51], [0, 255, 0, 0]]], np.uint8)
    # 0.2 (200, 100, 0) + 0.8 (0, 0, 255)
    wanted = [[[200, 100, 0], [40, 20, 204], [0, 0, 255]]]
    np.testing.assert_array_equal(lay_on(image, "blue"), wanted)
    floats = on_colour(to_float(image[None]), colour_of("blue"))
    np.testing.assert_array_equal(to_uint8(floats)[0], wanted)
    opaque = image[..., :3]
    assert lay_on(opaque) is opaque and on_colour(opaque, (0, 0, 0)) is opaque


def test_grids_are_on_a_checkerboard_or_a_colour():
    clear = np.zeros([2, 16, 16, 4], np.uint8)
    clear[1] = 10, 20, 30, 255
    grid = make_grid(clear, columns=2, gap=1)
    board = np.kron(np.indices((8, 8)).sum(0) % 2, np.ones([2, 2])) * -51 + 255
    np.testing.assert_array_equal(grid[:, :16], np.repeat(board[..., None], 3, axis=-1))
    np.testing.assert_array_equal(grid[:, 17:], np.full([16, 16, 3], [10, 20, 30]))
    assert (make_grid(clear, columns=2, background="#102030")[:, :16] == [16, 32, 48]).all()


def test_the_background_is_white_or_a_checkerboard_unless_it_is_named():
    assert Config().background == background_for(None, 1) == "white"
    assert Config(channels=4).background == "checkerboard"
    assert Config(channels=4, background="navy").background == "navy"
    old = {name: value for name, value in Config().to_json().items() if name != "background"}
    assert Config.from_json(old, where="config.json") == Config()
    assert Config.from_json(Config(channels=4).to_json(), where="") == Config(channels=4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"background": "checkerboard"}, "--background=checkerboard: needs --channels=4"),
        ({"background": "sky", "channels": 4}, "--background=sky: must be a colour .* or checker"),
        ({"channels": 2}, "--channels=2: must be one of 1, 3, 4"),
    ],
)
def test_one_line_says_what_is_wrong(settings, message):
    with pytest.raises(UserError, match=message) as caught:
        Config(**settings)
    assert len(str(caught.value).splitlines()) == 1


def test_opaque_images_keep_their_bits():
    floats = tf.random.stateless_uniform([64, 3], [1, 2], -1.2, 1.2).numpy()
    levels = np.clip(np.rint((floats + np.float32(1)) * np.float32(127.5)), 0, 255)
    np.testing.assert_array_equal(to_uint8(floats), levels)
    np.testing.assert_array_equal(to_uint8_tensor(floats), levels)
