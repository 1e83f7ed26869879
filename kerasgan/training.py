"""The one place that puts the parts together: data, networks, game, callbacks, export."""

import contextlib
import dataclasses
import logging
import pathlib
import re
from typing import NamedTuple

import tensorflow as tf

from kerasgan.building import build_gan
from kerasgan.callbacks.stop_on_signal import StopOnSignal
from kerasgan.config import Config
from kerasgan.data import ImageSet, batches, load_images
from kerasgan.errors import UserError
from kerasgan.gan import GAN
from kerasgan.recording import write_skipped
from kerasgan.restoring import find_checkpoint, read_checkpoint, restore_run
from kerasgan.runs import (
    BEST_FOLDER,
    CHECKPOINT_FOLDER,
    CONFIG_FILE,
    check_writable,
    create_run_dir,
    holds_run,
    refuse_changes,
    refuse_other_data,
)
from kerasgan.serving.metadata import describe_run
from kerasgan.serving.saved_model import export_saved_model
from kerasgan.watching import open_measuring, watch

_LOG = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What `train` leaves behind."""

    gan: GAN
    run_dir: pathlib.Path
    saved_model: pathlib.Path
    exported_step: int  # whose generator the saved model holds
    signal: int | None  # the signal that ended training early, if one did


def train(config: Config, run_dir: pathlib.Path | None = None) -> Outcome:
    """Trains a GAN from data to SavedModel, or continues the run that `run_dir` holds.

    Args:
        config: every setting.
        run_dir: the run's folder; None for runs/<next number>-<data set>.

    Raises:
        UserError: a setting or a file is at fault. Nothing has been written then.
    """
    model_folder = pathlib.Path(config.saved_models_dir) / config.model_name
    check_writable("saved_models_dir", model_folder)
    check_writable("run_dir", run_dir or pathlib.Path("runs"))
    if run_dir is not None and holds_run(run_dir):
        refuse_changes(config, run_dir)
    strategy = _strategy(config)
    extractor = open_measuring(config)
    images = _load(config, run_dir)
    steps_per_epoch = len(images) // config.batch_size

    with strategy.scope() if strategy else contextlib.nullcontext():
        gan = build_gan(config, synchronized=strategy is not None)
    checkpoint = tf.train.Checkpoint(gan=gan)
    if run_dir is not None and holds_run(run_dir):
        if any((run_dir / CHECKPOINT_FOLDER).glob("*.index")):  # else stopped before the first one
            read_checkpoint(checkpoint, find_checkpoint(run_dir, "last"))
        if gan.step.numpy() >= config.epochs * steps_per_epoch:
            raise UserError(
                f"--epochs={config.epochs}: the run in {run_dir} has done "
                f"{int(gan.step.numpy()) // steps_per_epoch} epochs; ask for more to continue it"
            )
    label = re.sub(r"[^\w-]+", "_", pathlib.Path(config.dataset).stem)
    run_dir = create_run_dir(run_dir, label)
    config.save(run_dir / CONFIG_FILE, data=dataclasses.asdict(images.fingerprint))
    write_skipped(run_dir, images.skipped)
    _LOG.info("data: %s", images.fingerprint)
    _LOG.info("kept: %s", images.place)

    stop = StopOnSignal()
    watchers = watch(config, run_dir, checkpoint, images, extractor, steps_per_epoch)
    gan.fit(
        batches(
            images,
            batch_size=config.batch_size,
            first_step=int(gan.step.numpy()),
            last_step=config.epochs * steps_per_epoch,
            seed=config.seed,
            random_flip=config.random_flip,
        ),
        # What is left of the run is one epoch of fit: it may begin in the middle of one of ours.
        steps_per_epoch=config.epochs * steps_per_epoch - int(gan.step.numpy()),
        callbacks=[stop, *watchers],
        shuffle=False,  # the data set has its order already
        verbose=0,
    )
    exported, saved_model = _export(run_dir, model_folder)
    return Outcome(gan, run_dir, saved_model, exported, stop.received)


def _export(run_dir: pathlib.Path, folder: pathlib.Path) -> tuple[int, pathlib.Path]:
    """Exports the best state that was measured, or else the last: its step, and where it is."""
    best = any((run_dir / BEST_FOLDER).glob("*.index"))
    config, gan, step = restore_run(run_dir, "best" if best else "last")
    version = export_saved_model(
        gan.ema_generator,
        folder,
        discriminator=gan.discriminator,
        metadata=describe_run(config, step=step, run_dir=run_dir),
    )
    return step, version


def _load(config: Config, run_dir: pathlib.Path | None) -> ImageSet:
    images = load_images(config.dataset, **config.data_options())
    if run_dir is not None and holds_run(run_dir):
        refuse_other_data(dataclasses.asdict(images.fingerprint), run_dir)
    if config.batch_size > len(images):
        raise UserError(
            f"--batch_size={config.batch_size}: must be at most {len(images)}, the number of "
            f"images in {config.dataset}"
        )
    return images


def _strategy(config: Config) -> tf.distribute.Strategy | None:
    """None for a single device: Keras does without XLA under any strategy."""
    gpus = tf.config.list_logical_devices("GPU")
    if config.strategy == "single" or (config.strategy == "auto" and len(gpus) < 2):
        return None
    devices = [device.name for device in gpus or tf.config.list_logical_devices("CPU")]
    if config.batch_size % len(devices):
        raise UserError(
            f"--batch_size={config.batch_size}: must be a multiple of {len(devices)}, the number "
            "of devices"
        )
    # Without GPUs TensorFlow's collective operations bring nothing, and those of a second run in
    # the same process would be taken for those of the first.
    reduction = None if gpus else tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction)
