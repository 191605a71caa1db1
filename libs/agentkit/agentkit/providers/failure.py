"""What a provider's failure means, and the sentences that say so to a person."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from agentkit.providers.base import CallFailedError, Cause, Request

_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_POLICY_CODES = frozenset({"moderation_blocked", "content_policy_violation"})
_TOO_MANY_REQUESTS, _UNAVAILABLE, _OVERLOADED = 429, 503, 529
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
_MEANINGS = {
    _TOO_MANY_REQUESTS: " (too many requests)",
    _UNAVAILABLE: " (unavailable)",
    _OVERLOADED: " (overloaded)",
}
_WORDS: Mapping[Cause, str] = {
    "key": "key_refused",
    "model": "unknown_model",
    "request": "bad_request",
    "quota": "no_credit",
    "policy": "refused",
    "cut": "cut",
    "timeout": "timeout",
    "unreachable": "unreachable",
    "open": "circuit_open",
}
_TROUBLES: Mapping[Cause, str] = {
    "key": "refused the key",
    "model": "does not have the model",
    "request": "cannot do what is asked",
    "quota": "has no credit left",
    "policy": "refused what it was asked",
    "cut": "gave no whole answer",
    "timeout": "did not answer in time",
    "unreachable": "cannot be reached",
    "open": "fails too often and is left alone for {rest}",
}
_BUSY_TROUBLES = {
    _TOO_MANY_REQUESTS: "asks for fewer requests (429)",
    _OVERLOADED: "is overloaded (529)",
}
_BUSY_WORDS = {_TOO_MANY_REQUESTS: "rate_limited", _OVERLOADED: "overloaded"}


def cause_of(status: int, code: str) -> Cause:
    """Return what an HTTP status together with the provider's error code means."""
    if code in _QUOTA_CODES:
        return "quota"
    if code in _POLICY_CODES:
        return "policy"
    fallback: Cause = "busy" if status >= 500 or status < 400 else "request"  # noqa: PLR2004 -- HTTP
    return _CAUSES.get(status, fallback)


def lost(error: Exception) -> CallFailedError:
    """Return what an error of the connection means: that nothing was asked, or how it ended."""
    match error.__cause__ or error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return CallFailedError("unreachable")
        case httpx2.ProxyError() | httpx2.UnsupportedProtocol() | httpx2.WriteError():
            return CallFailedError("unreachable")
        case httpx2.TimeoutException():
            return CallFailedError("timeout")
        case cause:
            return CallFailedError("cut", code=type(cause).__name__)


def retry_after_of(headers: Mapping[str, str]) -> float:
    """Return the seconds a provider asks to wait; 0 when it says nothing that can be used."""
    if milliseconds := _number_in(headers.get("retry-after-ms", "")):
        return milliseconds / 1000
    header = headers.get("retry-after", "")
    return _number_in(header) or _seconds_until(header)


def _number_in(header: str) -> float:
    try:
        number = float(header)
    except ValueError:
        return 0
    return max(0.0, number) if math.isfinite(number) else 0


def _seconds_until(header: str) -> float:
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return 0
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def word_of(failure: CallFailedError) -> str:
    """Return the failure as one word of a small set, for events and metrics."""
    return _WORDS.get(failure.cause) or _BUSY_WORDS.get(failure.status, "unavailable")


def trouble(failure: CallFailedError, provider: str) -> str:
    """Return what is wrong, as the first part of a sentence."""
    if failure.cause == "busy":
        said = _BUSY_TROUBLES.get(failure.status) or f"answered {_said(failure)}"
        return f"{provider} {said}"
    return f"{provider} {_TROUBLES[failure.cause]}".format(rest=duration(failure.retry_after_s))


def duration(seconds: float) -> str:
    """Return a wait as a person says it."""
    return f"{seconds:.0f} s" if seconds >= 1 else "a moment"


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
        case "open":
            return f"{trouble(failure, provider)}: try again then"
        case "unreachable":
            return f"{provider} cannot be reached at {address} {often}: see that it runs there"
        case "timeout":
            return f"{provider} did not answer {often}: try again later"
        case "cut":
            how = f" ({failure.code})" if failure.code else ""
            return f"{provider} gave no whole answer{how} {often}: try again later"
        case _:
            wait = f" in {failure.retry_after_s:.0f} s" if failure.retry_after_s else " later"
            return f"{provider} answered {_said(failure)} {often}: try again{wait}"


def _said(failure: CallFailedError) -> str:
    if not failure.status:
        return failure.code or "an error"
    return f"{failure.status}{_MEANINGS.get(failure.status, '')}"
