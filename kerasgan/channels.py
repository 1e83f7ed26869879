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

from PIL import ImageColor

from kerasgan.errors import UserError

OPAQUE = (1, 3)  # numbers of channels that have no alpha
CHANNELS = (*OPAQUE, 4)
OPAQUE_TEXT, CHANNELS_TEXT = "1 or 3", "1, 3 or 4"

CHECKERBOARD = "checkerboard"  # what is under transparent pixels, as picture editors show them
PLAIN = "white"  # what is there where a checkerboard would be in the way, as in metrics


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
