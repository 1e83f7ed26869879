"""What ends a run from outside, explained in one line with what to do about it."""

import contextlib
from collections.abc import Iterator

import tensorflow as tf

from kerasgan.errors import RunError
from kerasgan.files import reason

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


@contextlib.contextmanager
def explain_faults(*, batch_size: int, base_filters: int, workers: int) -> Iterator[None]:
    """Turns errors during training into a line that says what to do.

    Args:
        batch_size: the run's.
        base_filters: the run's.
        workers: how many processes train together.

    Raises:
        RunError: there was not enough memory, or another worker is gone.
    """
    try:
        yield
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise RunError(
            f"out of memory: lower --batch_size (now {batch_size}), --base_filters (now "
            f"{base_filters}) or --image_size for another run, or continue this one on a larger "
            f"device ({reason(error)})"
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
