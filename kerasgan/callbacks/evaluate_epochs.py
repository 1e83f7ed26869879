"""Measures the averaged generator after each epoch, for Keras's own callbacks to act on."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kerasgan.callbacks.label_source import labels_for
from kerasgan.channels import PLAIN
from kerasgan.compositing import lay_on
from kerasgan.data.image_set import ImageSet, PixelDigest, Rows, size_text
from kerasgan.metrics.checks import check_images
from kerasgan.metrics.evaluation import FEWEST_IMAGES, evaluate, parse_metrics, summarize_source
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.measuring import OF_FEATURES, Summary, count_label, sample_array
from kerasgan.metrics.results import Result
from kerasgan.metrics.sources import Source, on_background, source_of_images
from kerasgan.training.callbacks.evaluate_generator import generated_source


class Evaluate(keras.callbacks.Callback):
    """Compares generated images with real ones after each epoch and adds the figures to the logs.

    With the defaults they are `val_kid`, lower is better, and `val_precision`, `val_recall`,
    `val_density` and `val_coverage`, which come from the same features. Callbacks after this one
    in the list find them:

    ::

        callbacks=[
            kerasgan.callbacks.Evaluate(held_out_images),
            keras.callbacks.ModelCheckpoint(
                "best.keras", monitor="val_kid", mode="min", save_best_only=True
            ),
            keras.callbacks.EarlyStopping(monitor="val_kid", mode="min", patience=10),
        ]

    The names are short: figures of different arguments cannot be compared. `results` has those of
    all epochs with everything that they depend on.

    Args:
        images: real ones, uint8 [N, H, W, C] or an `ImageSet`; best those that are not trained on.
            For a conditional GAN an `ImageSet` with labels. With alpha they are measured on white.
        metrics: of swd, msssim, fid, kid and prdc.
        count: of real and of generated images; None for all of `images`, at most 1,000.
        extractor: the network for fid, kid and prdc, as the flag `--extractor` names it.
        seed: of everything random.

    Attributes:
        results: a `Result` for each epoch.

    Raises:
        UserError: a metric or the extractor is unknown.
        ValueError: images are not uint8 of this shape, or too few; in `fit`: of another size than
            the generator's, or without the labels that it is asked for.
    """

    def __init__(
        self,
        images: Rows,
        *,
        metrics: Sequence[str] = ("kid", "prdc"),
        count: int | None = None,
        extractor: str = "embedded",
        seed: int = 0,
    ):
        super().__init__()
        check_images(lay_on(images[:1], PLAIN))
        count = min(len(images), 1000) if count is None else count
        if not FEWEST_IMAGES <= count <= len(images):
            raise ValueError(
                f"count={count}: must be {FEWEST_IMAGES} to {len(images)}, the number of images"
            )
        self._metrics = parse_metrics(",".join(metrics))
        if "attributes" in self._metrics:
            raise ValueError("metrics: attributes are only measured by kerasgan.evaluate")
        needed = set(self._metrics) & set(OF_FEATURES)
        self._extractor = open_extractor(extractor) if needed else None
        self._settings: dict[str, Any] = {
            "metrics": self._metrics,
            "count": count,
            "extractor": self._extractor,
            "seed": seed,
            "show_progress": False,
        }
        self._images = images
        self._real = on_background(_source(images, seed=seed), PLAIN)
        self._real_summary: Summary | None = None
        self.results: list[Result] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Measures the real images, once."""
        shape, given = tuple(self.model.image_shape), self._images.shape[1:]
        if shape != given:
            raise ValueError(
                f"Evaluate: images are {size_text(given)} and the generator's are "
                f"{size_text(shape)}; must have the same size"
            )
        self._labels = labels_for(self.model, self._images, "Evaluate")
        if self._real_summary is None:
            self._real_summary = summarize_source(self._real, **self._settings)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Adds the figures to the logs."""
        generated = generated_source(
            self.model.ema_generator,
            seed=self._settings["seed"],
            step=int(self.model.step.numpy()),
            labels=self._labels,
        )
        result = evaluate(generated, self._real, real_summary=self._real_summary, **self._settings)
        self.results.append(result)
        if logs is not None:
            logs.update({f"val_{self._short(name)}": v for name, v in result.scores.items()})

    def _short(self, name: str) -> str:
        """kid1k_embedded -> kid, swd1k_64 -> swd_64."""
        name = name.replace(count_label(self._settings["count"]), "", 1)
        return name if self._extractor is None else name.removesuffix(f"_{self._extractor.name}")


def _source(images: Rows, *, seed: int) -> Source:
    if isinstance(images, ImageSet):
        return source_of_images("images", "images", images, seed=seed)
    images = np.asarray(images)
    digest = PixelDigest(images.shape[1:])
    digest.update(images)
    height, width, channels = images.shape[1:]
    return Source(
        flag="images",
        name="images",
        digest=digest.hexdigest(),
        image_shape=(height, width, channels),
        available=len(images),
        sample=sample_array(images, seed=seed),
    )
