"""Directions in latent space that change one attribute of a face.

The synthetic faces come with their attributes, generated ones do not. So (1) a small network
learns to read attributes off drawn faces, (2) it reads those of many generated faces, and (3) a
linear regression of these readings on the faces' latents gives one direction for each attribute.
How far each step can be trusted is measured on data that it has not seen.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from kerasgan.faces import sample_attributes, synthetic_faces
from kerasgan.model.latents import latents_from_seeds
from kerasgan.model.reader import build_reader
from kerasgan.pixels import LUMA, to_float, with_channels
from kerasgan.sampling.painter import Painter

_NUM_FACES = 8192  # drawn, of which the last eighth are held out
_SEED_OF_FACES = 1_000_003  # not a seed that anyone trains with
_BATCH_SIZE = 64
_MIN_COSINE_ALIKE = np.sqrt(0.5)  # directions less than 45 degrees apart count as nearly the same


@dataclasses.dataclass(frozen=True)
class Direction:
    """What was found about one attribute.

    Attributes:
        name: the attribute.
        vector: float64 [latent_dim], of length 1; along it the attribute grows fastest.
        readable: correlation between the attribute and what the network reads, on drawn faces
            that it was not trained on.
        linear: correlation between what the network reads on generated faces and what a linear
            function of their latents says, on faces that it was not fitted to.
        highest: seeds of the generated faces that have most of it, most first.
        lowest: seeds of those that have least, least first.
        resembles: an attribute that was found better and has nearly the same direction, if there
            is one. The generator has then not learned to change one without the other.
    """

    name: str
    vector: np.ndarray
    readable: float
    linear: float
    highest: list[int]
    lowest: list[int]
    resembles: str | None

    @property
    def found(self) -> bool:
        """Whether both correlations are at least one half."""
        return self.readable >= 0.5 and self.linear >= 0.5


def find_directions(painter: Painter, *, num_images: int, epochs: int = 4) -> list[Direction]:
    """Looks for a direction for each attribute of the synthetic faces, the most linear first.

    Args:
        painter: a generator of faces.
        num_images: generated faces to read, those of seeds 0 to num_images - 1.
        epochs: passes of the reading network over the drawn faces.
    """
    reader, names, readable = train_reader(painter.image_shape, epochs=epochs)
    seeds = np.arange(num_images)
    latents = latents_from_seeds(seeds, painter.latent_dim).numpy().astype(np.float64)
    batches = np.split(latents, range(_BATCH_SIZE, num_images, _BATCH_SIZE))
    # The images are read as they come, since there may be more of them than fit into memory.
    read = np.concatenate(
        [reader(to_float(painter.paint(batch)), training=False) for batch in batches]
    ).astype(np.float64)

    vectors, linear = regress(latents, read)
    directions: list[Direction] = []
    for column in np.argsort(-linear):
        order = np.argsort(read[:, column])
        found = Direction(
            names[column],
            vectors[:, column],
            float(readable[column]),
            float(linear[column]),
            highest=order[::-1][:5].tolist(),
            lowest=order[:5].tolist(),
            resembles=_nearly_the_same(vectors[:, column], directions),
        )
        directions.append(found)
    return directions


def _nearly_the_same(vector: np.ndarray, directions: Sequence[Direction]) -> str | None:
    """The first that was found and is less than 45 degrees from the vector, or its opposite."""
    for direction in directions:
        if direction.found and abs(direction.vector @ vector) > _MIN_COSINE_ALIKE:
            return direction.name
    return None


def regress(latents: np.ndarray, read: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares of each attribute on the latents.

    Args:
        latents: [n, latent_dim], around 0.
        read: [n, attributes].

    Returns:
        Directions of length 1, [latent_dim, attributes], and each one's correlation [attributes]
        on the last quarter of the data, when fitted to the rest.
    """
    split = 3 * len(latents) // 4
    fitted, *_ = np.linalg.lstsq(latents[:split], read[:split] - read[:split].mean(0), rcond=None)
    linear = _correlations(latents[split:] @ fitted, read[split:])
    vectors, *_ = np.linalg.lstsq(latents, read - read.mean(axis=0), rcond=None)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=0), 1e-12), linear


def train_reader(
    image_shape: tuple[int, int, int], *, epochs: int
) -> tuple[keras.Model, list[str], np.ndarray]:
    """Trains a network to read attributes off faces.

    Returns:
        A model from images float32 [n, H, W, C] in [-1, 1] to attributes [n, attributes], each
        with mean 0 and standard deviation 1 over drawn faces; the attributes' names; and the
        correlations [attributes] on held-out faces.
    """
    images, attributes = synthetic_faces(
        _NUM_FACES, image_size=image_shape[:2], seed=_SEED_OF_FACES
    )
    images = with_channels(images, image_shape[2])
    names, targets = as_numbers(attributes)
    split = _NUM_FACES * 7 // 8
    keras.utils.set_random_seed(0)
    reader = build_reader(image_shape, len(names))
    reader.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
    reader.fit(
        to_float(images[:split]),
        targets[:split],
        batch_size=_BATCH_SIZE,
        epochs=epochs,
        verbose=0,
    )
    read = reader.predict(to_float(images[split:]), batch_size=_BATCH_SIZE, verbose=0)
    return reader, names, _correlations(read, targets[split:])


def attribute_names() -> list[str]:
    """The attributes that are looked for."""
    return as_numbers(sample_attributes(np.arange(2), seed=0))[0]


def as_numbers(attributes: Mapping[str, np.ndarray]) -> tuple[list[str], np.ndarray]:
    """Attributes as columns with mean 0 and deviation 1: names and float32 [n, columns].

    Numbers and booleans are taken as they are, colours by their brightness. Choices between several
    kinds have no direction and are left out.
    """
    columns: dict[str, Any] = {}
    for name, values in attributes.items():
        if values.ndim == 2:
            columns[f"{name}_brightness"] = values @ LUMA
        elif values.dtype == bool or np.issubdtype(values.dtype, np.floating):
            columns[name] = values
    matrix = np.stack(list(columns.values()), axis=1).astype(np.float32)
    return list(columns), (matrix - matrix.mean(axis=0)) / (matrix.std(axis=0) + 1e-6)


def _correlations(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Pearson's correlation of each pair of columns; 0 where one of them is constant."""
    left, right = left - left.mean(axis=0), right - right.mean(axis=0)
    scale = np.sqrt((left**2).sum(axis=0) * (right**2).sum(axis=0))
    correlations: np.ndarray = (left * right).sum(axis=0) / np.maximum(scale, 1e-12)
    return correlations
