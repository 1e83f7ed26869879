"""Begins a run or opens one to continue: data, networks, the run's folder, its last checkpoint."""

import contextlib
import dataclasses
import logging
import os
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from kerasgan.combinations import check_replicas
from kerasgan.config import Config, MeasuringSettings
from kerasgan.data import ImageSet, load_images
from kerasgan.errors import RunError, UserError
from kerasgan.files import check_writable, tensorflow_path
from kerasgan.metrics.evaluation import parse_metrics
from kerasgan.metrics.extractors import Extractor, open_extractor
from kerasgan.metrics.measuring import HIGHER_IS_BETTER, OF_FEATURES
from kerasgan.model.build import build_gan, rate_share
from kerasgan.model.gan import GAN
from kerasgan.runs.checkpoints import checkpoint_steps
from kerasgan.runs.folder import (
    CHECKPOINT_FOLDER,
    CONFIG_FILE,
    create_run_dir,
    holds_run,
    is_finished,
    refuse_changes,
    refuse_other_data,
    refuse_other_labels,
)
from kerasgan.runs.lock import RunLock
from kerasgan.runs.origin import open_origin, take_over
from kerasgan.runs.records import write_skipped
from kerasgan.runs.restore import read_newest, refuse_channels_first, warn_of_other_versions
from kerasgan.runs.tolerance import reason
from kerasgan.training.strategies import open_strategy, worker_count, worker_index

_LOG = logging.getLogger(__name__)

_MAX_LABEL = 60  # characters of a folder's name, of which systems allow 255 bytes
_RUNS = pathlib.Path("runs")  # where a run goes that has no --run_dir


@dataclasses.dataclass(frozen=True, kw_only=True)
class OpenRun:
    """A run that is ready to train.

    Attributes:
        config: its settings, with what the labels of its images mean.
        run_dir: its folder.
        images: what it learns from.
        gan: the model, as the last checkpoint left it.
        extractor: the network for the metrics; None if they need none, and in workers other than
            the chief, which measure nothing.
        strategy: how devices share the work; None for a single device.
        record: what the last checkpoint says about the run; nothing if there is none.
    """

    config: Config
    run_dir: pathlib.Path
    images: ImageSet
    gan: GAN
    extractor: Extractor | None = None
    strategy: tf.distribute.Strategy | None = None
    record: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in the data; what is left over waits for another epoch's order."""
        return len(self.images) // self.config.images_per_step

    @property
    def last_step(self) -> int:
        """How many steps the run has when all epochs are done."""
        return self.config.epochs * self.steps_per_epoch

    @property
    def step(self) -> int:
        """How many steps are done."""
        return int(self.gan.step.numpy())

    @property
    def workers(self) -> int:
        """How many processes train together."""
        return worker_count(self.strategy)

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run's files."""
        return worker_index(self.strategy) == 0


@contextlib.contextmanager
def open_run(config: Config, run_dir: pathlib.Path | None) -> Iterator[OpenRun]:
    """A run, locked against other processes while the context lasts.

    Args:
        config: the run's settings.
        run_dir: the run's folder; None for runs/<next number>-<data set>.

    Raises:
        UserError: a setting or a file is at fault, and nothing has been written.
        RunError: the run's folder cannot be written.
    """
    refuse_channels_first()
    model_dir = pathlib.Path(config.saved_models_dir) / config.model_name
    for flag, folder in (("saved_models_dir", model_dir), ("run_dir", run_dir or _RUNS)):
        check_writable(flag, folder)
        tensorflow_path(folder / "any")  # refuses it now, not after all the training
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    strategy = open_strategy(config, batch_size=config.batch_size)
    is_chief = worker_index(strategy) == 0
    if strategy is not None:
        check_replicas(config, strategy.num_replicas_in_sync)
    if worker_count(strategy) > 1 and run_dir is None:
        raise UserError("--run_dir: several workers need one, in a place that all of them see")

    with contextlib.ExitStack() as held:
        continued = run_dir if run_dir is not None and holds_run(run_dir) else None
        if continued is not None:
            if is_chief:
                held.enter_context(RunLock(continued))
            refuse_changes(config, continued)
        check_measuring(config, dataset=config.dataset)
        cache_dir = pathlib.Path(config.cache_dir)
        extractor = open_measuring(config, cache_dir=cache_dir) if is_chief else None
        config, images, gan = _begin(config, continued, strategy)
        record = {} if continued is None else _restore(gan, config, continued, len(images))
        if run_dir is None or is_chief:
            run_dir = create_run_dir(run_dir, _label(config.dataset))
        if is_chief:
            if continued is None:
                held.enter_context(RunLock(run_dir))
                _refuse_run_of_another(run_dir)
            _write_beginning(config, run_dir, images)
        yield OpenRun(
            config=config,
            run_dir=run_dir,
            images=images,
            gan=gan,
            extractor=extractor,
            strategy=strategy,
            record=record,
        )


def check_measuring(settings: MeasuringSettings, *, dataset: str) -> None:
    """Checks that the metrics fit together and fit the data set.

    Raises:
        UserError: they do not.
    """
    metrics = parse_metrics(settings.metrics)
    if "attributes" in metrics and dataset != "synthetic_faces":
        raise UserError(
            f"--metrics={settings.metrics}: attributes are only known for --dataset=synthetic_faces"
        )
    best = settings.best_metric
    if ("prdc" if best in HIGHER_IS_BETTER else best) not in metrics:
        raise UserError(f"--best_metric={best}: must be measured, but --metrics={settings.metrics}")


def open_measuring(settings: MeasuringSettings, *, cache_dir: pathlib.Path) -> Extractor | None:
    """The network that the metrics need; None if they need none.

    Args:
        settings: what is measured, and through which network.
        cache_dir: where a download is kept.

    Raises:
        UserError: the network cannot be opened.
    """
    if not set(OF_FEATURES) & set(parse_metrics(settings.metrics)):
        return None
    return open_extractor(settings.extractor, cache_dir=cache_dir)


def _begin(
    config: Config, continued: pathlib.Path | None, strategy: tf.distribute.Strategy | None
) -> tuple[Config, ImageSet, GAN]:
    """The settings with what is read when a run begins, the images, and the model at step 0."""
    config, origin = open_origin(config, continued)
    config, images = _load(config, continued)
    with strategy.scope() if strategy else contextlib.nullcontext():
        steps = config.epochs * (len(images) // config.images_per_step)
        gan = build_gan(config, total_steps=steps, synchronized=strategy is not None)
        if origin is not None:
            take_over(origin, gan, config)
    return config, images, gan


def _load(config: Config, continued: pathlib.Path | None) -> tuple[Config, ImageSet]:
    """The images, and the settings with what the images' labels mean."""
    images = load_images(config, seed=config.seed)
    labels = images.conditions
    config = dataclasses.replace(
        config,
        label_kind=labels.space.kind if labels else "none",
        label_names=labels.space.names if labels else (),
    )
    if continued is not None:
        refuse_other_data(dataclasses.asdict(images.fingerprint), continued)
        refuse_other_labels(config, labels, continued)
    if config.images_per_step > len(images):
        times = f" times --d_steps={config.d_steps}" if config.d_steps > 1 else ""
        raise UserError(
            f"--batch_size={config.batch_size}:{times} must be at most {len(images)}, the number "
            f"of images in {config.dataset}"
        )
    return config, images


def _restore(gan: GAN, config: Config, run_dir: pathlib.Path, num_images: int) -> dict[str, Any]:
    """Puts a run where its last checkpoint left it; without one it begins again.

    Returns:
        What the checkpoint says about the run.

    Raises:
        UserError: no checkpoint can be read, or nothing is left to do: even the final result and
            the exported model are there.
    """
    if not checkpoint_steps(run_dir / CHECKPOINT_FOLDER):
        return {}
    record = read_newest(gan, run_dir, config)
    warn_of_other_versions(record)
    step, steps_per_epoch = int(gan.step.numpy()), num_images // config.images_per_step
    left = config.epochs * steps_per_epoch - step
    if left < 0 or (left == 0 and is_finished(run_dir, step)):
        raise UserError(
            f"--epochs={config.epochs}: the run in {run_dir} has done {step // steps_per_epoch} "
            "epochs; ask for more to continue it"
        )
    began_with = record.get("config", {}).get("epochs", config.epochs)
    if config.learning_rate_decay != "none" and began_with != config.epochs:
        before, now = (
            rate_share(config, step, epochs * steps_per_epoch)
            for epochs in (began_with, config.epochs)
        )
        _LOG.info(
            "The schedule is now that of %d epochs, not %d: at step %d the learning rates are %.2g "
            "times their first values, not %.2g times.",
            *(config.epochs, began_with, step, now, before),
        )
    return record


def _label(dataset: str) -> str:
    """What the name of a run's folder says about its data."""
    # As an absolute path, because "." and ".." have no name of their own.
    name = dataset if dataset.startswith("tfds:") else pathlib.Path(os.path.abspath(dataset)).stem
    return re.sub(r"[^\w-]+", "_", name)[:_MAX_LABEL]


def _refuse_run_of_another(run_dir: pathlib.Path) -> None:
    """Checks that no run was begun in the folder while the data were loaded.

    Raises:
        UserError: another process has begun one.
    """
    if holds_run(run_dir):
        raise UserError(
            f"--run_dir={run_dir}: another process has begun a run there in the meantime; give the "
            "command again to continue it, or choose another folder"
        )


def _write_beginning(config: Config, run_dir: pathlib.Path, images: ImageSet) -> None:
    data = dataclasses.asdict(images.fingerprint)
    if images.conditions is not None:
        data["labels"] = images.conditions.digest()
    try:
        config.save(run_dir / CONFIG_FILE, data=data)
        write_skipped(run_dir, images.skipped)
    except OSError as error:
        raise RunError(f"--run_dir={run_dir}: cannot write ({reason(error)})") from error
    _LOG.info("data: %s", images.fingerprint)
    _LOG.info("kept: %s", images.place)
