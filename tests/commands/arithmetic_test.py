import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.latents import latents_from_seeds
from kerasgan.sampling.arithmetic import arithmetic_figure, combine
from kerasgan.sampling.open_painter import painter_of_run

GROUPS = ["--a=1-3", "--b=4-6", "--c=7-8"]


def test_the_result_is_a_minus_b_plus_c_of_the_means():
    a, b, c = (np.random.default_rng(seed).normal(size=[seed, 5]) for seed in (2, 3, 4))
    means = combine([a, b, c])
    np.testing.assert_allclose(means[0], a.mean(axis=0))
    np.testing.assert_allclose(means[3], a.mean(axis=0) - b.mean(axis=0) + c.mean(axis=0))


def test_the_figure_shows_members_means_and_nine_results(command, run_dir, tmp_path):
    assert command("arithmetic", f"--run_dir={run_dir}", *GROUPS) == "arithmetic.png\n"
    figure = tf.io.decode_png((tmp_path / "arithmetic.png").read_bytes()).numpy().astype(int)
    assert figure.shape == (4 * 18 - 2, 9 * 18 - 2, 3)
    tiles = np.pad(figure, [[0, 2], [0, 2], [0, 0]]).reshape(4, 18, 9, 18, 3)
    tiles = tiles.transpose(0, 2, 1, 3, 4)[:, :, :16, :16]  # [row, column, ...]
    painter = painter_of_run(run_dir)
    np.testing.assert_allclose(tiles[:3, 0], painter.sample([1, 2, 3]), atol=1)
    np.testing.assert_allclose(tiles[1:3, 4], painter.sample([7, 8]), atol=1)
    assert (tiles[0, 4] == 255).all()
    means = combine(
        [latents_from_seeds(seeds, 6).numpy() for seeds in ([1, 2, 3], [4, 5, 6], [7, 8])]
    )
    wanted = painter.paint(means)
    np.testing.assert_allclose(tiles[-1, [0, 2, 4]], wanted[:3], atol=1)
    np.testing.assert_allclose(tiles[2, 7], wanted[3], atol=1)  # amid its neighbours
    for column in (1, 3, 5):
        assert (tiles[:3, column] == 255).all()
        assert set(np.unique(tiles[3, column])) == {0, 255}


def test_a_grey_generators_figure_is_grey(run_dir):
    class GreyPainter:
        latent_dim, image_shape, background = 4, (16, 24, 1), "white"

        def paint(self, latents, labels):
            return np.zeros([len(latents), 16, 24, 1], np.uint8)

    latents = np.ones([1, 4])
    assert arithmetic_figure(GreyPainter(), latents, latents, latents).shape == (
        4 * 18 - 2,
        9 * 26 - 2,
        1,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--a=1", "--b=2"], "--c: must be given, seeds such as 3,8,20-23"),
        (["--a=1", "--b=x", "--c=2"], "--b=x: must be seeds and ranges of them, such as 3,8,20-23"),
    ],
)
def test_mistakes_are_reported_in_one_line(refusal, arguments, message):
    assert refusal("arithmetic", "--model=m", *arguments) == message


def test_all_pictures_have_the_label_that_is_asked_for(command, refusal, run_of_classes, tmp_path):
    source = f"--run_dir={run_of_classes[1]}"
    painter = painter_of_run(run_of_classes[1])
    for arguments, label in ((["--labels=cat"], 0), ([], 1)):  # without, that of seed 1
        command("arithmetic", source, *GROUPS, *arguments, "--output=a.png", "--overwrite")
        figure = tf.io.decode_png((tmp_path / "a.png").read_bytes()).numpy().astype(int)
        first = painter.sample([1], labels=np.array([label]))[0]
        np.testing.assert_allclose(figure[:16, :16], first, atol=1)
    message = refusal("arithmetic", source, *GROUPS, "--labels=cat,dog")
    assert message == "--labels=cat,dog: must be one label here"
