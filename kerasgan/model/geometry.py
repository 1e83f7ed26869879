"""Random changes of geometry: of each image one affine map, by which it is sampled once.

A map is a matrix [B, 3, 3] from a pixel (x, y, 1) of the result to its place in the image, both in
pixels from the centre; x points to the right and y down.
"""

import functools

import numpy as np
import tensorflow as tf

from kerasgan.model.draws import (
    Draw,
    angle,
    factor,
    identity_plus,
    matrices_of,
    normal,
    product,
)

_LARGEST_SHIFT = 1 / 8  # of a side

# On places (x, y, 1):
_X = np.diag([1.0, 0.0, 0.0])
_Y = np.diag([0.0, 1.0, 0.0])
_QUARTER_TURN = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])  # anticlockwise
_RIGHT = np.outer([1.0, 0.0, 0.0], [0.0, 0.0, 1.0])
_DOWN = np.outer([0.0, 1.0, 0.0], [0.0, 0.0, 1.0])


def move_pixels(images: tf.Tensor, draws: dict[str, Draw]) -> tf.Tensor:
    """Applies the changes of geometry among `draws` to float images [B, H, W, C]."""
    maps = matrices_of(_TABLE, draws)
    # The first change is the last on the way from the result back to the image.
    return _sample(images, functools.reduce(product, maps)) if maps else images


def _sample(images: tf.Tensor, maps: tf.Tensor) -> tf.Tensor:
    """Images whose pixels are looked up where the maps [B, 3, 3] say.

    It is bilinear between pixels, and the image goes on outside as if mirrored about its outermost
    pixels. Where a map leads to whole pixels they are copied exactly. The paper also filters, on
    twice as many pixels, against aliasing and blur. That is left out for speed: real and generated
    images lose the same detail, and 2% of the scaled images shrink below three quarters.
    """
    height, width, channels = images.shape[1:]
    x = tf.range(width, dtype=images.dtype) - (width - 1) / 2
    y = tf.range(height, dtype=images.dtype)[:, None] - (height - 1) / 2
    across, down = (
        maps[:, row, 0, None, None] * x
        + maps[:, row, 1, None, None] * y
        + maps[:, row, 2, None, None]
        for row in (0, 1)
    )  # [B, H, W]
    left, right_share = _cells(across + (width - 1) / 2, width)
    top, lower_share = _cells(down + (height - 1) / 2, height)

    # The four pixels around each corner side by side: one look-up is faster than four.
    corners = [images[:, i : height - 1 + i, j : width - 1 + j] for i in (0, 1) for j in (0, 1)]
    table = tf.reshape(tf.concat(corners, axis=-1), [-1, 4 * channels])
    first = tf.range(tf.shape(images)[0])[:, None, None] * (height - 1)
    found = tf.gather(table, (first + top) * (width - 1) + left)  # [B, H, W, 4 C]
    found = tf.reshape(found, [-1, height, width, 4, channels])
    shares = tf.stack(
        [
            (1.0 - lower_share) * (1.0 - right_share),
            (1.0 - lower_share) * right_share,
            lower_share * (1.0 - right_share),
            lower_share * right_share,
        ],
        axis=-1,
    )
    return tf.reduce_sum(found * shares[..., None], axis=3)


def _cells(places: tf.Tensor, side: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The pixel before each place, int32 in [0, side - 2], and how far it is to the next, [0, 1].

    Places outside [0, side - 1] are folded into it, as between two mirrors.
    """
    last = side - 1.0
    places = last - tf.abs(tf.math.floormod(places, 2.0 * last) - last)
    before = tf.minimum(tf.floor(places), last - 1.0)
    return tf.cast(before, tf.int32), places - before


def uncovered(draw: Draw) -> tf.Tensor:
    """Where DiffAugment's translation has moved the image away: bool [B, H, W]."""
    outside = []
    for side, pixels in zip((draw.height, draw.width), _translation_pixels(draw), strict=True):
        source = tf.range(side, dtype=pixels.dtype) - pixels[:, None]
        outside.append((source < 0.0) | (source > side - 1.0))  # [B, side]
    return outside[0][:, :, None] | outside[1][:, None, :]


def _translation_pixels(draw: Draw) -> list[tf.Tensor]:
    """DiffAugment's translation down and to the right, [B] each: whole pixels, all as likely."""
    return _along_sides(
        draw, lambda uniform, side: tf.floor(uniform * (2 * (side // 8) + 1)) - side // 8
    )


def _along_sides(draw, pixels):
    sides = (draw.height, draw.width)
    return [
        draw.choose(pixels(uniform, side))
        for uniform, side in zip(draw.uniforms, sides, strict=True)
    ]


# Each kind's map, which undoes the change, because it leads back to the image.


def _move(down, right):
    return identity_plus((-down, _DOWN), (-right, _RIGHT))


def _rotate(cosine_less_one, sine):
    return identity_plus((cosine_less_one, _X + _Y), (sine, _QUARTER_TURN))


def _flip(draw):
    return identity_plus((draw.choose(-2.0 * tf.floor(2.0 * draw.uniforms[0])), _X))


def _quarter_turn(draw):
    turns = tf.floor(4.0 * draw.uniforms[0])
    if draw.height != draw.width:
        turns = 2.0 * tf.floor(2.0 * draw.uniforms[0])
    turns = draw.choose(turns)
    # Without rounding, for 0 to 3 quarters: the cosine less 1 is 0, -1, -2, -1.
    return _rotate(tf.abs(turns - 2.0) - 2.0, tf.where(turns > 0.0, 2.0 - turns, 0.0))


def _shift(draw):
    return _move(
        *_along_sides(
            draw,
            lambda uniform, side: tf.round((2.0 * uniform - 1.0) * (_LARGEST_SHIFT * side)),
        )
    )


def _scale(draw):
    return identity_plus((draw.choose(factor(draw.uniforms[0], -0.2) - 1.0), _X + _Y))


def _stretch(draw):
    narrower = factor(draw.uniforms[0], -0.2)
    return identity_plus((draw.choose(narrower - 1.0), _X), (draw.choose(1.0 / narrower - 1.0), _Y))


def _rotate_first(draw):
    return _rotate_by(draw, draw.coin, draw.uniforms[0])


def _rotate_last(draw):
    return _rotate_by(draw, draw.uniforms[1], draw.uniforms[2])


def _rotate_by(draw, coin, uniform):
    # Before the stretch, after it, or both: so rare each that one of them has the probability.
    each = 1.0 - tf.sqrt(1.0 - draw.probability)
    turned = draw._replace(coin=coin, probability=each).choose(angle(uniform))
    return _rotate(tf.cos(turned) - 1.0, tf.sin(turned))


def _subpixel_shift(draw):
    return _move(
        *_along_sides(draw, lambda uniform, side: normal(uniform) * (_LARGEST_SHIFT * side))
    )


def _translation(draw):
    return _move(*_translation_pixels(draw))


_TABLE = [
    ("flip", _flip),
    ("quarter_turn", _quarter_turn),
    ("shift", _shift),
    ("scale", _scale),
    ("rotation", _rotate_first),
    ("stretch", _stretch),
    ("rotation", _rotate_last),
    ("subpixel_shift", _subpixel_shift),
    ("translation", _translation),  # the last, so that what it uncovers is known
]
