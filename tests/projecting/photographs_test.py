import numpy as np
import pytest
from PIL import Image

from kerasgan.data.pictures.preprocess import Preprocessing
from kerasgan.errors import UserError
from kerasgan.projecting.photographs import read_photographs

COLOUR, GREY = (Preprocessing(image_shape=(16, 16, channels)) for channels in (3, 1))


def picture(path, level=(200, 100, 50), size=(20, 16), **options):
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB" if isinstance(level, tuple) else "L", size, level).save(path, **options)
    return str(path)


def test_pictures_are_cropped_resized_and_turned_as_data_are(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    halves = Image.new("RGB", (32, 16), "red")
    halves.paste("blue", (16, 0, 32, 16))
    halves.save(tmp_path / "turned.png", exif=exif)
    whole = Preprocessing(image_shape=(16, 16, 3), crop="none")
    image = read_photographs([str(tmp_path / "turned.png")], whole).images[0]
    np.testing.assert_array_equal(image[0, 0], [255, 0, 0])
    np.testing.assert_array_equal(image[-1, 0], [0, 0, 255])


def test_grey_pictures_become_colour_and_colour_ones_grey(tmp_path):
    paths = [picture(tmp_path / "colour.png"), picture(tmp_path / "grey.png", 77)]
    colour = read_photographs(paths, COLOUR).images
    assert colour.shape == (2, 16, 16, 3)
    np.testing.assert_array_equal(colour[:, 3, 3], [[200, 100, 50], [77, 77, 77]])
    grey = read_photographs(paths, GREY).images
    assert grey.shape == (2, 16, 16, 1)
    np.testing.assert_array_equal(grey[:, 3, 3, 0], [124, 77])


def test_folders_are_read_at_any_depth_and_every_name_is_another(tmp_path):
    for name in ("me.png", "a/me.png", "a_me.jpg"):
        picture(tmp_path / name)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    found = read_photographs([str(tmp_path), str(tmp_path / "me.png")], COLOUR)
    assert found.names == ["a_me", "a_me_2", "me", "me_2"]
    assert len(found.images) == 4
    assert [(file.name, file.reason) for file in found.skipped] == [
        ("bad.png", "is text, not a picture: 'no picture'")
    ]


def test_samples_in_a_folder_are_pictures_like_any_others(tmp_path):
    picture(tmp_path / "seed_00000003.png")
    (tmp_path / "settings.json").write_text('{"generator": "weights", "truncation": 1.0}')
    assert read_photographs([str(tmp_path)], COLOUR).names == ["seed_00000003"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.jpg", "--image=none.jpg: no such file or folder"),
        ("text.jpg", "--image=text.jpg: is text, not a picture: 'no picture'"),
        ("cut.png", "--image=cut.png: is cut off: "),
        ("empty.png", "--image=empty.png: is empty"),
        ("nothing", "--image=nothing: the folder holds no pictures (files that end in .jpg, "),
        ("bad", "--image=bad: x.png is text, not a picture: 'no picture'"),
        ("http://x/me.jpg", "--image=http://x/me.jpg: is a URL; must be a path on this machine"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    for folder in ("nothing", "bad"):
        (tmp_path / folder).mkdir()
    for file in ("text.jpg", "bad/x.png"):
        (tmp_path / file).write_bytes(b"no picture")
    (tmp_path / "empty.png").touch()
    noise = np.random.default_rng(0).integers(256, size=[64, 64, 3]).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:3000])
    with pytest.raises(UserError) as refused:
        read_photographs([name], COLOUR)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_a_crop_of_other_data_is_refused_by_name(tmp_path):
    celeba = Preprocessing(image_shape=(16, 16, 3), crop="celeba108")
    with pytest.raises(UserError, match=r"me.png: is 20x16: --crop=celeba108 is for aligned"):
        read_photographs([picture(tmp_path / "me.png")], celeba)
