"""Waits for a broker that is away for a moment; what it answers is never asked twice."""

from collections.abc import Callable, Coroutine
from typing import Any

from nats.errors import (
    BadSubjectError,
    ConnectionClosedError,
    MaxPayloadError,
    NoRespondersError,
    OutboundBufferLimitError,
)
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NoStreamResponseError, ServiceUnavailableError
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_exponential

PATIENCE_S = 20.0

_AWAY = (
    TimeoutError,
    NoRespondersError,
    NoStreamResponseError,
    OutboundBufferLimitError,
    ServiceUnavailableError,
)
_FINAL = (ConnectionClosedError, MaxPayloadError, BadSubjectError)


def is_transient(error: BaseException) -> bool:
    """Tell whether the broker may take the same message a moment later."""
    if isinstance(error, APIError):
        return isinstance(error, ServiceUnavailableError)
    return isinstance(error, NatsError | TimeoutError) and not isinstance(error, _FINAL)


def survives_outage[**P, R](
    request: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Repeat a request that may be repeated while the broker does not answer it.

    nats-py repeats nothing, and the first request after a reconnect often gets no answer.
    """
    again = retry(
        retry=retry_if_exception_type(_AWAY),
        wait=wait_exponential(0.1, max=2),
        stop=stop_after_delay(PATIENCE_S),
        reraise=True,
    )
    return again(request)
