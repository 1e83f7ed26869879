"""Pictures in a folder or a .zip file -> one array of uint8 images of one shape.

Both are read alike: .jpg, .jpeg and .png files, at any depth, in the order of their paths.
"""

import functools
import os
import pathlib
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from kerasgan.errors import UserError

ENDINGS = (".jpg", ".jpeg", ".png")  # in lower case; files may be spelled in any

_ENDINGS_TEXT = ".jpg, .jpeg or .png files"


def read_folder(
    folder: pathlib.Path,
    *,
    image_shape: tuple[int, int, int],
    num_images: int | None = None,
) -> np.ndarray:
    """Reads the pictures below a folder.

    Hidden files and folders and `__MACOSX` are left out; linked folders are followed.

    Args:
        folder: its path is what error messages call `--dataset`.
        image_shape: height, width and channels (1 or 3) of the result; see `fit_image`.
        num_images: read only so many, the first in the order of their paths.

    Returns:
        uint8 [N, H, W, C], in the order of the paths below the folder, compared as text.

    Raises:
        UserError: no such folder, no picture in it, or one that cannot be read.
    """
    if not folder.is_dir():
        raise UserError(f"--dataset={folder}: no such folder")
    names = _list_folder(folder)
    if not names:
        raise UserError(f"--dataset={folder}: the folder holds no {_ENDINGS_TEXT}")

    names = names[:num_images]
    paths = [os.fsencode(folder / name) for name in names]  # a name need not be valid text
    contents = tf.data.Dataset.from_tensor_slices(paths).map(
        tf.io.read_file, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    return _read_pictures(folder, names, contents, image_shape)


def read_zip(
    archive: pathlib.Path,
    *,
    image_shape: tuple[int, int, int],
    num_images: int | None = None,
) -> np.ndarray:
    """Reads the pictures in a .zip file, without unpacking it to disk.

    The result is that of `read_folder` on the unpacked archive.

    Args:
        archive: its path is what error messages call `--dataset`.
        image_shape: height, width and channels (1 or 3) of the result; see `fit_image`.
        num_images: read only so many, the first in the order of their paths.

    Returns:
        uint8 [N, H, W, C], in the order of the paths within the archive, compared as text.

    Raises:
        UserError: no zip archive, a damaged or encrypted one, one without pictures, or a picture
            that cannot be read.
    """
    try:
        opened = zipfile.ZipFile(archive)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"--dataset={archive}: not a readable zip archive: {error}") from error
    with opened:
        members = {info.filename: info for info in opened.infolist() if not info.is_dir()}
        names = _pictures_in_order(members)
        if not names:
            raise UserError(f"--dataset={archive}: the archive holds no {_ENDINGS_TEXT}")
        if any(members[name].flag_bits & 0x1 for name in names):
            raise UserError(f"--dataset={archive}: the archive is encrypted; unpack it yourself")
        return _read_members(archive, names[:num_images], image_shape)


def fit_image(image: tf.Tensor, image_shape: tuple[int, int, int]) -> tf.Tensor:
    """Crops a picture about its centre to the wanted proportions, then resizes it.

    The crop is the largest box of the wanted proportions. Resizing is bilinear with
    anti-aliasing: each new pixel is a mean of all the pixels it covers, weighted by a triangle.
    The area method of TensorFlow would repeat pixels where a picture is enlarged. Transparent
    pictures are laid on white, as a browser shows them; grey is the luma of ITU-R BT.601.
    Grey levels are rounded once, at the end.

    Args:
        image: uint8 [h, w, c]; c is 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha).
        image_shape: height H, width W and channels C, which is 1 or 3.

    Returns:
        uint8 [H, W, C].
    """
    height, width, channels = image_shape
    image = _to_colour(_centre_crop(image, height, width))
    if channels == 1:
        red, green, blue = tf.split(image, 3, axis=-1)
        # 0.299 R + 0.587 G + 0.114 B, written so that grey stays what it was to the last bit.
        image = green + 0.299 * (red - green) + 0.114 * (blue - green)
    image = tf.image.resize(image, [height, width], method="bilinear", antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(image), 0.0, 255.0), tf.uint8)


def _centre_crop(image: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """The largest centred box of proportions height : width, to the nearest pixel."""
    rows, columns = tf.shape(image)[0], tf.shape(image)[1]
    # Rounded in integers, as a float32 quotient may fall short of a whole number.
    box_rows = tf.clip_by_value((2 * columns * height + width) // (2 * width), 1, rows)
    box_columns = tf.clip_by_value((2 * rows * width + height) // (2 * height), 1, columns)
    top, left = (rows - box_rows) // 2, (columns - box_columns) // 2
    return image[top : top + box_rows, left : left + box_columns]


def _to_colour(image: tf.Tensor) -> tf.Tensor:
    """uint8 [h, w, 1 to 4] -> float32 [h, w, 3], 0 to 255, laid on white."""
    rows, columns, channels = tf.unstack(tf.shape(image))
    image = tf.cast(image, tf.float32)

    def on_white() -> tf.Tensor:
        alpha = image[..., -1:] / 255.0
        return image[..., :-1] * alpha + 255.0 * (1.0 - alpha)

    has_alpha = channels % 2 == 0
    colour = tf.cond(has_alpha, on_white, lambda: image)  # [h, w, 1 or 3]
    return tf.broadcast_to(colour, [rows, columns, 3])


def _list_folder(folder: pathlib.Path) -> list[str]:
    """Paths of the pictures below a folder, relative to it, in order."""

    def refuse(error: OSError) -> None:
        raise UserError(
            f"--dataset={folder}: cannot list {error.filename}: {error.strerror}"
        ) from error

    names: list[str] = []
    seen: set[str] = set()
    for place, subfolders, files in os.walk(folder, onerror=refuse, followlinks=True):
        real_place = os.path.realpath(place)
        if real_place in seen:  # a link back to where we were, or the same folder twice
            subfolders.clear()
            continue
        seen.add(real_place)
        # Sorted, so that of two links to one folder the same is taken on every file system.
        subfolders[:] = sorted(name for name in subfolders if not _is_hidden(name))
        relative = pathlib.Path(place).relative_to(folder)
        names += [(relative / name).as_posix() for name in files]
    return _pictures_in_order(names)


def _pictures_in_order(names: Iterable[str]) -> list[str]:
    """The paths that end as pictures do and are not hidden, sorted as text."""
    return sorted(
        name
        for name in names
        if name.lower().endswith(ENDINGS)
        and not any(_is_hidden(part) for part in pathlib.PurePosixPath(name).parts)
    )


def _is_hidden(name: str) -> bool:
    """Whether a file or folder is one that systems keep for themselves."""
    return name.startswith(".") or name == "__MACOSX"


def _read_members(
    archive: pathlib.Path, names: Sequence[str], image_shape: tuple[int, int, int]
) -> np.ndarray:
    """The named members of a zip archive: uint8 [N, H, W, C]."""
    failures: list[UserError] = []

    def read() -> Iterator[bytes]:
        # Opened here, as TensorFlow may go on reading for a moment after a picture failed.
        with zipfile.ZipFile(archive) as opened:
            for name in names:
                try:
                    data = opened.read(name)
                except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
                    # TensorFlow would wrap what is raised here in pages of its own.
                    failures.append(_unreadable(archive, name, error))
                    return
                yield data

    contents = tf.data.Dataset.from_generator(
        read, output_signature=tf.TensorSpec([], tf.string)
    ).prefetch(tf.data.AUTOTUNE)
    images = _read_pictures(archive, names, contents, image_shape)
    if failures:
        raise failures[0]
    return images


def _read_pictures(
    place: pathlib.Path,
    names: Sequence[str],
    contents: tf.data.Dataset,
    image_shape: tuple[int, int, int],
) -> np.ndarray:
    """Decodes and fits the contents (strings) of the named files: uint8 [N, H, W, C].

    Where the contents end early, the rest of the array is undefined.

    Raises:
        UserError: of the first file that cannot be read or decoded.
    """
    images = np.empty([len(names), *image_shape], np.uint8)
    pictures = contents.map(
        functools.partial(_decode_and_fit, image_shape=image_shape),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    done = 0
    try:
        for image in with_progress(pictures.as_numpy_iterator(), len(names), place.name):
            images[done] = image
            done += 1
    # As the order is kept, the file that failed is the one after those that came.
    except tf.errors.InvalidArgumentError as error:
        raise UserError(
            f"--dataset={place}: cannot decode {names[done]}: it is damaged or not a picture"
        ) from error
    except tf.errors.OpError as error:
        raise _unreadable(place, names[done], error.message.splitlines()[0]) from error
    return images


def with_progress(items: Iterable[np.ndarray], total: int, source: str) -> Iterable[np.ndarray]:
    """Shows a bar in a terminal if reading the pictures takes longer than a moment."""
    bar: Iterable[np.ndarray] = tqdm(
        items, total=total, desc=f"Reading {source}", unit="images", delay=2, disable=None
    )
    return bar


def _decode_and_fit(data: tf.Tensor, image_shape: tuple[int, int, int]) -> tf.Tensor:
    """The content of a file, a string -> uint8 [H, W, C]. Its content decides, not its ending."""
    image = tf.cond(
        tf.io.is_jpeg(data),
        # TensorFlow's default, a faster transform, errs by up to 6 grey levels.
        lambda: tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE"),
        # Not channels=4: alpha is then wrong for pictures of fewer than 8 bits a pixel.
        lambda: tf.io.decode_image(data, expand_animations=False),
    )
    return fit_image(image, image_shape)


def _unreadable(place: pathlib.Path, name: str, reason: object) -> UserError:
    return UserError(f"--dataset={place}: cannot read {name}: {reason}")
