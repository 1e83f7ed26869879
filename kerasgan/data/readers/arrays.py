"""Pictures stored as arrays: .npy and .npz files."""

import pathlib

import numpy as np

from kerasgan.data.pile import Pile
from kerasgan.errors import UserError


def open_arrays(path: pathlib.Path) -> Pile:
    """Opens an array uint8 [N, h, w], [N, h, w, 1], [N, h, w, 3] or, less common, [N, 3, h, w].

    In a .npz file this is the array "images", or the only one of such a shape; other arrays of
    integers or bools [N] are labels. From a .npy file, only the requested pictures are read.

    Raises:
        UserError: the file cannot be read, or holds no such array.
    """
    try:
        with path.open("rb") as file:
            if file.read(2) == b"PK":  # a zip, that is a .npz file, whatever its name
                file.seek(0)
                with np.load(file, allow_pickle=False) as arrays:
                    content = {name: arrays[name] for name in arrays.files}
            else:
                content = {"images": np.load(path, mmap_mode="r", allow_pickle=False)}
    # On damaged files, NumPy, zipfile and Python's tokenizer raise errors of many classes.
    except Exception as error:
        message = " ".join(str(error).split())
        raise UserError(f"--dataset={path}: not a readable array: {message}") from error
    images = _choose(path, content)
    if not _holds_pictures(images):
        raise UserError(
            f"--dataset={path}: is {images.dtype} {list(images.shape)}; must be uint8 [N, h, w], "
            "[N, h, w, 1 or 3] or [N, 3, h, w]"
        )
    channels_first = images.ndim == 4 and images.shape[-1] not in (1, 3)

    def read(index: int) -> np.ndarray:
        image = np.asarray(images[index])
        if channels_first:
            image = image.transpose(1, 2, 0)
        return np.ascontiguousarray(image)

    count = len(images)
    info = path.stat()
    return Pile(
        source=path.suffix[1:].lower(),
        names=[str(number) for number in range(count)],
        sizes=np.full(count, images[:1].nbytes, np.int64),
        stamps=np.full(count, info.st_ctime_ns + info.st_size, np.int64),
        read=read,
        labels={
            name: values
            for name, values in content.items()
            if values.shape == images.shape[:1] and values.dtype.kind in "biu"
        },
    )


def _choose(path: pathlib.Path, content: dict[str, np.ndarray]) -> np.ndarray:
    if "images" in content:
        return content["images"]
    names = [name for name, values in content.items() if _holds_pictures(values)]
    if len(names) != 1:
        raise UserError(
            f"--dataset={path}: holds the arrays {', '.join(content) or '(none)'}; one must be "
            'named "images", or exactly one must be uint8 with 3 or 4 dimensions'
        )
    return content[names[0]]


def _holds_pictures(values: np.ndarray) -> bool:
    if values.dtype != np.uint8 or 0 in values.shape:
        return False
    if values.ndim == 4:
        return values.shape[-1] in (1, 3) or values.shape[1] == 3
    return values.ndim == 3
