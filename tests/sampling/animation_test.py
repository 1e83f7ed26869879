import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from kerasgan.sampling.animation import write_animation


@pytest.fixture(params=[1, 3])
def frames(request):
    # Smooth pictures, since all three formats are made for such; 15 x 20 with an odd height.
    down, across = np.mgrid[0:15, 0:20]
    levels = [10 * number + 6 * down + 2 * across for number in range(12)]
    colours = np.stack([np.stack([level, 255 - level, level // 2], -1) for level in levels])
    return colours.astype(np.uint8)[..., : request.param]


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_pillow_reads_back_every_frame(frames, tmp_path, ending):
    path = tmp_path / f"walk.{ending}"
    write_animation(path, list(frames), frames_per_second=20, scale=2)
    with Image.open(path) as animation:
        assert animation.size == (40, 30)
        assert animation.info["loop"] == 0
        read = [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(animation)]
        assert animation.info["duration"] == 50
    assert len(read) == 12
    wanted = frames.repeat(2, axis=1).repeat(2, axis=2)
    assert abs(np.array(read).astype(int) - wanted).mean() < 4
    assert [path.name for path in tmp_path.iterdir()] == [f"walk.{ending}"]


def test_an_mp4_is_h264_of_even_sides(frames, tmp_path):
    path = tmp_path / "walk.mp4"
    write_animation(path, list(frames), frames_per_second=20)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 20
        read = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert np.array(read).shape == (12, 16, 20, 3)
    assert abs(np.array(read)[:, :15].astype(int) - frames).mean() < 6


def test_a_failed_animation_leaves_nothing(tmp_path):
    frames = [np.zeros([8, 8, 3], np.uint8), np.zeros([8, 8, 7], np.uint8)]
    with pytest.raises((TypeError, ValueError)):
        write_animation(tmp_path / "walk.gif", frames, frames_per_second=20)
    assert list(tmp_path.iterdir()) == []
