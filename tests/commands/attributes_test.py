import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.model.build import build_gan
from kerasgan.model.latents import latents_from_seeds
from kerasgan.runs.checkpoints import CheckpointWriter
from kerasgan.runs.folder import CHECKPOINT_FOLDER, CONFIG_FILE
from kerasgan.sampling.directions import find_directions
from kerasgan.sampling.open_painter import painter_of_run


@pytest.fixture(autouse=True)
def few_faces(monkeypatch):
    monkeypatch.setattr("kerasgan.sampling.directions._NUM_FACES", 512)


def test_strips_are_painted_and_the_search_is_reported(command, run_dir, tmp_path):
    flags = ["--attributes=glasses,skin_tone", "--seeds=3,4", "--columns=5", "--num_images=128"]
    printed = command("attributes", f"--run_dir={run_dir}", *flags)
    assert printed.endswith("attributes.png: from top to bottom glasses, skin_tone\n")
    assert "not found: " in printed
    assert f"{run_dir}/directions.json: the sliders of python -m kerasgan.play\n" in printed
    strips = tf.io.decode_png((tmp_path / "attributes.png").read_bytes())
    assert strips.shape == [4 * 18 - 2, 5 * 18 - 2, 3]


@pytest.mark.slow
def test_latents_of_a_file_are_changed_as_those_of_seeds_are(command, run_dir, tmp_path):
    np.save(tmp_path / "latents.npy", latents_from_seeds([3, 4], 6))
    flags = ["--attributes=glasses", "--columns=3", "--num_images=128"]
    for source in ("--seeds=3,4", "--latents=latents.npy"):
        command("attributes", f"--run_dir={run_dir}", *flags, source, f"--output={source[2:4]}.png")
    assert (tmp_path / "se.png").read_bytes() == (tmp_path / "la.png").read_bytes()


def test_directions_come_with_the_seeds_that_have_most_and_least(run_dir):
    directions = find_directions(painter_of_run(run_dir), num_images=128, epochs=1)
    assert [item.linear for item in directions] == sorted(
        (item.linear for item in directions), reverse=True
    )
    for direction in directions:
        assert direction.vector.shape == (6,)
        assert len({*direction.highest, *direction.lowest}) == 10
        assert direction.resembles != direction.name
        assert max(direction.highest + direction.lowest) < 128


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--attributes=beauty"], "--attributes=beauty: must be of head_size, "),
        (["--reach=0"], "--reach=0.0: must be above 0 and finite"),
        (["--columns=2"], "--columns=2: must be at least 3"),
    ],
)
def test_mistakes_are_reported_in_one_line(refusal, run_dir, arguments, message):
    assert refusal("attributes", f"--run_dir={run_dir}", *arguments).startswith(message)


def test_other_data_have_no_attributes(refusal, run_dir, tmp_path):
    (tmp_path / "run").mkdir()
    config = dataclasses.replace(Config.load(run_dir / CONFIG_FILE), dataset="/data/cats")
    config.save(tmp_path / "run" / CONFIG_FILE)
    checkpoint = tf.train.Checkpoint(gan=build_gan(config))
    CheckpointWriter(checkpoint).write(tmp_path / "run" / CHECKPOINT_FOLDER, 4, keep=1)
    assert refusal("attributes", "--run_dir=run").startswith(
        "the generator was trained on cats: must be synthetic_faces"
    )


def test_a_generator_with_labels_is_refused(refusal, run_of_attributes):
    message = refusal("attributes", f"--run_dir={run_of_attributes[1]}")
    assert message.startswith("the generator was trained with labels, which sample takes")
