"""Animations: GIF and WebP by Pillow, MP4 by PyAV."""

import itertools
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from kerasgan.channels import CHECKERBOARD
from kerasgan.compositing import lay_on
from kerasgan.errors import UserError
from kerasgan.files import new_file
from kerasgan.marks import marking

ENDINGS = (".gif", ".webp", ".mp4")
_WITH_ALPHA = (".webp",)


def write_animation(
    path: pathlib.Path,
    frames: Sequence[np.ndarray],
    *,
    frames_per_second: int,
    scale: int = 1,
    background: str = CHECKERBOARD,
) -> None:
    """Writes an animation, which repeats forever in the formats that can say so (GIF and WebP).

    Args:
        path: ends in .gif (256 colours a frame, times in hundredths of a second), .webp (all
            colours) or .mp4 (H.264, which every browser plays).
        frames: uint8 [H, W, C], all of one shape. Transparency stays in .webp only: a pixel of a
            .gif is transparent or not, which would leave jagged edges, and .mp4 has none.
        frames_per_second: how fast.
        scale: each pixel becomes a square of this side.
        background: under the transparent pixels of .gif and .mp4.

    Raises:
        UserError: an .mp4 was asked for and PyAV is not installed.
    """
    # One at a time: at a large scale they would not fit into memory together.
    keeps = path.suffix.lower() in _WITH_ALPHA
    shown = (frame if keeps else lay_on(frame, background) for frame in frames)
    scaled = (frame.repeat(scale, axis=0).repeat(scale, axis=1) for frame in shown)
    check_available(path)
    with new_file(path) as unfinished:
        if path.suffix.lower() == ".mp4":
            _write_mp4(unfinished, scaled, frames_per_second)
        else:
            file_format = path.suffix[1:].upper()
            _write_with_pillow(unfinished, scaled, frames_per_second, file_format)


def check_available(path: pathlib.Path) -> None:
    """Refuses an .mp4 where PyAV is not installed.

    Raises:
        UserError: it is not; the message says how to install it.
    """
    if path.suffix.lower() == ".mp4":
        try:
            import av  # noqa: F401
        except ImportError as error:
            raise UserError(f"--output={path}: needs pip install 'kerasgan[video]'") from error


def _write_with_pillow(
    path: pathlib.Path, frames: Iterator[np.ndarray], speed: int, file_format: str
) -> None:
    pictures = (
        Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame) for frame in frames
    )
    # `quality` and `method` are WebP's; GIF ignores them.
    next(pictures).save(
        path,
        format=file_format,
        save_all=True,
        append_images=pictures,
        duration=round(1000 / speed),
        loop=0,
        quality=90,
        method=4,
        **marking(file_format),
    )


def _write_mp4(path: pathlib.Path, frames: Iterator[np.ndarray], speed: int) -> None:
    import av

    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=speed, options={"crf": "16"})
        # Colours are stored for squares of 2 x 2 pixels: both sides must be even.
        first = next(frames)
        height, width, _ = first.shape
        padding = ((0, height % 2), (0, width % 2), (0, 0))
        stream.height, stream.width = height + height % 2, width + width % 2
        stream.pix_fmt = "yuv420p"
        for frame in itertools.chain([first], frames):
            even = np.pad(frame, padding, mode="edge")
            colour = np.broadcast_to(even, [*even.shape[:2], 3])
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(colour), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
