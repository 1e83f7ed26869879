"""A run goes on with the same images wherever they are now."""

import json
import pathlib
import shutil
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.training.loop import train

COUNT = 16


def config(**settings):
    small = {
        "image_size": 16,
        "batch_size": 8,
        "base_filters": 2,
        "penalty": "none",  # quick to compile
        "skip_sums": False,
        "minibatch_deviation": False,
        "latent_dim": 6,
        "num_samples": 4,
        "log_every_steps": 1,
        "metrics": "swd",
        "best_metric": "swd",
        "evaluate_images": 16,
        "evaluate_images_at_end": 16,
        "evaluate_every_epochs": 1000,
        "learning_rate_decay": "none",
    }
    return Config(**{**small, **settings})


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pictures():
    """Arrays uint8 [16, 16, 3], which are written to the folder `faces` too."""
    arrays = np.random.default_rng(0).integers(0, 256, (COUNT, 16, 16, 3), dtype=np.uint8)
    pathlib.Path("faces").mkdir()
    for index, array in enumerate(arrays):
        Image.fromarray(array).save(f"faces/{index:02d}.png")
    return arrays


def rows(run_dir):
    lines = pathlib.Path(run_dir, "metrics.jsonl").read_text().splitlines()
    training = [row for row in map(json.loads, lines) if "g_loss" in row]
    return [{k: v for k, v in row.items() if k != "images_per_second"} for row in training]


def renamed_folder(arrays):
    shutil.move("faces", "elsewhere")
    return {"dataset": "elsewhere"}


def zip_of_files(arrays):
    with zipfile.ZipFile("faces.zip", "w") as archive:
        for index, array in enumerate(arrays):
            Image.fromarray(array).save("one.png")
            archive.write("one.png", f"inner/{index:02d}.png")
    return {"dataset": "faces.zip"}


def tar_of_files(arrays):
    with tarfile.open("faces.tar", "w") as archive:
        archive.add("elsewhere", "faces")
    return {"dataset": "faces.tar", "split": "all"}


def array_of_pixels(arrays):
    np.savez("faces.npz", images=arrays)
    return {"dataset": "faces.npz"}


def part_of_more(arrays):
    pathlib.Path("elsewhere", "99.png").write_bytes(b"no picture")
    Image.fromarray(arrays[0]).save("elsewhere/98.png")
    return {"dataset": "elsewhere", "num_images": COUNT, "max_bad_fraction": 0.5}


def seen_from_another_working_directory(arrays):
    return {"dataset": str(pathlib.Path("faces.zip").absolute())}


PLACES = [
    renamed_folder,
    zip_of_files,
    tar_of_files,
    array_of_pixels,
    part_of_more,
    seen_from_another_working_directory,
]


@pytest.mark.slow
def test_a_run_is_continued_with_the_same_pictures_at_other_places(pictures):
    train(config(dataset="faces", epochs=1 + len(PLACES)), pathlib.Path("whole"))
    train(config(dataset="faces", epochs=1), pathlib.Path("run"))
    for epochs, move in enumerate(PLACES, start=2):
        where = move(pictures)
        train(config(**where, epochs=epochs), pathlib.Path("run"))
        assert Config.load(pathlib.Path("run/config.json")).dataset == where["dataset"]
    assert rows("run") == rows("whole")


@pytest.mark.slow
def test_other_pictures_at_another_place_are_refused_in_one_line(pictures):
    train(config(dataset="faces", epochs=1), pathlib.Path("run"))
    before = pathlib.Path("run/config.json").read_text()
    changed = pictures.copy()
    changed[3, 5, 7, 1] ^= 1
    for images, reason in (
        (changed, "some of their pixels have changed, or their order"),
        (pictures[::-1], "some of their pixels have changed, or their order"),
        (pictures[1:], "their count was 16 and is 15"),
    ):
        np.savez("faces.npz", images=images)
        with pytest.raises(UserError, match=f"^--run_dir=run: .*other images: {reason}.*--dataset"):
            train(config(dataset="faces.npz", epochs=2), pathlib.Path("run"))
    assert pathlib.Path("run/config.json").read_text() == before


@pytest.mark.slow
def test_a_run_without_a_fingerprint_keeps_its_place(pictures):
    train(config(dataset="faces", epochs=1), pathlib.Path("run"))
    path = pathlib.Path("run/config.json")
    content = json.loads(path.read_text())
    del content["data"]
    path.write_text(json.dumps(content))
    shutil.copytree("faces", "copy")
    with pytest.raises(UserError, match=r"^--dataset=copy: the run in run has faces;"):
        train(config(dataset="copy", epochs=2), pathlib.Path("run"))


@pytest.mark.slow
def test_how_pictures_become_images_may_not_change(pictures):
    train(config(dataset="faces", epochs=1), pathlib.Path("run"))
    with pytest.raises(UserError, match=r"^--crop=none: .* with the same images, dataset, split"):
        train(config(dataset="faces", epochs=2, crop="none"), pathlib.Path("run"))
