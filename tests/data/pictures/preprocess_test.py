import numpy as np
import pytest
from PIL import Image

from kerasgan.data.pictures.decode import BadPictureError
from kerasgan.data.pictures.preprocess import CROPS, FILTERS, Preprocessing
from kerasgan.errors import UserError


def fit(pixels, image_shape, **options):
    pixels = np.asarray(pixels, np.uint8)
    image = Image.fromarray(pixels).convert("RGB")
    return Preprocessing(image_shape=image_shape, **options)(image)


@pytest.mark.parametrize(
    ("crop", "box"),
    [
        ("celeba108", (35, 55, 143, 163)),
        ("celeba140", (19, 39, 159, 179)),
        ("celeba160", (9, 29, 169, 189)),
        ("celeba178", (0, 20, 178, 198)),
        ("center", (0, 20, 178, 198)),
        ("none", (0, 0, 178, 218)),
    ],
)
def test_the_boxes_are_as_documented(crop, box):
    assert crop in CROPS
    assert Preprocessing(image_shape=(64, 64, 3), crop=crop).box(178, 218) == box


def test_a_celeba_square_is_cropped_again_for_images_that_are_not_square():
    how = Preprocessing(image_shape=(96, 64, 3), crop="celeba108")
    assert how.box(178, 218) == (35 + 18, 55, 35 + 18 + 72, 163)


def test_a_celeba_crop_refuses_other_pictures():
    how = Preprocessing(image_shape=(64, 64, 3), crop="celeba140")
    with pytest.raises(
        BadPictureError, match=r"is 178x178: --crop=celeba140 is for aligned CelebA"
    ):
        how.box(178, 178)


def test_a_wide_picture_loses_its_left_and_right_ends():
    stripes = np.repeat(np.arange(0, 100, 10)[None, :], 4, axis=0)  # [4, 10]
    # A box of 4 columns in 10 begins at column (10 - 4) / 2 = 3.
    np.testing.assert_array_equal(fit(stripes, (4, 4, 1))[..., 0], [[30, 40, 50, 60]] * 4)


def test_a_tall_picture_loses_its_top_and_bottom():
    stripes = np.repeat(np.arange(0, 90, 10)[:, None], 4, axis=1)  # [9, 4]
    # A box of 2 rows in 9 begins at row (9 - 2) // 2 = 3.
    np.testing.assert_array_equal(fit(stripes, (2, 4, 1))[..., 0], [[30] * 4, [40] * 4])


def test_the_crop_has_the_proportions_of_a_target_that_is_not_square():
    # 6 x 12 to 2 x 3: the largest box of 2 : 3 is 6 x 9, from column (12 - 9) // 2 = 1.
    image = np.zeros([6, 12])
    image[:, 1:10] = 200
    np.testing.assert_array_equal(fit(image, (2, 3, 1)), np.full([2, 3, 1], 200))


def test_without_a_crop_the_whole_picture_is_squeezed():
    image = np.repeat([[0, 0, 80, 80, 160, 160, 240, 240]], 4, axis=0)  # [4, 8]
    fitted = fit(image, (4, 4, 1), crop="none", resize="area")
    np.testing.assert_array_equal(fitted[..., 0], [[0, 80, 160, 240]] * 4)


def test_a_strip_thinner_than_its_crop_box_still_gives_an_image():
    np.testing.assert_array_equal(fit(np.full([1, 100], 7), (64, 8, 1)), np.full([64, 8, 1], 7))


@pytest.mark.parametrize("resize", FILTERS)
def test_a_picture_of_the_right_size_keeps_every_pixel(resize):
    image = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    np.testing.assert_array_equal(fit(image, (16, 24, 3), resize=resize), image)
    wider = np.pad(image, ((0, 0), (10, 10), (0, 0)))
    np.testing.assert_array_equal(fit(wider, (16, 24, 3), resize=resize), image)


def kernel(name, x):
    """The definitions of the filters, for distances in new pixels."""
    if name == "area":  # the old pixels whose centres the new one covers
        return np.where((x > -0.5) & (x <= 0.5), 1.0, 0.0)
    x = np.abs(x)
    if name == "bilinear":
        return np.clip(1 - x, 0, None)
    if name == "bicubic":  # Keys 1981 with a = -1/2
        near = 1.5 * x**3 - 2.5 * x**2 + 1
        far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return np.where(x < 1, near, np.where(x < 2, far, 0.0))
    return np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


def matrix(name, new, old):
    """[new, old]: the weight of each old pixel in each new one."""
    scale = old / new
    centres = (np.arange(new)[:, None] + 0.5) * scale
    weights = kernel(name, (np.arange(old)[None, :] + 0.5 - centres) / scale)
    return weights / weights.sum(1, keepdims=True)


@pytest.mark.parametrize("resize", FILTERS)
@pytest.mark.parametrize(("height", "width"), [(178, 178), (129, 96), (65, 640)])
def test_filters_match_their_definitions_within_two_grey_levels(resize, height, width):
    # An independent computation: two matrix products in float64, rounded once.
    # Pillow, unlike this, rounds and clips to 0..255 between the two.
    image = np.random.default_rng(1).integers(60, 196, (height, width, 3)).astype(np.uint8)
    rows, columns = matrix(resize, 64, height), matrix(resize, 64, width)
    expected = np.einsum("ij,jkc,lk->ilc", rows, image.astype(float), columns)
    fitted = fit(image, (64, 64, 3), resize=resize, crop="none").astype(float)
    assert np.abs(fitted - expected).max() <= 2


@pytest.mark.parametrize("resize", FILTERS)
def test_a_checkerboard_shrinks_to_grey(resize):
    board = np.indices((48, 48)).sum(0) % 2 * 255
    fitted = fit(board, (16, 16, 1), resize=resize)[2:-2, 2:-2]
    # Without anti-aliasing, only one pixel in nine would count: 0 or 255.
    assert fitted.min() >= 110 and fitted.max() <= 145


def test_one_bright_column_in_four_shrinks_to_a_quarter():
    image = np.zeros([32, 32])
    image[:, ::4] = 200
    # Weights (1, 3, 5, 7, 7, 5, 3, 1) / 32 catch two bright columns: (5 + 3) / 32 = 1 / 4.
    np.testing.assert_array_equal(fit(image, (8, 8, 1))[:, 1:-1], np.full([8, 6, 1], 50))


def test_a_picture_is_enlarged_smoothly():
    np.testing.assert_array_equal(fit([[0, 100]] * 2, (4, 4, 1))[0, :, 0], [0, 25, 75, 100])


def test_grey_of_colours_is_their_luma():
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (10, 200, 90), (255, 255, 255), (1, 1, 1)]
    # 0.299 R + 0.587 G + 0.114 B: 76.245, 149.685, 29.07, 130.65, 255, 1
    fitted = fit(np.tile(np.array(colours), [6, 1, 1]), (6, 6, 1))
    np.testing.assert_array_equal(fitted[0, :, 0], [76, 150, 29, 131, 255, 1])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"crop": "face"}, "--crop=face: must be one of celeba108, celeba140"),
        ({"resize": "nearest"}, "--resize=nearest: must be one of area, bilinear"),
        ({"background": "sky"}, "--background=sky: must be a colour such as white or #808080"),
    ],
)
def test_invalid_settings_are_named(setting, message):
    with pytest.raises(UserError, match=message):
        Preprocessing(image_shape=(8, 8, 3), **setting)


def test_colours_may_be_names_or_numbers():
    for colour in ("#ff8000", "rgb(255, 128, 0)"):
        how = Preprocessing(image_shape=(8, 8, 3), background=colour)
        assert how.background_colour == (255, 128, 0)
