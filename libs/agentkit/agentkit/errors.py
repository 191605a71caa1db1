"""How a handler says its step can never succeed. Every other error is retried."""


class StepRejectedError(Exception):
    """The input can never succeed: fail the step now, without retry."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and the way out."""
