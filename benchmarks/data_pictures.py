"""Makes JPEG files with the image size and file size of CelebA's, as many as requested.

python benchmarks/data_pictures.py --folder=/tmp/pictures --count=202599

Two thousand portraits with the noise of photographs are drawn, 178x218, about 7 KB each, and
repeated. They are written as separate files, so reading and decoding cost as much as usual.
"""

import io
import pathlib

import numpy as np
from absl import app, flags
from PIL import Image

from kerasgan.faces import synthetic_faces

_DISTINCT = 2000
_NOISE = 8.0  # grey levels; gives the files about 7 KB, like CelebA's

FOLDER = flags.DEFINE_string("folder", "/tmp/pictures", "the folder for the files")
COUNT = flags.DEFINE_integer("count", 202_599, "the number of files")


def draw_jpegs(count: int) -> list[bytes]:
    """JPEG files with quality 75 and CelebA's chroma subsampling."""
    faces, _ = synthetic_faces(count, image_size=(218, 178), seed=0)
    random = np.random.default_rng(0)
    files = []
    for face in faces:
        noisy = np.clip(face + random.normal(0, _NOISE, face.shape), 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(noisy).save(file, "JPEG", quality=75)
        files.append(file.getvalue())
    return files


def make_folder(folder: pathlib.Path, count: int) -> None:
    """Writes 000001.jpg and so on, replacing existing files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = draw_jpegs(min(count, _DISTINCT))
    for number in range(1, count + 1):
        (folder / f"{number:06d}.jpg").write_bytes(files[number % len(files)])


def run(argv: list[str]) -> None:
    """Makes the files."""
    del argv
    make_folder(pathlib.Path(FOLDER.value), COUNT.value)


if __name__ == "__main__":
    app.run(run)
