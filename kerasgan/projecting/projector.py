"""Finds the latents of images: the best of many random ones, and then gradient descent."""

import dataclasses
import functools
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from kerasgan.channels import colour_of, has_alpha
from kerasgan.metrics.extractors import open_extractor
from kerasgan.model.latents import latents_from_seeds
from kerasgan.pixels import HALF_RANGE, to_float
from kerasgan.projecting.descent import Descent
from kerasgan.projecting.distance import ImageDistance
from kerasgan.projecting.projection_settings import ProjectionSettings
from kerasgan.sampling.painter import Painter

_BATCH_SIZE = 64  # candidates painted at a time
# Shares of the steps after which the way is shown: it is quick at first.
_MOMENTS = (0.0, 0.03, 0.1, 0.25, 0.5, 1.0)


@dataclasses.dataclass(frozen=True)
class Projection:
    """What was found for one image.

    Attributes:
        latents: float32 [latent_dim], the point whose image is nearest.
        image: uint8 [H, W, C], that image.
        way: uint8 [m, H, W, C], images on the way there, from the start to `image`.
        error: mean absolute difference between `image` and the given one, in grey levels.
        start_error: the same of the best candidate, where the search begins.
    """

    latents: np.ndarray
    image: np.ndarray
    way: np.ndarray
    error: float
    start_error: float


class Projector:
    """Finds the nearest image that a generator can paint, one given image after the other.

    What is found for an image depends on it and on these arguments alone.

    Args:
        painter: the generator.
        settings: how to search.
        label: what a conditional generator is asked for, for all images, [1] or [1, width]; None
            for an unconditional one.

    Attributes:
        extractor: the network that compares images.

    Raises:
        UserError: the extractor cannot be opened, or has no gradients.
        ValueError: a label that does not fit.

    Reference: Zhu et al. 2016, "Generative Visual Manipulation on the Natural Image Manifold",
    section 3 (start near, then descend); Abdal et al. 2019, "Image2StyleGAN" (pixels and features);
    Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN", section 5.
    """

    def __init__(
        self, painter: Painter, settings: ProjectionSettings, label: np.ndarray | None = None
    ):
        self._painter = painter
        self._settings = settings
        self._label = label
        self.extractor = open_extractor(settings.extractor)
        self._distance = ImageDistance(self.extractor, colour_of(painter.background))
        self._descent = Descent(self._describe, settings.prior)
        self._summarise = tf.function(self._summary_of_latents, autograph=False)
        seeds = np.arange(settings.seed, settings.seed + settings.candidates)
        self._candidates = latents_from_seeds(seeds, painter.latent_dim).numpy()

    @functools.cached_property
    def _summaries(self) -> np.ndarray:
        """Of the candidates' images, float32 [n, k]; made when the first image comes."""
        batches = [
            tf.constant(self._candidates[start : start + _BATCH_SIZE])
            for start in range(0, len(self._candidates), _BATCH_SIZE)
        ]
        return np.concatenate([self._summarise(batch).numpy() for batch in batches])

    def project(
        self, image: np.ndarray, after_step: Callable[[], object] = lambda: None
    ) -> Projection:
        """Finds the latents of one image.

        Args:
            image: uint8 [H, W, C], of the generator's shape.
            after_step: called after each step of the descent.

        Raises:
            ValueError: an image of another shape or type.
        """
        check_images(self._painter, image[None])
        steps = self._settings.steps
        floats = to_float(image[None])
        nearest = _nearest(self._summaries, self._distance.summary(floats).numpy())
        starts = self._candidates[nearest[: self._settings.starts]]
        way, objective = self._descent.run(self._distance.pieces(floats), starts, steps, after_step)
        best = objective.argmin()
        moments = sorted({round(share * steps) for share in _MOMENTS})
        # The first start is the best candidate; the way that is shown may begin at another.
        shown = np.concatenate([way[:1, 0], way[moments, best]])
        images = self._painter.paint(shown, self._labels(len(shown)))
        start_error, *_, error = mean_absolute_errors(images, image)
        return Projection(way[-1, best], images[-1], images[1:], error, start_error)

    def _describe(self, latents: tf.Tensor) -> list[tf.Tensor]:
        images = self._painter.paint_floats(latents, self._labels(latents.shape[0]))
        return self._distance.pieces(images)

    def _summary_of_latents(self, latents: tf.Tensor) -> tf.Tensor:
        images = self._painter.paint_floats(latents, self._labels(latents.shape[0]))
        return self._distance.summary(images)

    def _labels(self, count: int) -> np.ndarray | None:
        return None if self._label is None else self._label.repeat(count, axis=0)


def project_images(
    painter: Painter,
    images: np.ndarray,
    settings: ProjectionSettings | None = None,
    *,
    label: np.ndarray | None = None,
) -> list[Projection]:
    """Finds, for each image, the latents whose image is nearest to it.

    Args:
        painter: the generator, such as `painter_of_model` returns.
        images: uint8 [n, H, W, C], of the generator's shape.
        settings: how to search; None for the defaults.
        label: what a conditional generator is asked for, for all images: [1], the index of a class,
            or [1, width], the values of attributes; None for an unconditional one.

    Returns:
        What was found for each image, in order; it does not depend on the other images.

    Raises:
        UserError: the extractor cannot be opened, or has no gradients.
        ValueError: images of another shape or type, or a label that does not fit.
    """
    check_images(painter, images)
    settings = settings or ProjectionSettings()
    projector = Projector(painter, settings, label)
    with tqdm(total=len(images) * settings.steps, unit=" steps", disable=None) as bar:
        return [projector.project(image, bar.update) for image in images]


def check_images(painter: Painter, images: np.ndarray) -> None:
    """Refuses images that the generator cannot paint.

    Raises:
        ValueError: they are not uint8, or of another shape than the generator's.
    """
    if images.dtype != np.uint8 or images.shape[1:] != painter.image_shape:
        height, width, channels = painter.image_shape
        raise ValueError(
            f"images {images.dtype} of shape {images.shape}: must be uint8 of shape "
            f"[n, {height}, {width}, {channels}], as the generator paints"
        )


def mean_absolute_errors(images: np.ndarray, target: np.ndarray) -> Sequence[float]:
    """In grey levels, between each image, uint8 [n, H, W, C], and one, uint8 [H, W, C].

    With alpha, colours count as far as they are seen.
    """
    differences = np.abs(images.astype(np.int16) - target)
    if has_alpha(images.shape):
        differences = np.abs((to_float(images) - to_float(target)).numpy()) * HALF_RANGE
    errors: Sequence[float] = differences.mean(axis=(1, 2, 3)).tolist()
    return errors


def _nearest(summaries: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The rows of `summaries` [n, k], the nearest to `target` [1, k] first."""
    return np.argsort(((summaries - target) ** 2).sum(axis=1), kind="stable")
