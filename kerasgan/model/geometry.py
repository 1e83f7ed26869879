"""Random changes of geometry: one affine map per image, through which it is sampled once.

A map is a matrix [B, 3, 3] from a pixel (x, y, 1) of the result to its place in the image, both in
pixels from the centre; x points to the right and y down.
"""

import functools

import numpy as np
import tensorflow as tf

from kerasgan.channels import has_alpha
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
    """Applies the changes of geometry among `draws` to float images [B, H, W, C].

    Outside its edges the image continues as if mirrored about its outermost pixels; with alpha it
    is transparent there.
    """
    maps = matrices_of(_TABLE, draws)
    if not maps:
        return images
    # The first change is the last on the way from the result back to the image.
    height, width = images.shape[1:3]
    places = _places(functools.reduce(product, maps), height, width)
    nearest = _clip if has_alpha(images.shape) else _fold
    rows, columns = nearest(places[0], height - 1.0), nearest(places[1], width - 1.0)
    whole = all(kind in _OF_WHOLE_PIXELS for kind, _ in _TABLE if kind in draws)
    moved = (_copy if whole else _blend)(images, rows, columns)
    if not has_alpha(images.shape):
        return moved
    within = _within(places[0], height) * _within(places[1], width)
    empty = empty_like(images)
    return tf.where(within < 1.0, empty + (moved - empty) * within, moved)


def empty_like(images: tf.Tensor) -> tf.Tensor:
    """What is where no image is: grey, 0, or with alpha transparent, -1."""
    zeros = tf.zeros_like(images)
    return zeros - 1.0 if has_alpha(images.shape) else zeros


def _fold(places: tf.Tensor, last: float) -> tf.Tensor:
    """Places between 0 and `last`, as between two mirrors."""
    return last - tf.abs(tf.math.floormod(places, 2.0 * last) - last)


def _clip(places: tf.Tensor, last: float) -> tf.Tensor:
    return tf.clip_by_value(places, 0.0, last)


def _within(places: tf.Tensor, side: int) -> tf.Tensor:
    """How much of a pixel at these rows or columns is of the image: [B, H, W, 1] in [0, 1]."""
    outside = tf.maximum(-places, places - (side - 1.0))
    return tf.clip_by_value(1.0 - outside, 0.0, 1.0)[..., None]


def _places(maps: tf.Tensor, height: int, width: int) -> list[tf.Tensor]:
    """The rows and the columns, [B, H, W] each, where the maps [B, 3, 3] look pixels up."""
    x = tf.range(width, dtype=maps.dtype) - (width - 1) / 2
    y = tf.range(height, dtype=maps.dtype)[:, None] - (height - 1) / 2
    places = []
    for axis, side in ((1, height), (0, width)):
        of_x, of_y, offset = (maps[:, axis, column, None, None] for column in range(3))
        places.append(of_x * x + of_y * y + offset + (side - 1) / 2)
    return places


def _copy(images: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """The images' pixels at whole rows and columns, [B, H, W] each."""
    height, width, channels = images.shape[1:]
    first = tf.range(tf.shape(images)[0])[:, None, None] * height
    indices = (first + tf.cast(rows, tf.int32)) * width + tf.cast(columns, tf.int32)
    return tf.gather(tf.reshape(images, [-1, channels]), indices)


def _blend(images: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """The images at rows and columns [B, H, W] between pixels, bilinear.

    At whole rows and columns pixels are copied exactly. The paper also filters, on twice as many
    pixels, against aliasing and blur. That is left out for speed: real and generated images lose
    the same detail, and 2% of the scaled images shrink below three quarters.
    """
    height, width, channels = images.shape[1:]
    top, left = tf.minimum(tf.floor(rows), height - 2.0), tf.minimum(tf.floor(columns), width - 2.0)
    down, right = (rows - top)[..., None], (columns - left)[..., None]  # in [0, 1]
    # The four pixels around each corner side by side: one look-up is faster than four.
    corners = [images[:, i : height - 1 + i, j : width - 1 + j] for i in (0, 1) for j in (0, 1)]
    found = _copy(tf.concat(corners, axis=-1), top, left)  # [B, H, W, 4 C]
    shares = [
        (1.0 - down) * (1.0 - right),
        (1.0 - down) * right,
        down * (1.0 - right),
        down * right,
    ]
    shares = tf.stack(shares, axis=3)  # [B, H, W, 4, 1]
    return tf.reduce_sum(tf.reshape(found, [-1, height, width, 4, channels]) * shares, axis=3)


def uncovered(draw: Draw) -> tf.Tensor:
    """Where DiffAugment's translation has moved the image away: bool [B, H, W]."""
    outside = []
    for side, pixels in zip((draw.height, draw.width), _translation_pixels(draw), strict=True):
        source = tf.range(side, dtype=pixels.dtype) - pixels[:, None]
        outside.append((source < 0.0) | (source > side - 1.0))  # [B, side]
    return outside[0][:, :, None] | outside[1][:, None, :]


def _translation_pixels(draw: Draw) -> list[tf.Tensor]:
    """DiffAugment's translation down and to the right, [B] each: whole pixels, equally likely."""
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
    # Before the stretch, after it, or both: each is so rare that at least one of them happens
    # with the probability that was asked for.
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
_OF_WHOLE_PIXELS = ("flip", "quarter_turn", "shift", "translation")
