"""Measures the averaged generator while it learns, and keeps the best state."""

import json
import logging
import math
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgan.channels import PLAIN
from kerasgan.files import replace_file
from kerasgan.label_space import Labels
from kerasgan.metrics.evaluation import evaluate, summarize_source
from kerasgan.metrics.extractors import Extractor
from kerasgan.metrics.measuring import HIGHER_IS_BETTER, Summary, score_name
from kerasgan.metrics.results import Result
from kerasgan.metrics.sources import Source, on_background
from kerasgan.model.random_streams import Stream, normal
from kerasgan.model.validation import latent_dim_of
from kerasgan.pixels import to_uint8
from kerasgan.runs.checkpoints import CheckpointWriter, DamagedError, checkpoint_steps
from kerasgan.runs.restore import read_checkpoint
from kerasgan.runs.tolerance import Tolerance

_LOG = logging.getLogger(__name__)

_BATCH_SIZE = 64
_LABEL_STREAM = 4000

_BEST_FILE = "best.json"


class BestCheckpoint:
    """<run>/best: the state of a model with the best value of a metric so far, and that value.

    It is separate from the run's ordinary checkpoints, of which only the last few are kept.

    Args:
        folder: of the best checkpoint; made when there is one.
        writer: of the model.
        metric: decides which state is best; one of `kerasgan.metrics.measuring.RANKING`.
    """

    def __init__(self, folder: pathlib.Path, writer: CheckpointWriter, *, metric: str):
        self._file = folder / _BEST_FILE
        self._tolerate = Tolerance(str(folder), "Training goes on; the earlier best state is kept.")
        self._writer = writer
        self.folder = folder
        self.metric = metric
        self.name = ""
        self.value, self.step = math.nan, -1
        kept = _read_best(self._file)
        if kept is None and self._file.exists():
            _LOG.warning("%s cannot be read. The next state is the best so far.", self._file)
        if kept is not None and kept["metric"] == metric:
            self.name, self.value, self.step = kept["name"], kept["value"], kept["step"]

    def offer(self, name: str, value: float, step: int) -> bool:
        """Keeps the model as it is now if the value is the best so far; returns whether it was."""
        worse = value <= self.value if self.metric in HIGHER_IS_BETTER else value >= self.value
        # A value of another name is for another number of images, or another extractor.
        if math.isnan(value) or (name == self.name and worse):
            return False
        kept = {"metric": self.metric, "name": name, "value": value, "step": step}
        with self._tolerate():
            self._writer.write(self.folder, step, keep=1)
            replace_file(self._file, json.dumps(kept, indent=2).encode() + b"\n")
            self.name, self.value, self.step = name, value, step
            return True
        return False


def _read_best(file: pathlib.Path) -> dict[str, Any] | None:
    """The best value so far: `metric`, `name`, `value`, `step`; None if it cannot be read."""
    try:
        best = json.loads(file.read_text())
        return {name: best[name] for name in ("metric", "name", "value", "step")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def best_generator(folder: pathlib.Path, generator: keras.Model) -> tuple[keras.Model, int] | None:
    """The averaged generator of the best checkpoint, and its step.

    Args:
        folder: of the best checkpoint, as in runs/0001-faces/best.
        generator: one of the same shape, as `gan.ema_generator`; it stays as it is.

    Returns:
        A copy with the best weights; None if there is no best checkpoint.

    Raises:
        DamagedError: its files are not what was written.
    """
    steps = checkpoint_steps(folder)
    if not steps:
        return None
    best = keras.models.clone_model(generator)
    saved = tf.train.Checkpoint(gan=tf.train.Checkpoint(ema_generator=best))
    read_checkpoint(saved, folder / f"ckpt-{steps[-1]}")
    return best, steps[-1]


class Evaluate(keras.callbacks.Callback):
    """Hands results to every sink: each `every_steps` steps, and a full one at the end.

    During training few images are enough to see the trend. When the run is complete, the best
    state (or the last, if none is kept or it cannot be read) is measured once more with the full
    number of images: that is the figure to quote. A run that is stopped earlier is not measured at
    its end, so that its rows and those of its continuation are those of the uninterrupted run.

    Args:
        real: the real images.
        metrics: of `kerasgan.metrics.measuring.METRICS`.
        extractor: for fid, kid and prdc.
        every_steps: steps between results.
        count: images per result during training.
        full_count: images of the last result.
        total_steps: of the whole run.
        seed: of latents, drawn labels and metrics.
        sinks: functions of a `Result`.
        labels: of the real images, from which a conditional generator's are drawn; None for an
            unconditional one.
        best: keeps the best state; its metric must be among the metrics. None: keeps nothing.
    """

    def __init__(
        self,
        *,
        real: Source,
        metrics: Sequence[str],
        extractor: Extractor | None,
        every_steps: int,
        count: int,
        full_count: int,
        total_steps: int,
        seed: int,
        sinks: Sequence[Callable[[Result], object]],
        labels: Labels | None = None,
        best: BestCheckpoint | None = None,
    ):
        super().__init__()
        self._real = real
        self._metrics = metrics
        self._extractor = extractor
        self._every_steps = every_steps
        self._count = count
        self._full_count = full_count
        self._total_steps = total_steps
        self._seed = seed
        self._sinks = sinks
        self._labels = labels
        self._best = best
        self._last_step = -1
        self._real_summary: Summary | None = None
        self._summarized = 0  # real images in the summary

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Measures if a result is due."""
        if self._step() % self._every_steps == 0:
            self._measure()

    def on_train_end(self, logs: Any = None) -> None:
        """Measures the last state of a complete run, then, in full, the one to be exported."""
        if self._step() < self._total_steps:
            return
        if self._step() != self._last_step:
            self._measure()
        generator, step = self._final_state()
        self._hand_out(self._evaluate(generator, step, self._full_count))

    def _final_state(self) -> tuple[keras.Model, int]:
        last = self.model.ema_generator, self._step()
        if self._best is None:
            return last
        try:
            return best_generator(self._best.folder, self.model.ema_generator) or last
        except DamagedError as error:
            _LOG.warning("%s. The last state is measured instead.", error)
            return last

    def _measure(self) -> None:
        self._last_step = self._step()
        result = self._evaluate(self.model.ema_generator, self._last_step, self._count)
        if self._best is not None:
            name = score_name(
                self._best.metric, self._count, self._extractor.name if self._extractor else None
            )
            self._best.offer(name, result.scores[name], self._last_step)
        self._hand_out(result)

    def _evaluate(self, generator: keras.Model, step: int, count: int) -> Result:
        settings: dict[str, Any] = {
            "metrics": self._metrics,
            "count": count,
            "extractor": self._extractor,
            "seed": self._seed,
            "show_progress": False,
        }
        if count != self._summarized:  # once, not for each result
            self._real_summary = summarize_source(self._real, **settings)
            self._summarized = count
        generated = generated_source(
            generator,
            seed=self._seed,
            step=step,
            labels=self._labels,
            background=self._real.background or PLAIN,
        )
        return evaluate(generated, self._real, real_summary=self._real_summary, **settings)

    def _hand_out(self, result: Result) -> None:
        for sink in self._sinks:
            sink(result)

    def _step(self) -> int:
        return int(self.model.step.numpy())


def generated_source(
    generator: keras.Model,
    *,
    seed: int,
    step: int,
    labels: Labels | None = None,
    background: str = PLAIN,
) -> Source:
    """A generator in memory as something to evaluate; equal seeds give equal latents and labels.

    Args:
        generator: from latents [B, latent_dim], or [latents, conditions], to images in [-1, 1].
        seed: of the latents and labels.
        step: of training.
        labels: from which the generator's are drawn; None if it takes none.
        background: on which images with alpha are laid.
    """
    latent_dim = latent_dim_of(generator)

    def sample(first: int, count: int) -> np.ndarray:
        parts = []
        # The latents and labels of a block of 64 are a function of its number alone.
        for block in range(first // _BATCH_SIZE, -(-(first + count) // _BATCH_SIZE)):
            latents = normal([_BATCH_SIZE, latent_dim], [seed * 2**20 + block, Stream.EVALUATION])
            inputs: Any = latents
            if labels is not None:
                drawn = labels.drawn(_BATCH_SIZE, [seed, _LABEL_STREAM, block])
                inputs = [latents, tf.constant(drawn.conditions(slice(None)))]
            parts.append(to_uint8(generator(inputs, training=False).numpy()))
        start = first % _BATCH_SIZE
        return np.concatenate(parts)[start : start + count]

    source = Source(
        flag="generated",
        name="the averaged generator",
        digest=f"step {step}",
        image_shape=generator.output_shape[1:],
        available=None,
        sample=sample,
        step=step,
    )
    return on_background(source, background)
