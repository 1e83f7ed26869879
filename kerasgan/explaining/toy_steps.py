"""How many steps toys may train for."""

from absl import flags

from kerasgan.cli import common_flags
from kerasgan.errors import UserError

STEPS_AT_ONCE = 50  # in one call of TensorFlow: a small step costs less than the call itself


def define_steps_flag(default: int) -> None:
    """Defines --steps."""
    flags.DEFINE_integer("steps", default, f"training steps; a multiple of {STEPS_AT_ONCE}")


def check_steps() -> int:
    """The value of --steps.

    Raises:
        UserError: it is below 1, or no multiple of `STEPS_AT_ONCE`.
    """
    steps = common_flags.check_number("steps", 1)
    if steps % STEPS_AT_ONCE:
        raise UserError(f"--steps={steps}: must be a multiple of {STEPS_AT_ONCE}")
    return steps
