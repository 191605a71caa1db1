"""How a handler says its step can never succeed. Every other error is retried."""

from pydantic import ValidationError


class StepRejectedError(Exception):
    """The input can never succeed: fail the step now, without retry."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and the way out."""


def reasons(error: ValidationError) -> str:
    """Return why something did not validate, without it: it may be a prompt or an answer."""
    problems = [
        f"{'.'.join(map(str, each['loc']))}: {each['msg']}".removeprefix(": ")
        for each in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return f"no valid {error.title}: {'; '.join(problems)}"
