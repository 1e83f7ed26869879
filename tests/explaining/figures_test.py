import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageSequence

from kerasgan.explaining.convolution import TransposedConvolution
from kerasgan.explaining.convolution_figure import draw_overlaps, draw_transposed_convolution
from kerasgan.explaining.figures import Drawing, new_figure, render, themed
from kerasgan.explaining.losses_figure import draw_losses
from kerasgan.explaining.networks_figure import draw_networks, tensors_on_the_way
from kerasgan.explaining.toy_figure import draw_toy, draw_toys
from kerasgan.explaining.toy_gan import ToySettings, train_toy
from kerasgan.model.losses import LOSSES
from kerasgan.model.networks.dcgan import build_discriminator, build_generator


def test_the_animation_has_a_frame_for_each_pixel_of_the_output(tmp_path):
    drawing = draw_transposed_convolution(TransposedConvolution(2, 3, 1, 1))
    assert len(drawing.frames) == 4
    drawing.save(tmp_path / "moving.gif")
    with Image.open(tmp_path / "moving.gif") as animation:
        frames = [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(animation)]
    assert len(frames) == 4
    assert abs(frames[1].astype(int) - drawing.frames[1]).mean() < 3  # 48 colours
    drawing.save(tmp_path / "still.png")
    with Image.open(tmp_path / "still.png") as still:
        assert still.size == drawing.frames[0].shape[1::-1]


def test_a_figure_is_the_same_bytes_again_whatever_the_users_style():
    def png():
        return draw_overlaps([TransposedConvolution(3, 3, 2, 0)])._repr_png_()

    first = png()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert png() == first
        assert matplotlib.rcParams["font.size"] == 30


def test_a_loss_that_was_added_has_a_line(monkeypatch):
    without = draw_losses(("hinge",)).frames[0]
    monkeypatch.setitem(LOSSES, "mine", LOSSES["non_saturating"])
    with_it = draw_losses(("hinge", "mine")).frames[0]
    assert (with_it != without).any()


@pytest.mark.parametrize(("theme", "paper"), [("light", 255), ("dark", 20)])
def test_themes_have_their_paper(theme, paper):
    frame = draw_overlaps([TransposedConvolution(3, 4, 2, 0)], theme=theme).frames[0]
    assert frame[0, 0, 0] == paper


def test_there_is_no_third_theme():
    with pytest.raises(ValueError, match="theme='sepia': must be one of light, dark"):
        draw_overlaps([TransposedConvolution(3, 4, 2, 0)], theme="sepia")


def test_notebooks_get_a_gif_only_of_what_moves():
    with themed("light"):
        frame = render(new_figure(1, 1, dots_per_inch=20))
    assert set(Drawing((frame,))._repr_mimebundle_()) == {"image/png"}
    assert set(Drawing((frame, 255 - frame))._repr_mimebundle_()) == {"image/gif"}


def test_the_chain_of_tensors():
    generator = build_generator((64, 64, 3), base_filters=16)
    discriminator = build_discriminator((64, 64, 3), base_filters=16)
    shapes = [(100,), (4, 4, 128), (8, 8, 64), (16, 16, 32), (32, 32, 16), (64, 64, 3)]
    assert tensors_on_the_way(generator) == shapes
    assert tensors_on_the_way(discriminator) == [*reversed(shapes[1:]), (1,)]
    assert draw_networks(generator, discriminator).frames[0].std() > 10


@pytest.mark.slow
def test_toys_are_drawn_at_every_snapshot():
    for data in ("ring", "swiss_roll"):
        run = train_toy(ToySettings(data=data, steps=100), num_snapshots=3)
        drawing = draw_toy(run)
        assert len(drawing.frames) == 3
        assert (drawing.frames[0] != drawing.frames[2]).any()
        assert len(draw_toys({"one": run, "other": run}, columns=2).frames) == 1
