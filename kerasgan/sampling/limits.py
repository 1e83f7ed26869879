"""How large a picture or an animation may be, so that nothing is painted in vain."""

import pathlib

from kerasgan.errors import UserError

# The largest side in pixels: of libpng, of GIF's and WebP's headers, of the H.264 encoder.
_MAX_SIDES = {".png": 1_000_000, ".gif": 65_535, ".webp": 16_383, ".mp4": 16_384}
_MAX_BYTES = 2**31 - 1  # of all pixels: what TensorFlow's PNG encoder takes, and memory holds
# GIF counts time in hundredths of a second and WebP in thousandths: no frame can be shorter.
_MAX_FRAMES_PER_SECOND = {".gif": 100, ".webp": 1000, ".mp4": 1000}


def check_grid_size(
    output: pathlib.Path,
    image_shape: tuple[int, int, int],
    *,
    rows: int,
    columns: int,
    gap: int = 2,
) -> None:
    """Refuses a grid of images that no PNG file can hold.

    Args:
        output: the file.
        image_shape: height, width and channels of an image.
        rows: of the grid.
        columns: of the grid.
        gap: pixels between neighbours.

    Raises:
        UserError: it is too large.
    """
    height, width, channels = image_shape
    check_size(output, (rows * (height + gap) - gap, columns * (width + gap) - gap, channels))


def check_size(output: pathlib.Path, shape: tuple[int, int, int], *, frames: int = 1) -> None:
    """Refuses a picture or an animation that its format or memory cannot hold.

    Args:
        output: the file, whose ending names the format.
        shape: height, width and channels in pixels.
        frames: of an animation.

    Raises:
        UserError: it is too large.
    """
    height, width, channels = shape
    ending = output.suffix.lower()
    largest = _MAX_SIDES[ending]
    what = f"--output={output}: would have {height} x {width} pixels"
    if max(height, width) > largest:
        raise UserError(f"{what}; a {ending} file has at most {largest} on a side")
    if frames * height * width * channels > _MAX_BYTES:
        many = f" in {frames} frames" if frames > 1 else ""
        raise UserError(f"{what}{many}; all together must be at most {_MAX_BYTES} bytes")


def check_frame_rate(output: pathlib.Path, frames_per_second: int) -> None:
    """Refuses more frames a second than the format can say.

    Raises:
        UserError: it cannot; the message names the flag --fps.
    """
    fastest = _MAX_FRAMES_PER_SECOND[output.suffix.lower()]
    if frames_per_second > fastest:
        raise UserError(
            f"--fps={frames_per_second}: must be at most {fastest} in a {output.suffix} file"
        )
