"""The channels of an image: 1 is grey, 3 are a colour, 4 a colour and its alpha.

Alpha is how much of a pixel is covered: 0 is transparent, 255 opaque. There are two ways to write
a half-covered red pixel: as straight alpha, (255, 0, 0, 128), or with its colour premultiplied,
(128, 0, 0, 128). Only premultiplied pixels can be added up, so they are what is resized and what
networks see; files and people want straight ones. Here the rule is:

    uint8 images have straight alpha; float images in [-1, 1] are premultiplied.

`kerasgan.pixels.to_float` and `to_uint8` lead from one to the other, and nothing else does, except
that pictures are resized premultiplied (`kerasgan.data.pictures.preprocess`).

Reference: Porter & Duff 1984, "Compositing Digital Images".
"""

from types import ModuleType
from typing import Any

import numpy as np
from PIL import ImageColor

from kerasgan.errors import UserError

OPAQUE = (1, 3)  # numbers of channels that have no alpha
CHANNELS = (*OPAQUE, 4)
OPAQUE_TEXT, CHANNELS_TEXT = "1 or 3", "1, 3 or 4"

CHECKERBOARD = "checkerboard"  # what is under transparent pixels, as picture editors show them
PLAIN = "white"  # what is there where a checkerboard would be in the way, as in metrics

_SQUARES = 8  # of the checkerboard along the longer side
_LIGHT, _DARK = 255, 204


def has_alpha(image_shape: tuple[int | None, ...]) -> bool:
    """Whether images [..., C] of this shape have an alpha channel."""
    return image_shape[-1] == CHANNELS[-1]


def background_for(asked: str | None, channels: int) -> str:
    """What is under transparent pixels: what `--background` asks for, or else what is usual.

    Raises:
        UserError: it is neither a colour nor, with an alpha channel, the checkerboard.
    """
    transparent = has_alpha((channels,))
    if asked is None:
        return CHECKERBOARD if transparent else PLAIN
    if asked == CHECKERBOARD and not transparent:
        raise UserError(f"--background={CHECKERBOARD}: needs --channels=4; must be a colour")
    colour_of(asked)
    return asked


def colour_of(background: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of a colour: a name or #rrggbb; white for the checkerboard.

    Raises:
        UserError: there is no such colour.
    """
    name = PLAIN if background == CHECKERBOARD else background
    try:
        red, green, blue = ImageColor.getrgb(name)[:3]
    except ValueError as error:
        raise UserError(
            f"--background={background}: must be a colour such as white or #808080, or "
            f"{CHECKERBOARD} with --channels=4"
        ) from error
    return red, green, blue


def lay_on(images: np.ndarray, background: str = CHECKERBOARD) -> np.ndarray:
    """Images without transparency: as they look on a background.

    Args:
        images: uint8 [..., H, W, C]; without alpha they stay as they are.
        background: `CHECKERBOARD`, which begins anew in each image, or a colour.

    Returns:
        uint8 [..., H, W, 3], or the same array.
    """
    if not has_alpha(images.shape):
        return images
    height, width = images.shape[-3:-1]
    under = np.array(colour_of(background), np.float32)
    if background == CHECKERBOARD:
        under = _checkerboard(height, width)
    cover = images[..., 3:] / np.float32(255)
    return np.rint(images[..., :3] * cover + under * (1 - cover)).astype(np.uint8)


def _checkerboard(height: int, width: int) -> np.ndarray:
    """float32 [height, width, 1]."""
    side = max(2, -(-max(height, width) // _SQUARES))
    rows, columns = np.arange(height)[:, None] // side, np.arange(width) // side
    return np.where((rows + columns) % 2, _DARK, _LIGHT)[..., None].astype(np.float32)


def unpremultiply(levels: Any, library: ModuleType = np) -> Any:
    """Premultiplied levels to straight ones.

    Args:
        levels: float [..., 4], about 0 to 255; of a colour no more counts than alpha.
        library: NumPy, or TensorFlow for its tensors.

    Returns:
        Whole numbers 0 to 255 of the same shape and type; where alpha is 0, so are the colours.
    """
    alpha = library.minimum(library.maximum(levels[..., 3:], 0.0), 255.0)
    colour = library.minimum(library.maximum(levels[..., :3], 0.0), alpha)
    covered = library.round(alpha)
    # The largest colour is alpha itself, which becomes 255.
    straight = library.round(colour * 255.0 / library.maximum(alpha, 0.5))
    return library.concat([straight * library.minimum(covered, 1.0), covered], axis=-1)


def add_alpha(images: np.ndarray) -> np.ndarray:
    """Colour images uint8 [..., 3] as opaque ones [..., 4]."""
    return np.concatenate([images, np.full_like(images[..., :1], 255)], axis=-1)
