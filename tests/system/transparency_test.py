"""A run with four channels, from sprites to what it exports."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasgan.compositing import lay_on
from kerasgan.config import Config
from kerasgan.model.latents import latents_from_seeds
from kerasgan.pixels import make_grid, to_uint8
from kerasgan.sampling.animation import write_animation
from kerasgan.sampling.open_painter import painter_of_model
from kerasgan.serving.saved_model import latest_version
from kerasgan.training.loop import train

SMALLER = {
    "base_filters": 2,
    "num_images": 32,
    "epochs": 1,
    "batch_size": 8,
    "penalty": "none",
    "skip_sums": False,
    "minibatch_deviation": False,
}


def sprites(count, side=16):
    """Discs of three colours, anti-aliased, over bright green that alpha hides."""
    random = np.random.default_rng(0)
    rows, columns = np.indices((side, side)) + 0.5
    images = np.full([count, side, side, 4], [0, 255, 0, 0], np.uint8)
    for image in images:
        y, x = side * random.uniform(0.4, 0.6, 2)
        inside = side * random.uniform(0.2, 0.38) - np.hypot(rows - y, columns - x)
        alpha = np.rint(np.clip(inside + 0.5, 0, 1) * 255)
        colours = [(230, 40, 40), (40, 90, 230), (250, 200, 40)]
        image[alpha > 0, :3] = colours[random.integers(3)]
        image[..., 3] = alpha
    return images


def settings(tmp_path, **more):
    np.savez(tmp_path / "sprites.npz", images=sprites(256))
    small = {
        "dataset": str(tmp_path / "sprites.npz"),
        "channels": 4,
        "image_size": 16,
        "base_filters": 8,
        "latent_dim": 16,
        "num_samples": 4,
        "metrics": "swd",
        "best_metric": "swd",
        "evaluate_images": 64,
        "evaluate_images_at_end": 64,
        "saved_models_dir": str(tmp_path / "models"),
    }
    return Config(**{**small, **more})


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """A run of a few steps."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield train(settings(folder, **SMALLER, random_flip=True), folder / "run")


@pytest.mark.slow
def test_grids_are_on_a_checkerboard_and_figures_on_white(outcome):
    samples = outcome.run_dir / "samples"
    for name in ("real_00000000", "ema_00000004"):
        with Image.open(samples / f"{name}.png") as grid:
            pixels = np.asarray(grid)
        assert pixels.shape == (34, 34, 3)
    real = np.asarray(Image.open(samples / "real_00000000.png"))
    assert real[0, :4].tolist() == [[255] * 3] * 2 + [[204] * 3] * 2  # a corner is transparent
    assert not ((real[..., 1] > 150) & (real[..., 0] < 100) & (real[..., 2] < 100)).any()  # green
    rows = (outcome.run_dir / "metrics.jsonl").read_text().splitlines()
    made = [json.loads(row)["fingerprint"] for row in rows if "fingerprint" in row]
    assert made and all(each["background"] == "white" for each in made)


def test_the_exported_model_gives_straight_alpha(outcome):
    folder = outcome.saved_model.parent
    painter = painter_of_model(folder)
    assert painter.background == "checkerboard" and painter.image_shape == (16, 16, 4)
    images = painter.sample(range(8))
    model = tf.saved_model.load(str(latest_version(folder)))
    seeds = {"seed": tf.range(8, dtype=tf.int64), "truncation": tf.ones([8])}
    files = model.signatures["sample_png"](**seeds)["image_bytes"].numpy()
    np.testing.assert_array_equal([tf.io.decode_png(file) for file in files], images)
    painted = model.signatures["serving_default"](latents=latents_from_seeds(range(8), 16))
    floats = (painted["images"].numpy() + 1.0) / 2.0
    latents = latents_from_seeds(range(8), 16).numpy()
    np.testing.assert_array_equal(to_uint8(painted["images"]), painter.paint(latents))
    # Laid on black, straight pixels are the premultiplied colours, as far as alpha allows them.
    wanted = np.clip(np.minimum(floats[..., :3], floats[..., 3:]), 0, 1) * 255
    assert np.abs(lay_on(images, "black") - wanted).max() <= 1.5  # three roundings
    assert np.abs(images[..., 3] - floats[..., 3] * 255).max() <= 0.51
    card = (latest_version(folder) / "README.md").read_text()
    assert "of 16x16 pixels with straight alpha" in card and "background: white" in card


def test_webp_keeps_alpha_and_gif_is_on_the_background(tmp_path):
    frames = sprites(3, 32)
    for ending, mode in ((".webp", "RGBA"), (".gif", "RGB")):
        path = tmp_path / f"walk{ending}"
        write_animation(path, frames, frames_per_second=10, background="#00ffff")
        with Image.open(path) as animation:
            assert animation.n_frames == 3
            pixels = np.asarray(animation.convert("RGBA"))
        if mode == "RGBA":
            np.testing.assert_array_equal(pixels[..., 3], frames[0, ..., 3])
        else:
            assert (pixels[..., 3] == 255).all()
            assert np.abs(pixels[0, 0, :3].astype(int) - [0, 255, 255]).max() <= 8


def test_arithmetic_and_strips_are_on_the_background(outcome):
    from kerasgan.sampling.arithmetic import arithmetic_figure

    painter = painter_of_model(outcome.saved_model.parent)
    latents = latents_from_seeds(range(3), 16).numpy()
    figure = arithmetic_figure(painter, *latents[:, None])
    assert figure.shape == (4 * 18 - 2, 9 * 18 - 2, 3)
    image = make_grid(painter.paint(latents[:1]), columns=1)
    np.testing.assert_array_equal(figure[36:52, :16], image)
    assert (figure[54:70, 18:34] == 0).any() and (figure[54:56, 18:34] == 255).all()  # the minus


def test_a_run_without_alpha_is_no_origin_unless_partly(outcome, tmp_path):
    from kerasgan.errors import UserError

    start = {**SMALLER, "init_from": str(outcome.run_dir)}
    with pytest.raises(UserError, match=r"has --channels=4, not 3; must be the same, or give --in"):
        train(settings(tmp_path, **start, channels=3, background="white"))


@pytest.mark.slow
def test_alpha_is_learnt(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few = {"epochs": 48, "evaluate_every_epochs": 48, "sample_every_steps": 10_000}
    gan = train(settings(tmp_path, **few, penalty_weight=3.0, ema_half_life_images=500)).gan
    images, real = gan.generate(256), sprites(256)
    difference = images[..., 3].mean(axis=0) - real[..., 3].mean(axis=0)
    assert np.abs(difference).mean() < 15  # of 255
    assert np.mean((images[..., 3] > 30) & (images[..., 3] < 225)) < 0.3


@pytest.mark.slow
def test_commands_give_files_with_alpha(outcome, tmp_path):
    run = f"--run_dir={outcome.run_dir}"
    command = [sys.executable, "-m", "kerasgan.sample", run, "--num_images=2", "--output=pictures"]
    subprocess.run(command, check=True, cwd=tmp_path)
    with Image.open(tmp_path / "pictures" / "seed_00000000.png") as picture:
        assert picture.mode == "RGBA"
    command = [sys.executable, "-m", "kerasgan.evaluate", f"--generated={outcome.run_dir}"]
    command += ["--metrics=swd,kid", "--num_samples=16", "--json=r.json", "--background=navy"]
    subprocess.run([*command, "--nearest=n.png"], check=True, cwd=tmp_path)
    assert json.loads((tmp_path / "r.json").read_text())["fingerprint"]["background"] == "navy"
