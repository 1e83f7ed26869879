"""Moving pictures: GIF and WebP by Pillow, MP4 by PyAV."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from kerasgan.errors import UserError

ENDINGS = (".gif", ".webp", ".mp4")


def write_animation(
    path: pathlib.Path, frames: Sequence[np.ndarray], *, frames_per_second: int, scale: int = 1
) -> None:
    """Writes an animation, endless in the formats that can say so (GIF and WebP).

    Args:
        path: ends in .gif (256 colours a frame, times in hundredths of a second), .webp (all
            colours) or .mp4 (H.264, which every browser plays).
        frames: uint8 [H, W, C], C being 1 or 3, all of one shape.
        frames_per_second: how fast.
        scale: each pixel becomes a square of this side.

    Raises:
        UserError: an .mp4 was asked for and PyAV is not installed.
    """
    frames = [frame.repeat(scale, axis=0).repeat(scale, axis=1) for frame in frames]
    unfinished = path.with_name(f"unfinished-{path.name}")  # the ending tells the format
    try:
        if path.suffix.lower() == ".mp4":
            _write_mp4(unfinished, frames, frames_per_second)
        else:
            _write_with_pillow(unfinished, frames, frames_per_second)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_with_pillow(path: pathlib.Path, frames: list[np.ndarray], speed: int) -> None:
    first, *rest = [
        Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame) for frame in frames
    ]
    # `quality` and `method` are WebP's; GIF takes no notice.
    first.save(
        path,
        save_all=True,
        append_images=rest,
        duration=round(1000 / speed),
        loop=0,
        quality=90,
        method=4,
    )


def _write_mp4(path: pathlib.Path, frames: list[np.ndarray], speed: int) -> None:
    try:
        import av
    except ImportError as error:
        raise UserError(f"--output={path.name}: needs pip install 'kerasgan[video]'") from error
    height, width, _ = frames[0].shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=speed, options={"crf": "16"})
        # Colours are stored for squares of 2 x 2 pixels: both sides must be even.
        stream.height, stream.width = height + height % 2, width + width % 2
        stream.pix_fmt = "yuv420p"
        padding = ((0, height % 2), (0, width % 2), (0, 0))
        for frame in frames:
            colour = np.broadcast_to(np.pad(frame, padding, mode="edge"), [*_even(frame), 3])
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(colour), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _even(frame: np.ndarray) -> tuple[int, int]:
    height, width, _ = frame.shape
    return height + height % 2, width + width % 2
