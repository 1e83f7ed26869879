"""Everything that watches a run: figures, pictures, measurements, checkpoints, progress."""

import dataclasses
import logging
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgan.config import Config, parse_profile
from kerasgan.data import ImageSet
from kerasgan.errors import UserError
from kerasgan.metrics.evaluation import FEWEST_IMAGES, parse_metrics
from kerasgan.metrics.extractors import Extractor, open_extractor
from kerasgan.metrics.measuring import HIGHER_IS_BETTER, OF_FEATURES, score_name
from kerasgan.metrics.results import Result
from kerasgan.metrics.sources import source_of_images
from kerasgan.runs.checkpoints import CheckpointWriter, RunRecord, read_record
from kerasgan.runs.folder import BEST_FOLDER, CHECKPOINT_FOLDER, METRICS_FILE
from kerasgan.runs.records import MetricsFile, Row, SampleFolder, TensorBoardLogs
from kerasgan.training.callbacks.evaluate_generator import BEST_FILE, BestCheckpoint, Evaluate
from kerasgan.training.callbacks.profile_steps import ProfileSteps
from kerasgan.training.callbacks.progress_bar import ProgressBar
from kerasgan.training.callbacks.record_samples import RecordSamples, sample_latents
from kerasgan.training.callbacks.record_scalars import RecordScalars
from kerasgan.training.callbacks.save_checkpoints import SaveCheckpoints
from kerasgan.training.callbacks.watch_health import HealthWarning, WatchHealth

_LOG = logging.getLogger(__name__)


def open_measuring(config: Config) -> Extractor | None:
    """The network that the metrics need, or None, found before a run begins.

    Raises:
        UserError: the metrics do not fit together or not to the data, or the network cannot be
            opened.
    """
    metrics = parse_metrics(config.metrics)
    if "attributes" in metrics and config.dataset != "synthetic_faces":
        raise UserError(
            f"--metrics={config.metrics}: attributes are known of --dataset=synthetic_faces alone"
        )
    needed = "prdc" if config.best_metric in HIGHER_IS_BETTER else config.best_metric
    if needed not in metrics:
        raise UserError(
            f"--best_metric={config.best_metric}: must be measured, but --metrics={config.metrics}"
        )
    return open_extractor(config.extractor) if set(OF_FEATURES) & set(metrics) else None


def watch(
    config: Config,
    run_dir: pathlib.Path,
    checkpoint: tf.train.Checkpoint,
    images: ImageSet,
    extractor: Extractor | None,
    steps_per_epoch: int,
) -> list[keras.callbacks.Callback]:
    """The callbacks of a run, in the order in which they act.

    The checkpoint of a step comes after all that is recorded of it: what a killed run recorded
    after its last checkpoint is recorded again.

    Args:
        config: every setting.
        run_dir: the run's folder.
        checkpoint: holds the model, as `checkpoint.gan`.
        images: the training images.
        extractor: what `open_measuring` returned.
        steps_per_epoch: steps in an epoch.
    """
    step = int(checkpoint.gan.step.numpy())
    metrics_file = MetricsFile(run_dir / METRICS_FILE, step=step)
    sample_folder = SampleFolder(run_dir / "samples")
    tensorboard = TensorBoardLogs(run_dir / "logs", step=step)
    tensorboard.write_settings(dataclasses.asdict(config))
    saved = read_record(run_dir / CHECKPOINT_FOLDER / f"ckpt-{step}") or {}
    health = _watch_health(
        config, _spread(images, 64), metrics_file, tensorboard, saved.get("health")
    )
    record = RunRecord(config, best_file=run_dir / BEST_FOLDER / BEST_FILE, health=health.state)
    writer = CheckpointWriter(checkpoint, record)
    best = BestCheckpoint(run_dir / BEST_FOLDER, writer, metric=config.best_metric)
    best_name = _best_name(config, len(images), extractor)

    def record_result(result: Result) -> None:
        row = result.row()
        if _is_known(row, metrics_file):  # a run killed at its very end measures there once more
            return
        metrics_file.append(row)
        tensorboard.write_scalars(result.scalars())
        health.see_result(result, best_name)

    return [
        *_profile(config, run_dir),
        _record_scalars(config, steps_per_epoch, [metrics_file.append, tensorboard.write_scalars]),
        health,
        RecordSamples(
            every_steps=config.sample_every_steps,
            latents=sample_latents(config.num_samples, config.latent_dim, config.seed),
            real_images=_spread(images, config.num_samples),
            sinks=[sample_folder.write, tensorboard.write_grid],
        ),
        *_evaluate(config, best, images, extractor, steps_per_epoch, [record_result]),
        SaveCheckpoints(
            writer,
            run_dir / CHECKPOINT_FOLDER,
            flush=metrics_file.flush,
            every_steps=config.checkpoint_every_steps,
            steps_per_epoch=steps_per_epoch,
            keep=config.keep_checkpoints,
            nonfinite_limit=config.max_nonfinite_steps,
        ),
        ProgressBar(
            total_steps=config.epochs * steps_per_epoch,
            steps_per_epoch=steps_per_epoch,
            batch_size=config.batch_size,
        ),
    ]


def watch_nothing(config: Config, steps_per_epoch: int) -> list[keras.callbacks.Callback]:
    """The callbacks of a worker that is not the chief: it begins its means where the chief does."""
    return [_record_scalars(config, steps_per_epoch, [])]


def _profile(config: Config, run_dir: pathlib.Path) -> list[ProfileSteps]:
    """First in the list, so that the work of the other callbacks is in the trace as well."""
    if config.profile is None:
        return []
    first, last = parse_profile(config.profile)
    return [ProfileSteps(run_dir / "logs", first=first, last=last)]


def _record_scalars(
    config: Config, steps_per_epoch: int, sinks: Sequence[Callable[[dict], None]]
) -> RecordScalars:
    return RecordScalars(
        every_steps=config.log_every_steps,
        steps_per_epoch=steps_per_epoch,
        batch_size=config.batch_size,
        sinks=sinks,
    )


def _watch_health(
    config: Config,
    real_images: np.ndarray,
    metrics_file: MetricsFile,
    tensorboard: TensorBoardLogs,
    state: dict[str, Any] | None,
) -> WatchHealth:
    def warn(warning: HealthWarning) -> None:
        _LOG.warning("step %d: %s", warning.step, warning.sentence)

    return WatchHealth(
        every_steps=config.log_every_steps,
        real_images=real_images,
        seed=config.seed,
        sinks=[
            warn,
            lambda warning: metrics_file.append(warning.row()),
            lambda warning: tensorboard.write_text("health", warning.sentence, warning.step),
        ],
        warned=[row["warning"] for row in metrics_file.rows() if "warning" in row],
        state=state,
    )


def _best_name(config: Config, available: int, extractor: Extractor | None) -> str:
    """The name of the figure that decides what is best."""
    count = min(config.evaluate_images, available)
    return score_name(config.best_metric, count, extractor.name if extractor else None)


def _evaluate(
    config: Config,
    best: BestCheckpoint,
    images: ImageSet,
    extractor: Extractor | None,
    steps_per_epoch: int,
    sinks: Sequence[Callable[[Result], object]],
) -> list[Evaluate]:
    """One callback, or none for a handful of images."""
    if len(images) < FEWEST_IMAGES:
        return []
    real = source_of_images("dataset", config.dataset, images, seed=config.seed)
    evaluate = Evaluate(
        real=real,
        metrics=parse_metrics(config.metrics),
        extractor=extractor,
        every_steps=config.evaluate_every_epochs * steps_per_epoch,
        count=min(config.evaluate_images, len(images)),
        full_count=min(config.evaluate_images_at_end, len(images)),
        total_steps=config.epochs * steps_per_epoch,
        seed=config.seed,
        sinks=sinks,
        best=best,
    )
    return [evaluate]


def _is_known(row: Row, metrics_file: MetricsFile) -> bool:
    """Whether the same state was measured in the same way before."""
    made = (row["step"], row["fingerprint"])
    return any((known["step"], known.get("fingerprint")) == made for known in metrics_file.rows())


def _spread(images: ImageSet, count: int) -> np.ndarray:
    """Some from all over the data set: neighbours in a folder often show the same thing."""
    return images[np.linspace(0, len(images) - 1, min(count, len(images)), dtype=int)]
