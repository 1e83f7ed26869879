"""Images from a name or a place, and the order in which they are learnt from."""

import pathlib

import numpy as np

from kerasgan.data.batches import batches as batches
from kerasgan.errors import UserError
from kerasgan.images import to_grey

_SYNTHETIC_FACES = 25_600


def load_images(
    dataset: str,
    *,
    image_shape: tuple[int, int, int],
    num_images: int | None = None,
    data_dir: str | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Reads or draws the pictures of a data set.

    Args:
        dataset: "synthetic_faces", a folder, a .zip file, or "tfds:<name>".
        image_shape: height, width, channels (1 or 3). Pictures are cropped around the centre to
            its aspect and resized with anti-aliasing.
        num_images: the first so many; None for all, or for 25,600 synthetic faces.
        data_dir: where tensorflow-datasets keeps its data.
        seed: of the synthetic faces.

    Returns:
        uint8 [N, height, width, channels].

    Raises:
        UserError: an unknown data set, or one that cannot be read.
    """
    if dataset == "synthetic_faces":
        from kerasgan.data.synthetic_faces import synthetic_faces

        count = num_images or _SYNTHETIC_FACES
        images, _ = synthetic_faces(count, image_size=image_shape[:2], seed=seed)
        return images if image_shape[2] == 3 else to_grey(images)
    if dataset.startswith("tfds:"):
        from kerasgan.data.tfds_images import read_tfds

        return read_tfds(
            dataset.removeprefix("tfds:"),
            image_shape=image_shape,
            data_dir=data_dir,
            num_images=num_images,
        )
    from kerasgan.data.files import read_folder, read_zip

    path = pathlib.Path(dataset).expanduser()
    if path.is_dir():
        return read_folder(path, image_shape=image_shape, num_images=num_images)
    if path.is_file():
        return read_zip(path, image_shape=image_shape, num_images=num_images)
    raise UserError(
        f"--dataset={dataset}: no such data set, folder or file; known are synthetic_faces, "
        "a folder of pictures, a .zip file of pictures, and tfds:<name>"
    )
