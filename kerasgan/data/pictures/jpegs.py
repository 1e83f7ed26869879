"""Decodes plain JPEG files of one size, many in one call of TensorFlow.

Pillow and TensorFlow use the same JPEG library, and with the same settings they give the same
pixels. TensorFlow releases the GIL while it decodes, so threads do not wait for each other.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasgan.data.pictures.decode import BadPictureError

# ITU-T T.81, table B.1.
_START_OF_IMAGE = b"\xff\xd8"
_BASELINE_FRAME, _START_OF_SCAN = 0xC0, 0xDA
# Tables, restarts, JFIF, a colour profile (which Pillow ignores too) and comments. Not EXIF, which
# may rotate the picture, nor Adobe's segment, which may change the meaning of the colours.
_PLAIN_SEGMENTS = {_BASELINE_FRAME, 0xC4, 0xDB, 0xDD, 0xE0, 0xE2, 0xFE}
# Sampling factors of Y, Cb and Cr: colour at full, half or quarter resolution.
_PLAIN_SAMPLINGS = {(0x11, 0x11, 0x11), (0x21, 0x11, 0x11), (0x22, 0x11, 0x11)}


def plain_jpeg_size(file: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG file that `decode_jpegs` decodes as Pillow does; None for others.

    Such a file is baseline, in colour and without EXIF.
    """
    if not file.startswith(_START_OF_IMAGE):
        return None
    size, start = None, 2
    while start + 4 <= len(file):
        mark, kind, length = (
            file[start],
            file[start + 1],
            int.from_bytes(file[start + 2 : start + 4]),
        )
        if mark == 0xFF and kind == _START_OF_SCAN:
            return size
        if mark != 0xFF or kind not in _PLAIN_SEGMENTS:
            return None
        if kind == _BASELINE_FRAME:
            size = _size_of_plain_frame(file[start + 4 : start + 2 + length])
            if size is None:
                return None
        start += 2 + length
    return None


def _size_of_plain_frame(frame: bytes) -> tuple[int, int] | None:
    """Width and height from a frame header (ITU-T T.81, B.2.2); None unless it is plain."""
    if len(frame) != 15 or frame[0] != 8 or frame[5] != 3 or frame[6::3] != b"\x01\x02\x03":
        return None
    if tuple(frame[7::3]) not in _PLAIN_SAMPLINGS:
        return None
    return int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3])


def decode_jpegs(files: Sequence[bytes], box: tuple[int, int, int, int]) -> np.ndarray:
    """Decodes plain JPEG files of the same size and crops a box from each.

    Args:
        files: their contents; `plain_jpeg_size` is the same for all.
        box: left, top, right, bottom in pixels.

    Returns:
        uint8 [n, bottom - top, right - left, 3], red, green and blue.

    Raises:
        BadPictureError: a file is damaged or cut off.
    """
    try:
        return _decode(tf.constant(files), tf.constant(box)).numpy()
    except tf.errors.InvalidArgumentError as error:
        raise BadPictureError(f"is damaged: {error.message}") from error


@tf.function(
    input_signature=[tf.TensorSpec([None], tf.string), tf.TensorSpec([4], tf.int32)],
    autograph=False,
)
def _decode(files: tf.Tensor, box: tf.Tensor) -> tf.Tensor:
    left, top, right, bottom = tf.unstack(box)

    def decode(file: tf.Tensor) -> tf.Tensor:
        # Decodes the whole picture before cropping, to notice files that are cut off outside the
        # box. Pillow uses the accurate inverse transform; TensorFlow's default is a faster one.
        picture = tf.io.decode_jpeg(file, channels=3, dct_method="INTEGER_ACCURATE")
        return picture[top:bottom, left:right]

    with tf.device("CPU:0"):
        picture = tf.TensorSpec([None, None, 3], tf.uint8)
        return tf.map_fn(decode, files, fn_output_signature=picture, parallel_iterations=1)
