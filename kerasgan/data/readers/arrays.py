"""Pictures stored as arrays: .npy and .npz files.

In `--dataset=mnist.npz:x_train` the name after the colon chooses one of several arrays.
"""

import pathlib
import re
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np

from kerasgan.channels import CHANNELS, CHANNELS_TEXT, OPAQUE
from kerasgan.data.image_set import SkippedFile
from kerasgan.data.pile import Pile
from kerasgan.errors import UserError

_ARRAY_IN_FILE = re.compile(r"(.+\.np[yz]):([^:/\\]+)", re.IGNORECASE)
_HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def split_array_name(dataset: str) -> tuple[str, str] | None:
    """Turns "mnist.npz:x_train" into ("mnist.npz", "x_train"); None if no array is named."""
    match = _ARRAY_IN_FILE.fullmatch(dataset)
    return (match[1], match[2]) if match else None


def open_arrays(path: pathlib.Path, wanted: str | None = None) -> Pile:
    """Opens an array uint8 [N, h, w], [N, h, w, 1, 3 or 4] or, less common, [N, 3, h, w].

    Other arrays [N] of bools, numbers or text in the file are labels; arrays of Python objects are
    never loaded. From a .npy file, only the requested pictures are read.

    Args:
        path: of the file.
        wanted: which array of a .npz file; None for "images", or the only one of such a shape.

    Raises:
        UserError: the file cannot be read, or holds no such array.
    """
    images, labels, others = _read_arrays(path, wanted)
    channels_first = images.ndim == 4 and not _has_channels_last(images.shape)

    def read(index: int) -> np.ndarray:
        image = np.asarray(images[index])
        if channels_first:
            image = image.transpose(1, 2, 0)
        return np.ascontiguousarray(image)

    count = len(images)
    info = path.stat()
    # Two arrays of one file have names and sizes in common, but not their stamps.
    stamp = info.st_ctime_ns + info.st_size + (zlib.crc32(wanted.encode()) if wanted else 0)
    return Pile(
        source=path.suffix[1:].lower(),
        names=[str(number) for number in range(count)],
        sizes=np.full(count, images[:1].nbytes, np.int64),
        stamps=np.full(count, stamp, np.int64),
        read=read,
        labels=labels,
        skipped=others,
    )


def _read_arrays(
    path: pathlib.Path, wanted: str | None
) -> tuple[np.ndarray, dict[str, np.ndarray], list[SkippedFile]]:
    """The images of a file, their labels by name, and the arrays that are neither."""
    value = path if wanted is None else f"{path}:{wanted}"
    try:
        with path.open("rb") as file:
            is_zip = file.read(2) == b"PK"  # that is a .npz file, whatever its name
        if is_zip:
            headers = array_headers(path)
        else:
            only = np.load(path, mmap_mode="r", allow_pickle=False)
            headers = {"images": (only.shape, only.dtype)}
    # On damaged files, NumPy, zipfile and Python's tokenizer raise errors of many classes.
    except Exception as error:
        raise _unreadable(value, error) from error
    name = _choose(value, headers, wanted)
    shape, dtype = headers[name]
    if not _is_of_pictures(shape, dtype):
        raise UserError(
            f"--dataset={value}: is {dtype} {list(shape)}; must be uint8 [N, h, w], "
            f"[N, h, w, {CHANNELS_TEXT}] or [N, 3, h, w]"
        )
    labels = [
        label
        for label, (size, kind) in headers.items()
        if label != name and size == shape[:1] and kind.kind in "biufU"
    ]
    try:
        content = _load(path, [name, *labels]) if is_zip else {"images": only}
    except Exception as error:
        raise _unreadable(value, error) from error
    others = [
        SkippedFile(other, _why_unread(path, other, *header), bad=False)
        for other, header in headers.items()
        if other not in (name, *labels)
    ]
    return content.pop(name), content, others


def array_headers(path: pathlib.Path) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Shape and dtype of each array in a .npz file, of which nothing else is read.

    Raises:
        OSError, ValueError, zipfile.BadZipFile and others: the file is damaged.
    """
    headers = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if not member.endswith(".npy"):
                continue  # a text, for example
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                if version not in _HEADER_READERS:  # 3.0: names of fields that are not Latin 1
                    continue
                shape, _, dtype = _HEADER_READERS[version](file)
            headers[member.removesuffix(".npy")] = shape, dtype
    return headers


def _load(path: pathlib.Path, names: list[str]) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in names}


def _choose(
    value: object, headers: Mapping[str, tuple[tuple[int, ...], np.dtype]], wanted: str | None
) -> str:
    """The name of the array that holds the pictures."""
    held = ", ".join(headers) or "(none)"
    if wanted is not None:
        if wanted not in headers:
            raise UserError(f"--dataset={value}: no such array; the file holds {held}")
        return wanted
    if "images" in headers:
        return "images"
    names = [name for name, header in headers.items() if _is_of_pictures(*header)]
    if len(names) > 1:
        raise UserError(
            f"--dataset={value}: holds the arrays {held}; choose one, as in "
            f"--dataset={value}:{names[0]}"
        )
    if not names:
        raise UserError(
            f"--dataset={value}: holds the arrays {held}; one must be uint8 [N, h, w], "
            f"[N, h, w, {CHANNELS_TEXT}] or [N, 3, h, w]"
        )
    return names[0]


def _why_unread(path: pathlib.Path, name: str, shape: tuple[int, ...], dtype: np.dtype) -> str:
    if _is_of_pictures(shape, dtype):
        return f"is another array of pictures; --dataset={path}:{name} reads it"
    if dtype.hasobject:
        return "holds Python objects, which are never loaded"
    return f"is {dtype} {list(shape)}: neither pictures nor labels"


def _unreadable(value: object, error: Exception) -> UserError:
    message = " ".join(str(error).split())
    return UserError(f"--dataset={value}: not a readable array: {message}")


def _is_of_pictures(shape: tuple[int, ...], dtype: np.dtype) -> bool:
    if dtype != np.uint8 or 0 in shape:
        return False
    if len(shape) == 4:
        return _has_channels_last(shape) or shape[1] == 3
    return len(shape) == 3


def _has_channels_last(shape: tuple[int, ...]) -> bool:
    """Whether the last of four dimensions is that of channels; [N, 3, h, 4] is of colours."""
    return shape[-1] in OPAQUE or (shape[-1] in CHANNELS and shape[1] != 3)
