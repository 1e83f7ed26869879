"""Names of files that are not UTF-8 are read, listed and printed, in folders and archives."""

import io
import json
import logging
import os
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from kerasgan.config import DataSettings
from kerasgan.data import load_images
from kerasgan.errors import UserError

NAMES = [b"caf\xe9.png", b"\xff\xfe.png", b"\xe9/\xe8.png", "ü.png".encode(), b"a\nb.png"]
BAD, OTHER = b"bad\xff.png", b"note\xff.txt"


def png(level):
    file = io.BytesIO()
    Image.new("L", (16, 16), level).save(file, "png")
    return file.getvalue()


def write_folder(place):
    for level, name in enumerate(NAMES):
        path = os.path.join(os.fsencode(place), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(png(level))
    for name in (BAD, OTHER):
        with open(os.path.join(os.fsencode(place), name), "wb") as file:
            file.write(b"no picture")
    return place


def write_tar(place):
    write_folder(place)
    with tarfile.open(place.with_suffix(".tar"), "w") as archive:
        archive.add(place, "")
    return place.with_suffix(".tar")


def levels(place):
    images = load_images(DataSettings(dataset=str(place), image_size=16, max_bad_fraction=0.5))
    return sorted(images[:][:, 0, 0, 0].tolist()), images


@pytest.mark.parametrize("write", [write_folder, write_tar])
def test_check_data_lists_them(process, write, tmp_path, caplog):
    # pytest's processes cannot send each other a log with such names.
    caplog.set_level(logging.ERROR, logger="kerasgan.data.load")
    place = write(tmp_path / "faces")
    found, images = levels(place)
    assert found == [0, 1, 2, 3, 4]
    shown = process("check_data", f"--dataset={place}", "--preview=", "--json=found.json")
    assert shown.returncode == 1
    assert shown.stderr == ""
    assert "bad\\udcff.png is text, not a picture: 'no picture'" in shown.stdout
    content = json.loads((tmp_path / "found.json").read_text())
    assert [os.fsencode(file["name"]).split(b"/")[-1] for file in content["bad"]] == [BAD]
    assert [os.fsencode(file["name"]).split(b"/")[-1] for file in content["ignored"]] == [OTHER]
    assert len(images.skipped) == 2


def zip_with(path, name, is_utf8):
    """A zip file with a name of five bytes, which claims to be UTF-8 or does not."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ü-ü.png" if is_utf8 else "abcde.png", png(7))
    stored = "ü-ü.png".encode() if is_utf8 else b"abcde.png"
    path.write_bytes(path.read_bytes().replace(stored, name))
    return path


def test_names_in_old_zip_files_are_read(tmp_path):
    path = zip_with(tmp_path / "a.zip", b"\x81\xff\xe9de.png", is_utf8=False)
    assert levels(path)[0] == [7]


def test_a_zip_file_whose_names_are_not_the_utf8_that_it_says_is_refused(tmp_path):
    path = zip_with(tmp_path / "a.zip", b"\xff\xfe-\xe9\xe8.png", is_utf8=True)
    with pytest.raises(UserError, match=r"a\.zip: a file in it has a name that is not UTF-8, "):
        levels(path)


def test_evaluate_has_the_limit_of_bad_pictures_too(command, refusal, tmp_path):
    rng = np.random.default_rng(0)
    for name in ("mine", "theirs"):
        (tmp_path / name).mkdir()
        for index, noise in enumerate(rng.integers(0, 256, (16, 16, 16, 3), dtype=np.uint8)):
            Image.fromarray(noise).save(tmp_path / name / f"{index}.png")
        (tmp_path / name / "bad.png").write_bytes(b"no picture")
    arguments = ("--generated=mine", "--real=theirs", "--image_size=16", "--metrics=swd")
    message = refusal("evaluate", *arguments, "--cache_dir=cache")
    assert "--max_bad_fraction=0.06 would leave them out" in message
    assert "python -m kerasgan.check_data --dataset=mine lists them" in message
    shown = command("evaluate", *arguments, "--cache_dir=cache", "--max_bad_fraction=0.06")
    assert shown.startswith("16 images of mine")
