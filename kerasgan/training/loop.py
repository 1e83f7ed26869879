"""Trains a run to its end, or until something stops it; then exports."""

import functools
import logging
import pathlib
import time
from typing import Any

import keras
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.data import batches
from kerasgan.runs.restore import go_back
from kerasgan.training.callbacks.setup import watch, watch_nothing
from kerasgan.training.callbacks.stop_in_time import StopInTime
from kerasgan.training.callbacks.stop_on_signal import StopOnSignal
from kerasgan.training.callbacks.stop_together import StopTogether
from kerasgan.training.callbacks.watch_nonfinite import WatchNonfinite
from kerasgan.training.devices import choose_steps_per_execution
from kerasgan.training.faults import explain_faults, nonfinite_error
from kerasgan.training.finish import Outcome, finish
from kerasgan.training.open_run import OpenRun, open_run
from kerasgan.training.strategies import distribute, worker_count, worker_index

_LOG = logging.getLogger(__name__)

_MAX_ROLLBACKS = 3  # a run that diverges once more after these will always diverge


def train(config: Config, run_dir: pathlib.Path | None = None) -> Outcome:
    """Trains a GAN from data to SavedModel, or continues the run that `run_dir` holds.

    Ctrl-C and SIGTERM end training in good order if this is called in the main thread; in another
    thread Python handles no signals.

    Args:
        config: the run's settings.
        run_dir: the run's folder; None for runs/<next number>-<data set>.

    Raises:
        UserError: a setting or a file is at fault. Nothing has been written then.
        RunError: the run cannot go on, for one of the reasons in `kerasgan.training.faults`.
    """
    deadline = None if config.max_minutes is None else time.monotonic() + 60 * config.max_minutes
    with open_run(config, run_dir) as run:
        return _train(run, deadline)


def _train(run: OpenRun, deadline: float | None) -> Outcome:
    """Trains until the run completes, is stopped, or fails; then exports."""
    config, record = run.config, run.record
    stop, in_time = StopOnSignal(), StopInTime(deadline)
    together = StopTogether(stop)
    faults = functools.partial(
        explain_faults,
        config=config,
        workers=run.workers,
    )
    while True:
        nonfinite = WatchNonfinite(config.max_nonfinite_steps)
        callbacks: list[keras.callbacks.Callback] = [stop, in_time, nonfinite]
        callbacks += watch(run, record) if run.is_chief else watch_nothing(run)
        if run.workers > 1:
            callbacks.append(together)
        with stop, faults():
            _fit(run, callbacks)
        if not nonfinite.exceeded:
            break
        record = _go_back(run)
    outcome = finish(run, stop.received)
    if run.workers > 1:
        with faults():  # none ends before the chief does: it could not go on alone
            together.ask()
    return outcome


def _fit(run: OpenRun, callbacks: list[keras.callbacks.Callback]) -> None:
    """Trains from where the model stands to the last step, or until a callback ends it."""
    config, gan, first_step = run.config, run.gan, run.step
    if first_step >= run.last_step:
        # The run was killed after its last step: only the end-of-training work is left.
        ending = keras.callbacks.CallbackList(callbacks, model=gan)
        ending.on_train_begin()
        ending.on_train_end()
        return
    _set_steps_per_execution(run)
    data = batches(
        run.images,
        batch_size=config.images_per_step,
        first_step=first_step,
        last_step=run.last_step,
        seed=config.seed,
        random_flip=config.random_flip,
        shard=(worker_index(run.strategy), worker_count(run.strategy)),
    )
    gan.fit(
        distribute(data, run.strategy),
        # The rest of the run is one epoch for `fit`, even if it begins in the middle of an epoch.
        steps_per_epoch=run.last_step - first_step,
        callbacks=callbacks,
        shuffle=False,  # the data set has its order already
        verbose=0,
    )


def _set_steps_per_execution(run: OpenRun) -> None:
    if run.strategy is not None:  # replicas take their steps one at a time
        return
    steps = choose_steps_per_execution(
        run.config,
        steps_per_epoch=run.steps_per_epoch,
        first_step=run.step,
        on_gpu=bool(tf.config.list_physical_devices("GPU")),
    )
    if steps != run.gan.steps_per_execution:  # the function of an earlier fit has the old number
        run.gan.steps_per_execution, run.gan.train_function = steps, None


def _go_back(run: OpenRun) -> dict[str, Any]:
    """Returns to the last good checkpoint, with new latents.

    Returns:
        What the checkpoint says about the run.

    Raises:
        RunError: that has been tried often enough.
    """
    step, limit = run.step, run.config.max_nonfinite_steps
    rollbacks = int(run.gan.rollbacks.numpy())
    if rollbacks >= _MAX_ROLLBACKS:
        raise nonfinite_error(step, limit, rollbacks)
    record = go_back(run.gan, run.run_dir, run.config)
    _LOG.warning(
        "step %d: %d steps in a row were not finite. Going back to the checkpoint of step %d, with "
        "other latents.",
        step,
        limit,
        run.step,
    )
    return record
