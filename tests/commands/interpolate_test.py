import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageSequence

from kerasgan.model.latents import latents_from_seeds
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.sampling.open_painter import painter_of_run
from kerasgan.sampling.walks import walk


def frames_of(path):
    with Image.open(path) as animation:
        return [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(animation)]


def test_a_walk_shows_the_pictures_along_the_way(command, model, run_dir, tmp_path):
    flags = [f"--model={model}", "--seeds=1,5-6", "--num_frames=12", "--scale=1"]
    assert command("interpolate", *flags, "--output=walk.webp") == "walk.webp\n"
    wanted = painter_of_run(run_dir).paint(walk(latents_from_seeds([1, 5, 6], 6), num_frames=12))
    frames = np.array(frames_of(tmp_path / "walk.webp")).astype(int)
    # Pictures of a hardly trained generator are so alike that equal frames were joined.
    assert abs(frames[0] - wanted[0]).mean() < 4
    command("interpolate", *flags)
    command("interpolate", *flags, "--noloop", "--output=walk.mp4")
    assert {path.name for path in tmp_path.iterdir()} == {"walk.webp", "walk.gif", "walk.mp4"}


def test_corners_are_the_seeds_own_pictures(command, run_dir, tmp_path):
    command("interpolate", f"--run_dir={run_dir}", "--show=corners", "--seeds=2-5", "--side=3")
    grid = tf.io.decode_png((tmp_path / "corners.png").read_bytes()).numpy().astype(int)
    assert grid.shape == (3 * 18 - 2, 3 * 18 - 2, 3)
    corners = [grid[:16, :16], grid[:16, -16:], grid[-16:, :16], grid[-16:, -16:]]
    np.testing.assert_allclose(corners, painter_of_run(run_dir).sample(range(2, 6)), atol=1)


def test_training_is_shown_by_the_runs_own_grids(command, run_dir, tmp_path):
    command("interpolate", f"--run_dir={run_dir}", "--show=training", "--scale=1", "--fps=5")
    grids = sorted((run_dir / "samples").glob("ema_*.png"))
    frames = frames_of(tmp_path / "training.gif")
    assert len(grids) == 5
    assert 1 < len(frames) <= 5
    last = tf.io.decode_png(grids[-1].read_bytes()).numpy().astype(int)
    assert abs(frames[-1] - last).mean() < 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--show=dance"], "--show=dance: must be one of walk, corners, training"),
        (["--model=m", "--seeds=3"], "--seeds=3: must be at least 2 seeds for a walk"),
        (
            ["--model=m", "--seeds=0-9999999"],
            "--seeds=0-9999999: must be at most 10000 for a walk",
        ),
        (
            ["--model=m", "--show=corners", "--seeds=1,2"],
            "--seeds=1,2: must be 4 seeds for corners",
        ),
        (["--model=m", "--output=a.avi"], "--output=a.avi: must end in .gif or .webp or .mp4"),
        (["--model=m", "--show=corners", "--output=a.gif"], "--output=a.gif: must end in .png"),
        (["--model=m", "--show=training"], "--model=m: must be --run_dir for --show=training"),
        (["--model=m", "--fps=0"], "--fps=0: must be at least 1"),
        (["--model=m", "--fps=101"], "--fps=101: must be at most 100 in a .gif file"),
        (
            ["--run_dir=RUN", "--scale=4200"],
            "--output=walk.gif: would have 67200 x 67200 pixels; a .gif file has at most 65535 on "
            "a side",
        ),
        (
            ["--run_dir=RUN", "--scale=1000"],
            "--output=walk.gif: would have 16000 x 16000 pixels in 160 frames; all together must "
            "be at most 2147483647 bytes",
        ),
        (
            ["--run_dir=RUN", "--show=corners", "--side=60000"],
            "--output=corners.png: would have 1079998 x 1079998 pixels; a .png file has at most "
            "1000000 on a side",
        ),
        (["--run_dir=young", "--show=training"], "--run_dir=young: the run has no sample grids"),
    ],
)
def test_mistakes_are_reported_in_one_line(refusal, run_dir, tmp_path, arguments, message):
    (tmp_path / "young").mkdir()
    shutil.copy(run_dir / CONFIG_FILE, tmp_path / "young")
    arguments = [argument.replace("RUN", str(run_dir)) for argument in arguments]
    assert refusal("interpolate", *arguments) == message


def test_a_walk_between_labels_stays_at_one_seed(command, run_of_classes, tmp_path):
    _, run_dir = run_of_classes
    flags = [f"--run_dir={run_dir}", "--seeds=5", "--num_frames=6", "--scale=8"]
    command("interpolate", *flags, "--labels=dog,cat,2", "--output=walk.webp")
    painter = painter_of_run(run_dir)
    ways = np.array([1, 1, 0, 0, 2, 2]), np.array([0, 0, 2, 2, 1, 1]), np.array([0, 0.5] * 3)
    wanted = painter.between_labels([5] * 6, *ways).astype(int)
    frames = np.array(frames_of(tmp_path / "walk.webp"))[:, 4::8, 4::8].astype(int)
    # WebP loses something of such noisy pictures, but each frame is most like the one it shows.
    distances = abs(frames[:, None] - wanted).mean(axis=(2, 3, 4))
    np.testing.assert_array_equal(distances.argmin(axis=1), range(6))
    assert distances.diagonal().max() < 12
    stations = painter.sample([5] * 3, labels=np.array([1, 0, 2]))
    np.testing.assert_array_equal(wanted[::2], stations)
    assert abs(np.diff(wanted, axis=0)).mean() > 15


@pytest.mark.slow
def test_a_walk_and_corners_between_seeds_have_one_label(command, run_of_classes, tmp_path):
    _, run_dir = run_of_classes
    painter = painter_of_run(run_dir)
    for flag, label in ((["--labels=2"], 2), ([], 5 % 3)):  # without, the first seed's own
        flags = [f"--run_dir={run_dir}", "--seeds=5-8", "--overwrite", *flag]
        command("interpolate", *flags, "--show=corners", "--side=2", "--output=corners.png")
        grid = tf.io.decode_png((tmp_path / "corners.png").read_bytes()).numpy().astype(int)
        corners = [grid[:16, :16], grid[:16, -16:], grid[-16:, :16], grid[-16:, -16:]]
        wanted = painter.sample(range(5, 9), labels=np.full(4, label))
        np.testing.assert_allclose(corners, wanted, atol=1)
        command("interpolate", *flags, "--num_frames=4", "--scale=1", "--output=walk.webp")
        latents = walk(latents_from_seeds([5, 6, 7, 8], 6), num_frames=4)
        wanted = np.array([painter.paint(latents, np.full(4, each)) for each in range(3)])
        frames = np.array(frames_of(tmp_path / "walk.webp")).astype(int)
        distances = abs(frames - wanted.astype(int)).mean(axis=(2, 3, 4))  # [label, frame]
        np.testing.assert_array_equal(distances.argmin(axis=0), [label] * 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--labels=cow"], "--labels=cow: must be of cat, dog"),
        (["--labels=cat", "--seeds=3"], "--seeds=3: must be at least 2 seeds for a walk, or"),
        (["--labels=cat,dog", "--seeds=3,4"], "--seeds=3,4: must be one seed for a walk between"),
        (["--labels=cat,dog", "--show=corners"], "--labels=cat,dog: must be one label here"),
        (["--labels=cat", "--show=training"], "--labels=cat: --show=training shows the labels of"),
    ],
)
def test_labels_that_do_not_fit_are_refused(refusal, run_of_classes, arguments, message):
    assert refusal("interpolate", f"--run_dir={run_of_classes[1]}", *arguments).startswith(message)
