"""What comes in is JSON, small, and comes in time; nothing else gets as far as an endpoint."""

import asyncio
from http import HTTPStatus

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from contracts.base import refuse_deep
from gateway.api.problems import ProblemError

MAX_BYTES = 1024 * 1024
TIMEOUT_S = 10
SHOWN_CHARS = 60
WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


async def whole(request: Request) -> Request:
    """Return a request whose body has been read to its end.

    Raises:
        ProblemError: the body is too large, too slow or no JSON.
    """
    _refuse_large(request.headers)
    if request.method not in WITH_BODY:
        return request
    return Request(request.scope, _again(await _body(request), request.receive))


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise _too_large()
    except (TimeoutError, ClientDisconnect):
        raise ProblemError(
            HTTPStatus.REQUEST_TIMEOUT,
            "request-timeout",
            f"the body did not come within {TIMEOUT_S} seconds: send it faster",
        ) from None
    if body:
        _refuse_other_types(request.headers)
        _refuse_malformed(body)
    return bytes(body)


def _refuse_large(headers: Headers) -> None:
    if int(headers.get("content-length", "0")) > MAX_BYTES:
        raise _too_large()


def _refuse_other_types(headers: Headers) -> None:
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if media_type.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"}:
        given = headers.get("content-type", "")[:SHOWN_CHARS]
        sent = f"as {given!r}" if given else "without a Content-Type"
        raise _unsupported(f"the body is sent {sent}: send application/json")
    encoding = headers.get("content-encoding", "")[:SHOWN_CHARS]
    if encoding:
        raise _unsupported(f"the body is encoded as {encoding!r}: send it as it is")


def _refuse_malformed(body: bytearray) -> None:
    """Refuse what is no JSON: NaN, half a surrogate pair, a hundred levels, another charset."""
    try:
        refuse_deep(orjson.loads(body))
    except ValueError as error:
        told = f"the body is no JSON ({error}): correct it"
        raise ProblemError(HTTPStatus.BAD_REQUEST, "malformed-json", told) from None


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand out the body as one message, then what else comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


def _too_large() -> ProblemError:
    return ProblemError(
        HTTPStatus.CONTENT_TOO_LARGE,
        "content-too-large",
        f"the body has more than {MAX_BYTES} bytes: send less",
    )


def _unsupported(detail: str) -> ProblemError:
    return ProblemError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        detail,
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )
