"""What ends a run from outside, explained in one line with what to do about it."""

import contextlib
import re
from collections.abc import Iterator

import tensorflow as tf

from kerasgan.config import Config
from kerasgan.errors import LostPictureError, RunError
from kerasgan.runs.tolerance import reason

# With several workers, each of these means that another worker is gone: what it should have sent
# did not arrive, or the service that coordinates them gave up on it.
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
    tf.errors.FailedPreconditionError,
)

# What `tf.numpy_function` makes of an exception: its class, its message and its traceback as text.
_LOST_PICTURE = re.compile(rf"\b{LostPictureError.__name__}: (.*)")


@contextlib.contextmanager
def explain_faults(*, config: Config, workers: int) -> Iterator[None]:
    """Turns errors during training into a line that says what to do.

    Args:
        config: the run's settings.
        workers: how many processes train together.

    Raises:
        RunError: there was not enough memory, a picture or another worker is gone.
    """
    try:
        yield
    except (LostPictureError, tf.errors.UnknownError) as error:
        found = _LOST_PICTURE.search(f"{type(error).__name__}: {error}")
        if found is None:
            raise
        # Not saved here: parts of the step that do not wait for the images, such as counting it,
        # may have run already.
        raise RunError(
            f"{found[1]}; then give the command again with --run_dir, and the run continues from "
            "its last checkpoint"
        ) from error
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise RunError(
            f"out of memory: raise --accumulate_steps (now {config.accumulate_steps}), or lower "
            f"--batch_size (now {config.batch_size}), --base_filters (now {config.base_filters}) "
            "or --image_size for another run, or continue this one on a larger device "
            f"({reason(error)})"
        ) from error
    except _LOST as error:
        if workers == 1:
            raise
        raise RunError(
            f"another of the {workers} workers is gone, and training cannot go on without it; "
            "start all of them again with the same command: the run continues from its last "
            "checkpoint"
        ) from error


def nonfinite_error(step: int, in_a_row: int, rollbacks: int) -> RunError:
    """For a run that diverges again and again."""
    return RunError(
        f"step {step}: {in_a_row} steps in a row had a loss or a gradient that is not finite, even "
        f"after {rollbacks} returns to an earlier checkpoint with other latents; begin another run "
        "with lower --g_learning_rate and --d_learning_rate, or with --normalization=spectral"
    )


def unsaved_error(step: int, saved: int | None, run_dir: object) -> RunError:
    """For a run whose last step could not be saved."""
    kept = "nothing is saved" if saved is None else f"the last checkpoint is that of step {saved}"
    return RunError(
        f"the run has done {step} steps, but the last ones could not be saved, and {kept}; make "
        f"room on the disk and continue with --run_dir={run_dir}"
    )


def unexported_error(folder: object, why: str, run_dir: object, *, best: bool) -> RunError:
    """For a run whose model could not be written.

    Args:
        folder: the model's.
        why: in a few words.
        run_dir: the run's folder.
        best: whether the run keeps a best state, which it would have exported.
    """
    state = " --checkpoint=best" if best else ""
    return RunError(
        f"{folder}: the model cannot be written ({why}); the run is saved: make room, and then "
        f"python -m kerasgan.export --run_dir={run_dir}{state}"
    )
