"""Random changes of colour: one matrix per image, applied to all of its pixels.

With r, g, b in [-1, 1] a colour is (r, g, b, 1); "luma" is the mean of r, g and b.

Alpha never changes. Of premultiplied pixels only the colour that covers them does. For straight
colours s' = M s + t; at the cover A in [0, 1] that is A s' = M (A s) + A t. A pixel (p, a) in
[-1, 1] has A = (a + 1) / 2 and A s = p + 1 - A, so p' = p + (M - I) (p + 1 - A) + A t.
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

_LITTLE_COVER = 1e-6  # of an image: without any it has no mean colour

# On colours (r, g, b, 1):
_TO_LUMA = np.pad(np.full([3, 3], 1 / 3), (0, 1))  # v v^T, where v is the luma axis of length 1
_TO_CHROMA = np.diag([1.0, 1.0, 1.0, 0.0]) - _TO_LUMA  # what a colour loses to become grey
_QUARTER_TURN = np.pad(np.cross(np.eye(3), np.ones(3)) / 3**0.5, (0, 1))  # about v
_OFFSET = np.outer([1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0])  # of r, g and b by one amount


def recolour(images: tf.Tensor, draws: dict[str, Draw]) -> tf.Tensor:
    """Applies the changes of colour among `draws` to float images [B, H, W, C]."""
    if has_alpha(images.shape):
        alpha = images[..., 3:]
        cover = (alpha + 1.0) / 2.0
        covered = images[..., :3] + 1.0 - cover
        moved = _recolour(covered, draws, cover)
        return tf.concat([images[..., :3] + (moved - covered), alpha], axis=-1)
    return _recolour(images, draws)


def _recolour(
    images: tf.Tensor, draws: dict[str, Draw], cover: tf.Tensor | None = None
) -> tf.Tensor:
    """The same for colours times their cover [B, H, W, 1]; None where all of it is covered."""
    changes = matrices_of(_TABLE, draws)
    if changes:
        images = _transform(
            images, functools.reduce(lambda first, then: product(then, first), changes), cover
        )
    if "colour" in draws:
        images = _diffaugment_colour(images, draws["colour"], cover)
    return images


def _transform(images: tf.Tensor, transforms: tf.Tensor, cover: tf.Tensor | None) -> tf.Tensor:
    """Takes each pixel's colour through its image's matrix [B, 4, 4].

    Only the difference to the image is computed, so that the identity changes no bit. A grey image
    counts as a colour image of three equal channels, and becomes their mean.
    """
    change = transforms[:, :3, :3] - tf.eye(3, dtype=images.dtype)
    offset = transforms[:, :3, 3]
    if images.shape[-1] == 1:
        change = tf.reduce_sum(change, axis=[1, 2], keepdims=True) / 3.0
        offset = tf.reduce_mean(offset, axis=1, keepdims=True)
    moves = tf.reduce_sum(images[..., None, :] * change[:, None, None], axis=-1)  # [B, H, W, C]
    offset = offset[:, None, None]
    return images + (moves + (offset if cover is None else offset * cover))


def _diffaugment_colour(images: tf.Tensor, draw: Draw, cover: tf.Tensor | None) -> tf.Tensor:
    """Brightness, saturation and contrast as DiffAugment's authors programmed them.

    Brightness moves by up to 0.5 in the units of [-1, 1], a quarter of the range. Saturation is
    multiplied by 0 to 2, and contrast, about the image's own mean, by 0.5 to 1.5. That is the mean
    over what is covered.
    """
    brightness, saturation, contrast = (
        draw.choose(value)[:, None, None, None]
        for value in (
            draw.uniforms[0] - 0.5,
            2.0 * draw.uniforms[1] - 1.0,  # the factor's distance from 1
            draw.uniforms[2] - 0.5,
        )
    )
    images += brightness if cover is None else brightness * cover
    images += saturation * (images - tf.reduce_mean(images, axis=-1, keepdims=True))
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    if cover is not None:
        mean *= cover / (tf.reduce_mean(cover, axis=[1, 2, 3], keepdims=True) + _LITTLE_COVER)
    return images + contrast * (images - mean)


# ADA's changes, each a matrix [B, 4, 4].


def _brightness(draw):
    return identity_plus((draw.choose(0.2 * normal(draw.uniforms[0])), _OFFSET))


def _contrast(draw):
    # About mid-grey, which is 0.
    change = draw.choose(factor(draw.uniforms[0], 0.5) - 1.0)
    return identity_plus((change, _TO_LUMA + _TO_CHROMA))


def _luma_flip(draw):
    # The reflection I - 2 v v^T: luma changes sign, hue and saturation stay.
    return identity_plus((draw.choose(-2.0 * tf.floor(2.0 * draw.uniforms[0])), _TO_LUMA))


def _hue(draw):
    # A rotation about the luma axis (Rodrigues' formula).
    turned = draw.choose(angle(draw.uniforms[0]))
    return identity_plus((tf.sin(turned), _QUARTER_TURN), (tf.cos(turned) - 1.0, _TO_CHROMA))


def _saturation(draw):
    # Away from the grey of the same luma, or towards it.
    return identity_plus((draw.choose(factor(draw.uniforms[0], 1.0) - 1.0), _TO_CHROMA))


_TABLE = [
    ("brightness", _brightness),
    ("contrast", _contrast),
    ("luma_flip", _luma_flip),
    ("hue", _hue),
    ("saturation", _saturation),
]
