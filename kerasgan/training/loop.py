"""The one place that puts the parts together: data, networks, game, callbacks, export."""

import contextlib
import dataclasses
import functools
import logging
import pathlib
import re
import time

import keras
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.data import ImageSet, batches, load_images
from kerasgan.errors import RunError, UserError
from kerasgan.files import check_writable
from kerasgan.metrics.extractors import Extractor
from kerasgan.model.build import build_gan
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
)
from kerasgan.runs.lock import RunLock
from kerasgan.runs.records import write_skipped
from kerasgan.runs.restore import go_back, read_newest, warn_of_other_versions
from kerasgan.runs.tolerance import reason
from kerasgan.training.callbacks.setup import open_measuring, watch, watch_nothing
from kerasgan.training.callbacks.stop_in_time import StopInTime
from kerasgan.training.callbacks.stop_on_signal import StopOnSignal
from kerasgan.training.callbacks.stop_together import StopTogether
from kerasgan.training.callbacks.watch_nonfinite import WatchNonfinite
from kerasgan.training.devices import choose_steps_per_execution
from kerasgan.training.faults import explain_faults, nonfinite_error
from kerasgan.training.finish import Outcome, finish
from kerasgan.training.strategies import distribute, open_strategy, worker_count, worker_index

_LOG = logging.getLogger(__name__)

_MOST_ROLLBACKS = 3  # what diverges once more after these will always diverge


def train(config: Config, run_dir: pathlib.Path | None = None) -> Outcome:
    """Trains a GAN from data to SavedModel, or continues the run that `run_dir` holds.

    Args:
        config: every setting.
        run_dir: the run's folder; None for runs/<next number>-<data set>.

    Raises:
        UserError: a setting or a file is at fault. Nothing has been written then.
        RunError: the run cannot go on, for one of the reasons in `kerasgan.training.faults`.
    """
    deadline = None if config.max_minutes is None else time.monotonic() + 60 * config.max_minutes
    model_folder = pathlib.Path(config.saved_models_dir) / config.model_name
    check_writable("saved_models_dir", model_folder)
    check_writable("run_dir", run_dir or pathlib.Path("runs"))
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()
    strategy = open_strategy(config)
    chief = worker_index(strategy) == 0
    if worker_count(strategy) > 1 and run_dir is None:
        raise UserError("--run_dir: several workers need one, in a place that all of them see")

    with contextlib.ExitStack() as held:
        continued = run_dir is not None and holds_run(run_dir)
        if run_dir is not None and continued:
            if chief:
                held.enter_context(RunLock(run_dir))
            refuse_changes(config, run_dir)
        extractor = open_measuring(config)
        images = _load(config, run_dir)
        steps_per_epoch = len(images) // config.batch_size
        with strategy.scope() if strategy else contextlib.nullcontext():
            gan = build_gan(config, synchronized=strategy is not None)
        if run_dir is not None and continued:
            _restore(gan, config, run_dir, steps_per_epoch)
        if chief:
            label = re.sub(r"[^\w-]+", "_", pathlib.Path(config.dataset).stem)
            run_dir = create_run_dir(run_dir, label)
            if not continued:
                held.enter_context(RunLock(run_dir))
                if holds_run(run_dir):  # it was not there before the data were loaded
                    raise UserError(
                        f"--run_dir={run_dir}: another process has begun a run there meanwhile; "
                        "give the command again to continue it, or choose another folder"
                    )
            try:
                config.save(run_dir / CONFIG_FILE, data=dataclasses.asdict(images.fingerprint))
                write_skipped(run_dir, images.skipped)
            except OSError as error:
                raise RunError(f"--run_dir={run_dir}: cannot write ({reason(error)})") from error
            _LOG.info("data: %s", images.fingerprint)
            _LOG.info("kept: %s", images.place)
        assert run_dir is not None

        checkpoint = tf.train.Checkpoint(gan=gan)
        return _run(config, run_dir, checkpoint, images, extractor, strategy, deadline)


def _restore(gan: GAN, config: Config, run_dir: pathlib.Path, steps_per_epoch: int) -> None:
    """Puts a run where its last checkpoint left it; without one it begins again.

    Raises:
        UserError: no checkpoint can be read, or nothing is left to do, final result and model
            included.
    """
    if not checkpoint_steps(run_dir / CHECKPOINT_FOLDER):
        return
    read_newest(tf.train.Checkpoint(gan=gan), run_dir, config)
    step = int(gan.step.numpy())
    warn_of_other_versions(run_dir, step)
    left = config.epochs * steps_per_epoch - step
    if left < 0 or (left == 0 and is_finished(run_dir, step)):
        raise UserError(
            f"--epochs={config.epochs}: the run in {run_dir} has done {step // steps_per_epoch} "
            "epochs; ask for more to continue it"
        )


def _run(
    config: Config,
    run_dir: pathlib.Path,
    checkpoint: tf.train.Checkpoint,
    images: ImageSet,
    extractor: Extractor | None,
    strategy: tf.distribute.Strategy | None,
    deadline: float | None,
) -> Outcome:
    """Trains until the run is complete, is to stop, or is beyond help; then exports."""
    gan, workers, chief = checkpoint.gan, worker_count(strategy), worker_index(strategy) == 0
    steps_per_epoch = len(images) // config.batch_size
    last_step = config.epochs * steps_per_epoch
    stop, in_time = StopOnSignal(), StopInTime(deadline)
    together = StopTogether(stop)
    faults = functools.partial(
        explain_faults,
        batch_size=config.batch_size,
        base_filters=config.base_filters,
        workers=workers,
    )
    while True:
        first_step = int(gan.step.numpy())
        if strategy is None:  # replicas take their steps one at a time
            steps = choose_steps_per_execution(
                config,
                steps_per_epoch=steps_per_epoch,
                first_step=first_step,
                on_gpu=bool(tf.config.list_physical_devices("GPU")),
            )
            if steps != gan.steps_per_execution:  # the function of an earlier fit has the old one
                gan.steps_per_execution, gan.train_function = steps, None
        nonfinite = WatchNonfinite(config.max_nonfinite_steps)
        callbacks: list[keras.callbacks.Callback] = [stop, in_time, nonfinite]
        if chief:
            callbacks += watch(config, run_dir, checkpoint, images, extractor, steps_per_epoch)
        else:
            callbacks += watch_nothing(config, steps_per_epoch)
        if workers > 1:
            callbacks.append(together)
        with stop, faults():
            if first_step < last_step:
                _fit(config, gan, images, callbacks, strategy, last_step)
            else:  # the run was killed behind its last step: what comes there is missing
                ending = keras.callbacks.CallbackList(callbacks, model=gan)
                ending.on_train_begin()
                ending.on_train_end()
        if not nonfinite.exceeded:
            break
        _go_back(checkpoint, run_dir, config)
    all_done = int(gan.step.numpy()) == last_step
    outcome = finish(config, run_dir, gan, stop.received, chief=chief, all_done=all_done)
    if workers > 1:
        with faults():  # none is done before the chief is: it could not go on alone
            together.ask()
    return outcome


def _fit(
    config: Config,
    gan: GAN,
    images: ImageSet,
    callbacks: list[keras.callbacks.Callback],
    strategy: tf.distribute.Strategy | None,
    last_step: int,
) -> None:
    """Trains from where the model stands to `last_step`, or until a callback ends it."""
    first_step = int(gan.step.numpy())
    data = batches(
        images,
        batch_size=config.batch_size,
        first_step=first_step,
        last_step=last_step,
        seed=config.seed,
        random_flip=config.random_flip,
        shard=(worker_index(strategy), worker_count(strategy)),
    )
    gan.fit(
        distribute(data, strategy),
        # What is left of the run is one epoch of fit: it may begin in the middle of one of ours.
        steps_per_epoch=last_step - first_step,
        callbacks=callbacks,
        shuffle=False,  # the data set has its order already
        verbose=0,
    )


def _go_back(checkpoint: tf.train.Checkpoint, run_dir: pathlib.Path, config: Config) -> None:
    """To the last good checkpoint, with new latents.

    Raises:
        RunError: that has been tried often enough.
    """
    gan = checkpoint.gan
    step, rollbacks = int(gan.step.numpy()), int(gan.rollbacks.numpy())
    if rollbacks >= _MOST_ROLLBACKS:
        raise nonfinite_error(step, config.max_nonfinite_steps, rollbacks)
    go_back(checkpoint, run_dir, config)
    _LOG.warning(
        "step %d: %d steps in a row were not finite. Going back to the checkpoint of step %d, with "
        "other latents.",
        step,
        config.max_nonfinite_steps,
        int(gan.step.numpy()),
    )


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
