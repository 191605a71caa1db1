"""Why a provider did not answer, in words no SDK owns, and what each means for the step."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from agentkit.providers.base import Request, Spent

type Cause = Literal[
    "key", "model", "request", "quota", "policy", "busy", "cut", "timeout", "unreachable"
]

TEMPORARY: frozenset[Cause] = frozenset({"busy", "cut", "timeout", "unreachable"})

_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_POLICY_CODES = frozenset({"moderation_blocked", "content_policy_violation"})
_OVERLOADED = 529
_CAUSES: dict[int, Cause] = {
    401: "key",
    402: "quota",
    403: "key",
    404: "model",
    408: "busy",
    409: "busy",
    425: "busy",
    429: "busy",
}
_MEANINGS = {429: " (too many requests)", 503: " (unavailable)", _OVERLOADED: " (overloaded)"}
_NOT_A_CODE = re.compile(r"[^a-z0-9_.-]")
_CODE_MAX_CHARS = 48


class CallFailedError(Exception):
    """A try that brought no answer.

    `status` is the HTTP status, 0 when there was none; `code` is the provider's own word
    for the error. Its message is left out on purpose: it may quote the prompt or the key.
    """

    def __init__(
        self,
        cause: Cause,
        *,
        status: int = 0,
        code: str = "",
        retry_after_s: float = 0,
        spent: Spent | None = None,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.status = status
        self.code = _NOT_A_CODE.sub("", code.lower())[:_CODE_MAX_CHARS]
        self.retry_after_s = retry_after_s
        self.spent = spent

    @property
    def is_temporary(self) -> bool:
        return self.cause in TEMPORARY


def cause_of(status: int, code: str) -> Cause:
    """Return what an HTTP status together with the provider's error code means."""
    if code in _QUOTA_CODES:
        return "quota"
    if code in _POLICY_CODES:
        return "policy"
    fallback: Cause = "busy" if status >= 500 or status < 400 else "request"  # noqa: PLR2004 -- HTTP
    return _CAUSES.get(status, fallback)


def retry_after_of(header: str | None) -> float:
    """Return the seconds a `Retry-After` header asks to wait; 0 when it says nothing."""
    if not header:
        return 0
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return 0
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def rejection(failure: CallFailedError, provider: str, key: str, request: Request) -> str:
    """Return the sentence for a failure that another try cannot mend."""
    said = " ".join(filter(None, [str(failure.status or ""), failure.code]))
    match failure.cause:
        case "key":
            return f"{provider} refused the key ({said}): set {key} to one that may use its models"
        case "quota":
            return f"{provider} has no credit left for the key in {key} ({said}): add some"
        case "model":
            return (
                f"{provider} has no model {request.model!r} ({said}): "
                "name one it has in the YAA_MODELS__ settings"
            )
        case "policy":
            return (
                f"{provider} refused the {request.capability} for what it is about ({said}): "
                "change the topic or the prompt"
            )
        case _:
            return (
                f"{provider} cannot do the {request.capability} request with model "
                f"{request.model!r} ({said}): name another in the YAA_MODELS__ settings"
            )


def outage(failure: CallFailedError, provider: str, address: str, *, tries: int) -> str:
    """Return the sentence for a failure that lasted longer than the patience with it."""
    often = f"in {tries} tries" if tries > 1 else "in 1 try"
    match failure.cause:
        case "unreachable":
            return f"{provider} cannot be reached at {address} {often}: see that it runs there"
        case "timeout":
            return f"{provider} did not answer {often}: try again later"
        case "cut":
            how = f" ({failure.code})" if failure.code else ""
            return f"{provider} gave no whole answer{how} {often}: try again later"
        case _:
            meaning = _MEANINGS.get(failure.status, "")
            said = f"{failure.status}{meaning}" if failure.status else failure.code or "an error"
            wait = f" in {failure.retry_after_s:.0f} s" if failure.retry_after_s else " later"
            return f"{provider} answered {said} {often}: try again{wait}"
