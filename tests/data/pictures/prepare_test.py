"""Pictures prepared many at a time give the same images as one by one."""

import io

import numpy as np
import pytest
from PIL import Image

from kerasgan.data.pictures.decode import BadPictureError
from kerasgan.data.pictures.prepare import prepare, prepare_one
from kerasgan.data.pictures.preprocess import CROPS, FILTERS, Preprocessing
from kerasgan.data.pile import Pile


def noise(width, height, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def encoded(image, kind="JPEG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pile_of(contents):
    sizes = np.array([len(content) for content in contents], np.int64)
    return Pile(
        source="memory",
        names=[f"{number:03}" for number in range(len(contents))],
        sizes=sizes,
        stamps=np.zeros_like(sizes),
        read=lambda number: contents[number],
    )


def one_by_one(pile, how):
    """Indices and images of the good pictures, indices and reasons of the bad ones."""
    good, images, bad = [], [], []
    for number in range(len(pile)):
        try:
            images.append(prepare_one(pile, how, number))
            good.append(number)
        except BadPictureError as error:
            bad.append((pile.names[number], str(error)))
    return good, images, bad


def assert_same(pile, how):
    good, images, bad = one_by_one(pile, how)
    parts = list(prepare(pile, how))
    np.testing.assert_array_equal(np.concatenate([part.chosen for part in parts]), good)
    together = np.concatenate([part.images for part in parts])
    assert together.shape == (len(good), *how.image_shape)
    if good:
        np.testing.assert_array_equal(together, images)
    assert [(file.name, file.reason) for part in parts for file in part.bad] == bad
    return good, bad


@pytest.mark.parametrize("resize", FILTERS)
@pytest.mark.parametrize("crop", CROPS)
@pytest.mark.parametrize("shape", [(64, 64, 3), (20, 33, 1), (178, 178, 3), (218, 40, 3)])
def test_files_of_one_size_give_the_same_images_together_as_alone(shape, crop, resize):
    pile = pile_of([encoded(noise(178, 218, seed)) for seed in range(20)])
    how = Preprocessing(image_shape=shape, crop=crop, resize=resize)
    good, _ = assert_same(pile, how)
    assert good == list(range(20))


def test_files_of_all_kinds_and_sizes_keep_their_order_and_reasons():
    contents = []
    for seed in range(150):
        width, height = 40 + seed % 3 * 10, 50 + seed % 2 * 7
        image = noise(width, height, seed)
        contents += [
            encoded(image),
            encoded(image, "PNG"),
            encoded(image, progressive=True),
            np.asarray(image),
            encoded(image)[: 700 + seed],  # cut off
            b"text",
        ]
    good, bad = assert_same(pile_of(contents), Preprocessing(image_shape=(32, 32, 3)))
    assert good == [number for number in range(900) if number % 6 < 4]
    assert {name for name, reason in bad if "is text" in reason} == {
        f"{number:03}" for number in range(5, 900, 6)
    }


def test_a_damaged_file_is_judged_as_pillow_judges_it():
    random = np.random.default_rng(0)
    file = encoded(noise(60, 50, 0))
    contents = []
    for _ in range(400):
        damaged = bytearray(file)
        damaged[random.integers(2, len(file))] ^= 1 << random.integers(8)
        contents.append(bytes(damaged))
    assert_same(pile_of(contents), Preprocessing(image_shape=(32, 32, 3)))


def test_a_crop_that_does_not_fit_is_reported_for_each_file():
    contents = [encoded(noise(60 if number % 2 else 178, 218, number)) for number in range(6)]
    how = Preprocessing(image_shape=(32, 32, 3), crop="celeba108")
    good, bad = assert_same(pile_of(contents), how)
    assert good == [0, 2, 4]
    assert bad[0][1].startswith("is 60x218: --crop=celeba108")


def test_a_decompression_bomb_is_refused_without_decoding():
    file = bytearray(encoded(noise(60, 50, 0)))
    frame = file.index(b"\xff\xc0")
    file[frame + 5 : frame + 9] = (60_000).to_bytes(2) * 2  # height and width
    good, bad = assert_same(
        pile_of([encoded(noise(60, 50, 1)), bytes(file)]), Preprocessing(image_shape=(32, 32, 3))
    )
    assert good == [0]
    assert bad[0][1].startswith("has too many pixels: 3,600,000,000, more than")
