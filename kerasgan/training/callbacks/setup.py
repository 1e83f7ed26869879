"""Everything that watches a run: figures, pictures, measurements, checkpoints, progress."""

import logging
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from kerasgan.config import DeviceSettings, parse_profile
from kerasgan.metrics.evaluation import FEWEST_IMAGES, parse_metrics
from kerasgan.metrics.measuring import score_name
from kerasgan.metrics.results import Result
from kerasgan.metrics.sources import on_background, source_of_images
from kerasgan.runs.checkpoints import CheckpointWriter, RunRecord
from kerasgan.runs.folder import BEST_FOLDER, CHECKPOINT_FOLDER, METRICS_FILE
from kerasgan.runs.grids import SAMPLE_FOLDER
from kerasgan.runs.records import MetricsFile, Row, SampleFolder, TensorBoardLogs
from kerasgan.training.callbacks.evaluate_generator import BestCheckpoint, Evaluate
from kerasgan.training.callbacks.profile_steps import ProfileSteps
from kerasgan.training.callbacks.progress_bar import ProgressBar
from kerasgan.training.callbacks.record_samples import RecordSamples
from kerasgan.training.callbacks.record_scalars import RecordScalars
from kerasgan.training.callbacks.save_checkpoints import SaveCheckpoints
from kerasgan.training.callbacks.watch_health import HealthWarning, WatchHealth
from kerasgan.training.open_run import OpenRun
from kerasgan.training.sample_grid import lay_out_samples, spread

_LOG = logging.getLogger(__name__)

_HEALTH_IMAGES = 64  # real images whose diversity generated ones are compared with


def watch(run: OpenRun, record: dict[str, Any]) -> list[keras.callbacks.Callback]:
    """The callbacks of a run, in the order in which they act.

    The checkpoint of a step comes after everything that is recorded about that step: what a killed
    run recorded after its last checkpoint is recorded again.

    Args:
        run: the run, in the process that writes its files.
        record: what the checkpoint it continues from says about it; nothing for a new run.
    """
    config, run_dir = run.config, run.run_dir
    metrics_file = MetricsFile(run_dir / METRICS_FILE, step=run.step)
    sample_folder = SampleFolder(run_dir / SAMPLE_FOLDER)
    tensorboard = TensorBoardLogs(run_dir / "logs", step=run.step)
    tensorboard.write_settings(config.as_dict())
    shown = lay_out_samples(config, run.images)
    if shown.row_names:
        sample_folder.write_rows(shown.row_names)
        rows = [f"{number}. {name}" for number, name in enumerate(shown.row_names, start=1)]
        tensorboard.write_text("samples/rows", "\n".join(rows), step=0)
    health = _watch_health(run, metrics_file, tensorboard, record.get("health"))
    writer = CheckpointWriter(
        tf.train.Checkpoint(gan=run.gan), RunRecord(config, health=health.state)
    )
    record_result = _result_sink(run, metrics_file, tensorboard, health)
    return [
        *_profile(config, run_dir),
        _record_scalars(run, [metrics_file.append, tensorboard.write_scalars]),
        health,
        RecordSamples(
            every_steps=config.sample_every_steps,
            shown=shown,
            sinks=[sample_folder.write, tensorboard.write_grid],
        ),
        *_evaluate(run, writer, [record_result]),
        SaveCheckpoints(
            writer,
            run_dir / CHECKPOINT_FOLDER,
            flush=metrics_file.flush,
            every_steps=config.checkpoint_every_steps,
            steps_per_epoch=run.steps_per_epoch,
            keep=config.keep_checkpoints,
            nonfinite_limit=config.max_nonfinite_steps,
        ),
        ProgressBar(
            total_steps=run.last_step,
            steps_per_epoch=run.steps_per_epoch,
            batch_size=config.images_per_step,
        ),
    ]


def watch_nothing(run: OpenRun) -> list[keras.callbacks.Callback]:
    """The callbacks of workers other than the chief: their means begin where the chief's do."""
    return [_record_scalars(run, [])]


def _profile(settings: DeviceSettings, run_dir: pathlib.Path) -> list[ProfileSteps]:
    """First in the list, so that the trace includes the work of the other callbacks."""
    if settings.profile is None:
        return []
    first, last = parse_profile(settings.profile)
    return [ProfileSteps(run_dir / "logs", first=first, last=last)]


def _record_scalars(run: OpenRun, sinks: Sequence[Callable[[dict], None]]) -> RecordScalars:
    return RecordScalars(
        every_steps=run.config.log_every_steps,
        steps_per_epoch=run.steps_per_epoch,
        batch_size=run.config.images_per_step,
        sinks=sinks,
    )


def _watch_health(
    run: OpenRun,
    metrics_file: MetricsFile,
    tensorboard: TensorBoardLogs,
    state: dict[str, Any] | None,
) -> WatchHealth:
    def warn(warning: HealthWarning) -> None:
        _LOG.warning("step %d: %s", warning.step, warning.sentence)

    return WatchHealth(
        every_steps=run.config.log_every_steps,
        real_images=run.images[spread(len(run.images), _HEALTH_IMAGES)],
        seed=run.config.seed,
        labels=run.images.conditions,
        sinks=[
            warn,
            lambda warning: metrics_file.append(warning.row()),
            lambda warning: tensorboard.write_text("health", warning.sentence, warning.step),
        ],
        warned=[row["warning"] for row in metrics_file.rows() if "warning" in row],
        state=state,
    )


def _result_sink(
    run: OpenRun, metrics_file: MetricsFile, tensorboard: TensorBoardLogs, health: WatchHealth
) -> Callable[[Result], None]:
    config, extractor = run.config, run.extractor
    count = min(config.evaluate_images, len(run.images))
    best_name = score_name(config.best_metric, count, extractor.name if extractor else None)

    def record_result(result: Result) -> None:
        row = result.row()
        if _is_known(row, metrics_file):  # a run killed at its very end measures there once more
            return
        metrics_file.append(row)
        tensorboard.write_scalars(result.scalars())
        health.see_result(result, best_name)

    return record_result


def _evaluate(
    run: OpenRun, writer: CheckpointWriter, sinks: Sequence[Callable[[Result], object]]
) -> list[Evaluate]:
    """One callback, or none if there are too few images to measure anything."""
    config, images = run.config, run.images
    best = BestCheckpoint(run.run_dir / BEST_FOLDER, writer, metric=config.best_metric)
    if len(images) < FEWEST_IMAGES:
        return []
    real = source_of_images("dataset", config.dataset, images, seed=config.seed)
    evaluate = Evaluate(
        real=on_background(real, config.background),
        metrics=parse_metrics(config.metrics),
        extractor=run.extractor,
        every_steps=config.evaluate_every_epochs * run.steps_per_epoch,
        count=min(config.evaluate_images, len(images)),
        full_count=min(config.evaluate_images_at_end, len(images)),
        total_steps=run.last_step,
        seed=config.seed,
        sinks=sinks,
        labels=images.conditions,
        best=best,
    )
    return [evaluate]


def _is_known(row: Row, metrics_file: MetricsFile) -> bool:
    """Whether the same state was measured in the same way before."""
    made = (row["step"], row["fingerprint"])
    return any((known["step"], known.get("fingerprint")) == made for known in metrics_file.rows())
