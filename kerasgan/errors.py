"""The one exception for mistakes of the user."""


class UserError(ValueError):
    """A user's mistake, told in one line.

    The message names the flag or the file, the value received and what is allowed. The command
    line prints it without a traceback; in a notebook it is an ordinary `ValueError`.
    """
