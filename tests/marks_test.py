"""Pictures that kerasgan made to be looked at never become data, wherever they are."""

import tarfile
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, PngImagePlugin

from kerasgan.config import DataSettings
from kerasgan.data import load_images
from kerasgan.data.inspect import inspect
from kerasgan.data.open import open_pile
from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.errors import UserError
from kerasgan.explaining.figures import Drawing
from kerasgan.marks import MARK, is_marked
from kerasgan.runs.records import SampleFolder
from kerasgan.sampling.animation import write_animation
from kerasgan.sampling.picture_files import PictureFolder, write_grid, write_png

NOISE = np.random.default_rng(0).integers(0, 256, (4, 12, 10, 3), dtype=np.uint8)
SETTINGS = {"generator": "abc", "truncation": 1.0}


def grid(folder):
    write_grid(folder / "samples.png", [([0, 1, 2, 3], NOISE)], columns=2)


def grey_grid(folder):
    write_grid(folder / "samples.PNG", [([0, 1], NOISE[:2, ..., :1])], columns=2)


def one_picture(folder):
    write_png(folder / "arithmetic.png", NOISE[0])


def sample_of_a_run(folder):
    SampleFolder(folder).write("ema", NOISE[0], step=100)


def walk_as_gif(folder):
    write_animation(folder / "walk.gif", NOISE, frames_per_second=20, scale=2)


def grey_walk_as_gif(folder):
    write_animation(folder / "walk.gif", NOISE[..., :1], frames_per_second=20)


def still_gif(folder):
    write_animation(folder / "walk.gif", NOISE[:1], frames_per_second=20)


def walk_as_webp(folder):
    write_animation(folder / "walk.webp", NOISE, frames_per_second=20)


def still_webp(folder):
    write_animation(folder / "walk.webp", NOISE[:1], frames_per_second=20)


def figure(folder):
    Drawing((NOISE[0],)).save(folder / "losses.png")


def moving_figure(folder):
    Drawing(tuple(NOISE)).save(folder / "convolution.gif")


def renamed(folder):
    grid(folder)
    (folder / "samples.png").rename(folder / "face.jpg")


FIGURES = [
    grid, grey_grid, one_picture, sample_of_a_run, walk_as_gif, grey_walk_as_gif, still_gif,
    walk_as_webp, still_webp, figure, moving_figure, renamed,
]  # fmt: skip


def pictures(folder):
    folder.mkdir(exist_ok=True)
    for index, endings in enumerate(("png", "gif", "webp", "jpg")):
        Image.new("RGB", (4, 4), (40 * index, 0, 0)).save(folder / f"{index}.{endings}")


def load(place, **settings):
    return load_images(DataSettings(dataset=str(place), image_size=4, **settings))


@pytest.mark.parametrize("make", FIGURES)
def test_a_figure_among_pictures_is_left_out_and_listed(tmp_path, make):
    pictures(tmp_path)
    make(tmp_path)
    images = load(tmp_path)
    assert len(images) == 4
    (skipped,) = images.skipped
    assert not skipped.bad
    assert skipped.reason == "is a picture that kerasgan made to be looked at, not data"


@pytest.mark.parametrize("make", FIGURES)
def test_a_figure_with_the_mark_can_be_looked_at(tmp_path, make):
    make(tmp_path)
    (path,) = tmp_path.iterdir()
    with Image.open(path) as opened:
        assert is_marked(opened)
        opened.load()
        shown = np.asarray(opened.convert("RGB"))
    if path.suffix.lower() == ".png":  # libpng verifies each chunk's checksum
        again = tf.io.decode_png(path.read_bytes(), channels=3)
        np.testing.assert_array_equal(again, shown)
    assert shown.std() > 10


def zipped(folder):
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return folder.with_suffix(".zip")


def tarred(folder):
    with tarfile.open(folder.with_suffix(".tar"), "w") as archive:
        archive.add(folder, "faces")
    return folder.with_suffix(".tar")


def as_records(folder):
    path = folder.with_suffix(".tfrecord")
    with tf.io.TFRecordWriter(str(path)) as writer:
        for file in sorted(folder.iterdir()):
            content = tf.train.Feature(bytes_list=tf.train.BytesList(value=[file.read_bytes()]))
            features = tf.train.Features(feature={"image": content})
            writer.write(tf.train.Example(features=features).SerializeToString())
    return path


@pytest.mark.parametrize("pack", [zipped, tarred, as_records])
@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
def test_packed_or_cached_they_are_left_out_too(tmp_path, pack, cache):
    faces = tmp_path / "faces"
    pictures(faces)
    alone = load(faces).fingerprint.pixels
    for make in (grid, walk_as_gif, walk_as_webp):
        make(faces)
    for _ in range(2):  # the second time from the cache
        images = load(pack(faces), cache=cache, cache_dir=str(tmp_path / "cache"))
        assert images.fingerprint.pixels == alone
        assert [file.bad for file in images.skipped] == [False] * 3


def test_a_folder_of_figures_alone_is_refused(tmp_path):
    grid(tmp_path)
    walk_as_gif(tmp_path)
    with pytest.raises(UserError, match=r"holds no pictures: walk\.gif is a picture that kerasgan"):
        load(tmp_path)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"1 of 3 pictures in .* such as bad\.png"):
        load(tmp_path, max_bad_fraction=0.9)


def test_single_samples_and_pictures_of_other_programs_are_data(tmp_path):
    PictureFolder(tmp_path, SETTINGS, [3]).write([([3], NOISE[:1])])
    (tmp_path / "settings.json").unlink()
    remark = PngImagePlugin.PngInfo()
    remark.add_text("Software", "kerasgan")
    remark.add_text("Comment", MARK)
    Image.new("L", (4, 4), 1).save(tmp_path / "a.png", pnginfo=remark)
    Image.new("L", (4, 4), 2).save(tmp_path / "b.gif", comment=b"Created with GIMP")
    Image.new("L", (4, 4), 3).save(tmp_path / "c.jpg", comment=b"Created with GIMP")
    exif = Image.Exif()
    exif[0x0131] = "GIMP 2.10"
    Image.new("RGB", (4, 4), 4).save(tmp_path / "d.webp", exif=exif)
    assert len(load(tmp_path)) == 5


def test_check_data_lists_them(tmp_path):
    pictures(tmp_path)
    grid(tmp_path)
    settings = DataSettings(dataset=str(tmp_path), image_size=4)
    found = inspect(open_pile(settings), Preprocessing.of(settings))
    assert (found.sizes.total(), found.bad, found.duplicates) == (4, [], [])
    assert [file.name for file in found.ignored] == ["samples.png"]
