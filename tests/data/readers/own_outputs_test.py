"""What kerasgan wrote into a folder of pictures never becomes data."""

import json
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from kerasgan.config import Config, DataSettings, PictureSettings
from kerasgan.data import load_images
from kerasgan.data.open import open_pile
from kerasgan.errors import UserError
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.sampling.picture_files import PictureFolder


def save(path, grey):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), grey).save(path)


def make_run(folder):
    folder.mkdir(parents=True)
    Config().save(folder / CONFIG_FILE)
    save(folder / "samples" / "ema_000100.png", 200)
    (folder / "samples" / "ema_000200.png").touch()  # empty, but no bad picture of the data


def make_samples(folder, seeds=(3, 4)):
    folder.parent.mkdir(parents=True, exist_ok=True)
    settings = {"generator": "abc", "truncation": 1.0}
    images = np.full([len(seeds), 4, 4, 1], 210, np.uint8)
    PictureFolder(folder, settings, seeds).write([(seeds, images)])


def as_it_is(folder):
    return folder


def zipped(folder, separator="/"):
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix().replace("/", separator)
                opened.writestr(name, path.read_bytes())
    return archive


def zipped_on_windows(folder):
    return zipped(folder, "\\")


def tarred(folder):
    archive = folder.with_suffix(".tar")
    with tarfile.open(archive, "w") as opened:
        opened.add(folder, ".")
    return archive


PLACES = [as_it_is, zipped, zipped_on_windows, tarred]


def levels(place):
    images = load_images(DataSettings(dataset=str(place), image_size=4, channels=1))
    return images[:][:, 0, 0, 0].tolist()


@pytest.mark.parametrize("packed", PLACES)
def test_runs_and_samples_among_pictures_are_left_out_and_listed(tmp_path, packed):
    faces = tmp_path / "faces"
    for index in range(3):
        save(faces / f"{index}.png", index)
    make_run(faces / "runs" / "0001-faces")
    make_samples(faces / "deep" / "mine")
    save(faces / "deep" / "mine" / "me.png", 3)  # put there by someone, not by kerasgan.sample
    place = packed(faces)
    assert sorted(levels(place)) == [0, 1, 2, 3]
    skipped = {
        file.name.replace("\\", "/").removeprefix("./"): file
        for file in open_pile(PictureSettings(dataset=str(place))).skipped
    }
    assert not any(file.bad for file in skipped.values())
    assert skipped["runs/0001-faces"].reason == (
        "is a run of kerasgan: its pictures are samples, not data"
    )
    for seed in (3, 4):
        sample = skipped[f"deep/mine/seed_0000000{seed}.png"]
        assert sample.reason == "is a sample of a generator, as settings.json next to it says"
    assert not any("ema_" in name for name in skipped)


@pytest.mark.parametrize("packed", PLACES)
def test_samples_alone_are_what_is_wanted(tmp_path, packed):
    make_samples(tmp_path / "all" / "one")
    make_samples(tmp_path / "all" / "two", seeds=(7,))
    assert levels(packed(tmp_path / "all")) == [210] * 3


@pytest.mark.parametrize("packed", PLACES)
def test_a_run_is_no_data_set(tmp_path, packed):
    make_run(tmp_path / "run")
    message = r"holds no pictures: \. is a run of kerasgan: its pictures are samples, not data"
    with pytest.raises(UserError, match=message):
        open_pile(PictureSettings(dataset=str(packed(tmp_path / "run"))))


@pytest.mark.parametrize("packed", PLACES)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", {"model": "resnet", "dataset": "faces"}),
        ("config.json", ["dataset", "latent_dim", "base_filters"]),
        ("config.json", None),
        ("settings.json", {"editor": "vim"}),
        ("settings.json", None),
    ],
)
def test_json_files_of_other_programs_change_nothing(tmp_path, packed, name, content):
    save(tmp_path / "mine" / "seed_00000001.png", 5)
    text = "{no json" if content is None else json.dumps(content)
    (tmp_path / "mine" / name).write_text(text)
    save(tmp_path / "mine" / "z" / "other.png", 6)
    assert levels(packed(tmp_path / "mine")) == [5, 6]
