"""The exceptions that are told in one line."""


class UserError(ValueError):
    """A user's mistake, told in one line.

    The message names the flag or the file, the value received and what is allowed. The command
    line prints it without a traceback; in a notebook it is an ordinary `ValueError`.
    """


class RunError(RuntimeError):
    """Why a run cannot go on, through no mistake in its settings, and what to do: in one line.

    What was saved is there. The command line prints it without a traceback.
    """
