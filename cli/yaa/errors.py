"""What goes wrong in a way a person can act on: one sentence and an exit code."""


class YaaError(Exception):
    """Something failed. The text is one sentence that names the value and the way out."""

    exit_code = 1


class UsageError(YaaError):
    """What was asked for cannot be done as asked."""

    exit_code = 2
