"""The one place that puts the parts together: data, networks, game, callbacks, export."""

import contextlib
import dataclasses
import pathlib
import re
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kerasgan.callbacks.progress_bar import ProgressBar
from kerasgan.callbacks.record_samples import RecordSamples, sample_latents
from kerasgan.callbacks.record_scalars import RecordScalars
from kerasgan.callbacks.save_checkpoints import SaveCheckpoints
from kerasgan.callbacks.stop_on_signal import StopOnSignal
from kerasgan.config import Config
from kerasgan.data import batches, load_images
from kerasgan.errors import UserError
from kerasgan.export import export_generator
from kerasgan.gan import GAN
from kerasgan.networks import build_discriminator, build_generator
from kerasgan.recording import MetricsFile, SampleFolder, TensorBoardLogs
from kerasgan.runs import (
    CONFIG_FILE,
    check_writable,
    create_run_dir,
    holds_run,
    refuse_changes,
)


class Outcome(NamedTuple):
    """What `train` leaves behind."""

    gan: GAN
    run_dir: pathlib.Path
    saved_model: pathlib.Path
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
    images = _load(config)
    steps_per_epoch = len(images) // config.batch_size

    with strategy.scope() if strategy else contextlib.nullcontext():
        gan = build_gan(config, synchronized=strategy is not None)
    checkpoint = tf.train.Checkpoint(gan=gan)
    if run_dir is not None and holds_run(run_dir):
        _restore(checkpoint, run_dir)
        if gan.step.numpy() >= config.epochs * steps_per_epoch:
            raise UserError(
                f"--epochs={config.epochs}: the run in {run_dir} has done "
                f"{int(gan.step.numpy()) // steps_per_epoch} epochs; ask for more to continue it"
            )
    label = re.sub(r"[^\w-]+", "_", pathlib.Path(config.dataset).stem)
    run_dir = create_run_dir(run_dir, label)
    config.save(run_dir / CONFIG_FILE)

    stop = StopOnSignal()
    callbacks = [stop, *_callbacks(config, run_dir, gan, checkpoint, images, steps_per_epoch)]
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
        callbacks=callbacks,
        shuffle=False,  # the data set has its order already
        verbose=0,
    )
    saved_model = export_generator(gan.ema_generator, model_folder)
    return Outcome(gan, run_dir, saved_model, stop.received)


def build_gan(config: Config, *, synchronized: bool = False) -> GAN:
    """The compiled model of a config, its initial weights a function of the seed.

    Args:
        config: every setting.
        synchronized: whether batch norm shares its statistics between replicas.
    """
    keras.utils.set_random_seed(config.seed)
    gan = GAN(
        generator=build_generator(
            config.image_shape,
            latent_dim=config.latent_dim,
            base_filters=config.base_filters,
            synchronized=synchronized,
        ),
        discriminator=build_discriminator(
            config.image_shape,
            base_filters=config.base_filters,
            normalization=config.normalization,
            synchronized=synchronized,
        ),
        update_order=config.update_order,
        ema_decay=config.ema_decay,
        seed=config.seed,
    )
    betas = {"beta_1": config.beta_1, "beta_2": config.beta_2}
    gan.compile(
        g_optimizer=keras.optimizers.Adam(config.g_learning_rate, **betas),
        d_optimizer=keras.optimizers.Adam(config.d_learning_rate, **betas),
        loss=config.loss,
    )
    return gan


def _load(config: Config) -> np.ndarray:
    images = load_images(
        config.dataset,
        image_shape=config.image_shape,
        num_images=config.num_images,
        data_dir=config.data_dir,
        seed=config.seed,
    )
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
    return tf.distribute.MirroredStrategy(devices)


def _restore(checkpoint: tf.train.Checkpoint, run_dir: pathlib.Path) -> None:
    latest = tf.train.latest_checkpoint(str(run_dir / "checkpoints"))
    if latest is not None:  # else it was stopped before the first one
        checkpoint.restore(latest).assert_existing_objects_matched()


def _callbacks(config, run_dir, gan, checkpoint, images, steps_per_epoch):
    metrics_file = MetricsFile(run_dir / "metrics.jsonl", step=int(gan.step.numpy()))
    sample_folder = SampleFolder(run_dir / "samples")
    tensorboard = TensorBoardLogs(run_dir / "logs")
    tensorboard.write_settings(dataclasses.asdict(config))
    # Spread over the data set: neighbours in a folder are often pictures of the same thing.
    shown = np.linspace(0, len(images) - 1, min(config.num_samples, len(images)), dtype=int)
    return [
        RecordScalars(
            every_steps=config.log_every_steps,
            steps_per_epoch=steps_per_epoch,
            batch_size=config.batch_size,
            sinks=[metrics_file.append, tensorboard.write_scalars],
        ),
        RecordSamples(
            every_steps=config.sample_every_steps,
            latents=sample_latents(config.num_samples, config.latent_dim, config.seed),
            real_images=images[shown],
            sinks=[sample_folder.write, tensorboard.write_grid],
        ),
        SaveCheckpoints(
            tf.train.CheckpointManager(checkpoint, str(run_dir / "checkpoints"), max_to_keep=3),
            every_steps=steps_per_epoch,
        ),
        ProgressBar(
            total_steps=config.epochs * steps_per_epoch,
            steps_per_epoch=steps_per_epoch,
            batch_size=config.batch_size,
        ),
    ]
