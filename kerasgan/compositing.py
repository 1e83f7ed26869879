"""Images with alpha: laid on a background, and from premultiplied levels to straight ones."""

from types import ModuleType
from typing import Any

import numpy as np

from kerasgan.channels import CHECKERBOARD, colour_of, has_alpha

_SQUARES = 8  # of the checkerboard along the longer side
_LIGHT, _DARK = 255, 204


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
