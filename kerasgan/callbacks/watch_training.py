"""Says in a notebook when training goes wrong, and what to try."""

import logging
import re
from typing import Any

import numpy as np

from kerasgan.callbacks.label_source import labels_for
from kerasgan.data.image_set import Rows
from kerasgan.metrics.checks import check_images
from kerasgan.training.callbacks import watch_health
from kerasgan.training.callbacks.watch_health import HealthWarning
from kerasgan.training.callbacks.watch_nonfinite import WatchNonfinite

_LOG = logging.getLogger(__name__)

_IMAGES = 64  # real ones whose diversity generated ones are compared with


class WatchHealth(watch_health.WatchHealth):
    """Warns of the usual ways in which a GAN fails: each once, with a cause and what to try.

    It looks at losses, gradients and the diversity of generated images. With real images it also
    notices a generator that never comes near their diversity; without, one that loses its own.
    It says so when steps are not finite, which change nothing, and ends training after many in a
    row.

    Args:
        images: real ones, uint8 [N, H, W, C] or an `ImageSet`; None to do without. For a
            conditional GAN an `ImageSet` with labels.
        every_steps: steps between two looks, of which several must agree.
        max_nonfinite_steps: in a row, after which training ends.
        seed: of the latents for the images whose diversity is measured.

    Attributes:
        warnings: those that were given.

    Raises:
        ValueError: images are not uint8 of this shape; in `fit`: or without the labels that the
            GAN is asked for.
    """

    def __init__(
        self,
        images: Rows | None = None,
        *,
        every_steps: int = 50,
        max_nonfinite_steps: int = 20,
        seed: int = 0,
    ):
        self._images = images
        real_images = None
        if images is not None:
            rows = np.linspace(0, len(images) - 1, min(_IMAGES, len(images)), dtype=int)
            real_images = images[rows]
            check_images(real_images)
        self.warnings: list[HealthWarning] = []
        super().__init__(
            every_steps=every_steps, real_images=real_images, seed=seed, sinks=[self._say]
        )
        self._nonfinite = WatchNonfinite(max_nonfinite_steps)

    def set_model(self, model: Any) -> None:
        """Watches this model."""
        super().set_model(model)
        self._nonfinite.set_model(model)

    def on_train_begin(self, logs: Any = None) -> None:
        """Begins a window."""
        self.ask_for(labels_for(self.model, self._images, "WatchHealth"))
        super().on_train_begin(logs)
        self._nonfinite.on_train_begin(logs)
        # What the trackers' sums were at the last look. `fit` sets the sums to 0 for each epoch.
        self._before = {name: np.zeros(2) for name in self._sums()}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keeps the beginning of a window that goes on in the next epoch."""
        for name, sums in self._sums().items():
            self._before[name] -= sums

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Looks if it is due, at means since the last look: the logs have those of the epoch."""
        self._nonfinite.on_train_batch_end(batch, logs)
        if self._is_due():
            sums = self._sums()
            with np.errstate(invalid="ignore"):  # no step was finite: not a number, which is a sign
                means = {
                    name: float(np.divide(*(sums[name] - self._before[name]))) for name in sums
                }
            self._before = sums
            self._look(means)

    def on_train_end(self, logs: Any = None) -> None:
        """Says why training ended, where it was this callback that ended it."""
        if self._nonfinite.exceeded:
            _LOG.error(
                "Training has ended: the last steps all had a loss or a gradient that is not "
                "finite. Go back to an earlier checkpoint and lower both learning rates."
            )

    def _sums(self) -> dict[str, np.ndarray]:
        """Total and count of every tracker."""
        return {
            tracker.name: np.array([tracker.total.numpy(), tracker.count.numpy()], np.float64)
            for tracker in self.model.metrics
        }

    def _say(self, warning: HealthWarning) -> None:
        sentence = _in_python(warning.sentence)
        self.warnings.append(HealthWarning(warning.step, warning.cause, sentence))
        _LOG.warning("step %d: %s", warning.step, sentence)


def _in_python(sentence: str) -> str:
    """The names of arguments in place of those of flags."""
    sentence = re.sub(r"--([gd])_learning_rate", r"the learning rate of \1_optimizer", sentence)
    sentence = re.sub(r"--(\w+)=(\w+)", r'\1="\2"', sentence)
    return re.sub(r"--(\w+)", r"\1", sentence)
