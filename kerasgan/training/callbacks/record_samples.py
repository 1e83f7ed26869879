"""Paints the same latents at intervals while the generator learns."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgan.channels import CHECKERBOARD
from kerasgan.model.random_streams import Stream, normal
from kerasgan.pixels import make_grid, to_uint8

Sink = Callable[[str, np.ndarray, int], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SampleGrid:
    """What a run's sample grids show, row by row, the same in every grid.

    Attributes:
        latents: float32 [n, latent_dim].
        real_images: uint8 [m, H, W, C], for comparison.
        columns: images in a row.
        background: under transparent pixels.
        conditions: float32 [n, width]; None for an unconditional generator.
        row_names: what the rows ask for, if they ask for different things.
    """

    latents: tf.Tensor
    real_images: np.ndarray
    columns: int
    background: str = CHECKERBOARD
    conditions: np.ndarray | None = None
    row_names: Sequence[str] = ()


def sample_latents(count: int, latent_dim: int, seed: int) -> tf.Tensor:
    """The fixed latents of the sample grids: float32 [count, latent_dim], standard normal."""
    return normal([count, latent_dim], [seed, Stream.SAMPLE_GRIDS])


class RecordSamples(keras.callbacks.Callback):
    """Hands grids of samples to every sink: at the start, each `every_steps` steps, at the end.

    Args:
        every_steps: steps between grids.
        shown: what the grids show.
        sinks: functions of (name, grid uint8 [H, W, C], step). The names are "real" (at the
            start only), "ema" (the averaged generator) and "plain".
    """

    def __init__(
        self,
        *,
        every_steps: int,
        shown: SampleGrid,
        sinks: Sequence[Sink],
    ):
        super().__init__()
        self._every_steps = every_steps
        self._shown = shown
        self._sinks = sinks
        self._last_step = -1

    def on_train_begin(self, logs: Any = None) -> None:
        """Shows the real images, and what an untrained generator paints."""
        if self._step() == 0:  # a continued run has both already
            self._hand_out("real", self._shown.real_images, 0)
            self._paint()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Paints if a grid is due."""
        if self._step() % self._every_steps == 0:
            self._paint()

    def on_train_end(self, logs: Any = None) -> None:
        """Paints the last state, if its grid is missing."""
        if self._step() != self._last_step:
            self._paint()

    def _paint(self) -> None:
        self._last_step = self._step()
        for name, averaged in (("ema", True), ("plain", False)):
            images = self.model.run_generator(
                self._shown.latents, self._shown.conditions, training=False, averaged=averaged
            )
            self._hand_out(name, to_uint8(images.numpy()), self._last_step)

    def _hand_out(self, name: str, images: np.ndarray, step: int) -> None:
        grid = make_grid(images, columns=self._shown.columns, background=self._shown.background)
        for sink in self._sinks:
            sink(name, grid, step)

    def _step(self) -> int:
        return int(self.model.step.numpy())
