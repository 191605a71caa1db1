"""How a handler says whether and when its step may be tried again: any other error, soon."""

from pydantic import ValidationError


class StepRejectedError(Exception):
    """The input can never succeed: fail the step now, without retry."""


class TryLaterError(Exception):
    """The step failed and may be tried again, `retry_after_s` from now at the earliest."""

    def __init__(self, message: str, *, retry_after_s: float = 0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and the way out."""


def reasons(error: ValidationError) -> str:
    """Return why something did not validate, without it: it may be a prompt or an answer."""
    problems = [
        f"{'.'.join(map(str, each['loc']))}: {each['msg']}".removeprefix(": ")
        for each in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return f"no valid {error.title}: {'; '.join(problems)}"
