"""Pictures with an alpha channel, from a file to an image: hidden colours never show."""

import io
import logging
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasgan.config import DataSettings
from kerasgan.data.inspect import inspect, suggest
from kerasgan.data.load import load_images
from kerasgan.data.open import open_pile
from kerasgan.data.pictures.preprocess import FILTERS, Preprocessing

SIDE = 96
GREEN, RED = (0, 255, 0), (255, 0, 0)


def disc(side=SIDE):
    """An anti-aliased red disc, uint8 [side, side, 4], over bright green that alpha hides."""
    rows, columns = np.indices((side, side)) + 0.5
    distance = np.hypot(rows - side / 2, columns - side / 2)
    alpha = np.rint(np.clip(0.35 * side - distance + 0.5, 0, 1) * 255)
    image = np.full([side, side, 4], [*GREEN, 0], np.uint8)
    image[alpha > 0, :3] = RED
    image[..., 3] = alpha
    return image


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture
def load(tmp_path):
    """Writes pictures into a folder and loads it at 16 x 16."""

    def load(files, **settings):
        folder = tmp_path / "pictures"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        given = {"dataset": str(folder), "image_size": 16, "channels": 4, "cache": "memory"}
        return load_images(DataSettings(**{**given, **settings}))

    return load


def box_weights(new, old):
    return np.kron(np.eye(new), np.full([old // new], new / old))  # [new, old]


@pytest.mark.parametrize("resize", FILTERS)
def test_a_disc_has_no_halo_of_the_colour_under_its_transparent_pixels(load, resize):
    (image,) = load({"disc.png": encoded(disc())}, resize=resize)[:]
    colour, alpha = image[..., :3].astype(int), image[..., 3]
    edge = (alpha > 0) & (alpha < 255)
    assert edge.sum() >= 16 and not image[0, 0].any()
    assert (colour[alpha > 0] == RED).all()
    if resize == "area":  # against the mean of premultiplied pixels, in float
        weights = box_weights(16, SIDE)
        pixels = disc() / 255.0
        premultiplied = np.concatenate([pixels[..., :3] * pixels[..., 3:], pixels[..., 3:]], -1)
        wanted = np.einsum("ij,jkc,lk->ilc", weights, premultiplied, weights) * 255
        assert np.abs(alpha - wanted[..., 3]).max() <= 1
        assert np.abs(colour * (alpha[..., None] / 255) - wanted[..., :3]).max() <= 1


def test_without_an_alpha_channel_the_picture_is_on_its_background_as_ever(load):
    (image,) = load({"disc.png": encoded(disc())}, channels=3, background="#0000ff")[:]
    flat = Image.alpha_composite(Image.new("RGBA", (SIDE, SIDE), "blue"), Image.fromarray(disc()))
    wanted = Preprocessing(image_shape=(16, 16, 3))(flat.convert("RGB"))
    np.testing.assert_array_equal(image, wanted)


def palette(image):
    """A picture of four colours, of which one is transparent and one half transparent."""
    picture = Image.fromarray(image, "P") if image.dtype != np.uint8 else Image.fromarray(image)
    picture = picture.convert("L").convert("P")
    picture.putpalette([0, 255, 0, 255, 0, 0, 0, 0, 255, 9, 9, 9])
    return encoded(picture, transparency=bytes([0, 255, 128, 255]))


def test_every_kind_of_picture_keeps_its_transparency(load):
    quarters = np.repeat(np.repeat(np.array([[0, 1], [2, 3]], np.uint8), 8, 0), 8, 1)
    grey = np.stack([np.full([16, 16], 100), quarters * 85], axis=-1).astype(np.uint8)
    colour_key = Image.fromarray(np.full([16, 16, 3], [1, 2, 3], np.uint8))
    images = load(
        {
            "a.png": palette(quarters),
            "b.png": encoded(Image.fromarray(grey)),
            "c.webp": encoded(disc(16), "WEBP", lossless=True, exact=True),
            "d.png": encoded(colour_key, transparency=(1, 2, 3)),
            "e.jpg": encoded(Image.new("RGB", (16, 16), (80, 80, 80)), "JPEG"),
            "f.png": encoded(Image.new("L", (16, 16), 50)),
            "g.jpg": encoded(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), "JPEG"),
        }
    )
    corners = images[:, ::15, ::15].reshape(-1, 4, 4).tolist()
    assert corners[0] == [[0, 0, 0, 0], [*RED, 255], [0, 0, 255, 128], [9, 9, 9, 255]]
    assert corners[1] == [
        [0, 0, 0, 0],
        [100, 100, 100, 85],
        [100, 100, 100, 170],
        [100] * 3 + [255],
    ]
    np.testing.assert_array_equal(images[2][..., 3], disc(16)[..., 3])
    assert [corners[index][0] for index in (3, 4, 5, 6)] == [
        [0, 0, 0, 0], [80, 80, 80, 255], [50, 50, 50, 255], [255, 255, 255, 255],
    ]  # fmt: skip


def test_arrays_archives_and_records_are_read_as_files_are(tmp_path, load):
    shapes = np.stack([disc(32), disc(32)[:, ::-1] // 2])
    files = {f"{index}.png": encoded(image) for index, image in enumerate(shapes)}
    wanted = load(files)[:]
    np.savez(tmp_path / "a.npz", images=shapes)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with tf.io.TFRecordWriter(str(tmp_path / "a.tfrecord")) as writer:
        for content in files.values():
            value = tf.train.Feature(bytes_list=tf.train.BytesList(value=[content]))
            features = tf.train.Features(feature={"image": value})
            writer.write(tf.train.Example(features=features).SerializeToString())
    for name in ("a.npz", "a.zip", "a.tfrecord"):
        np.testing.assert_array_equal(load({}, dataset=str(tmp_path / name))[:], wanted)
    cached = load({}, cache="disk", cache_dir=str(tmp_path / "cache"))
    np.testing.assert_array_equal(cached[:], wanted)
    assert cached.fingerprint.background == "none"
    assert load({}, cache="none", background="navy").fingerprint == cached.fingerprint


def test_data_without_transparency_are_opaque_and_one_line_says_so(load, caplog):
    caplog.set_level(logging.INFO)
    smooth = np.add.outer(np.arange(40), np.arange(40)).astype(np.uint8)
    colours = np.stack([smooth, smooth[::-1], smooth * 2], axis=-1)
    files = {f"{n}.jpg": encoded(colours + n, "JPEG") for n in range(3)}
    images = load(files)
    assert (images[:, :, :, 3] == 255).all()
    np.testing.assert_array_equal(images[:][..., :3], load({}, channels=3)[:])
    faces = load_images(DataSettings(num_images=2, image_size=16, channels=4))
    assert faces.shape == (2, 16, 16, 4) and (faces[:][..., 3] == 255).all()
    lines = [record.getMessage() for record in caplog.records if "opaque" in record.getMessage()]
    assert len(lines) == 2 and lines[0].startswith("--channels=4: the pictures of ")
    caplog.clear()
    load({"disc.png": encoded(disc())})
    assert not any("opaque" in record.getMessage() for record in caplog.records)


def test_check_data_counts_transparent_pixels(load, tmp_path):
    half = np.zeros([16, 16, 4], np.uint8)
    half[:8] = 255
    half[8, :, 3] = 100
    load({"a.png": encoded(half), "b.png": encoded(np.full([16, 16, 4], 255, np.uint8))})
    settings = DataSettings(dataset=str(tmp_path / "pictures"), image_size=16, channels=4)
    found = inspect(open_pile(settings), Preprocessing.of(settings))
    assert found.covers == [(7 / 16, 1 / 16), (0, 0)]
    # A black shape differs from the nothing around it; white on white does not.
    assert found.ranges == [(0, 255), (255, 255)]
    assert not any("--channels=4" in line for line in suggest(found, channels=4))
    assert any(line.startswith("--channels=4: keeps") for line in suggest(found, channels=3))
