"""Requests over HTTP, and what becomes of them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2

from agentkit.redaction import redacted
from notifier.targets.target import NotDeliveredError

TIMEOUT_S = 10.0
SHOWN_CHARS = 200


@asynccontextmanager
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client that follows nobody elsewhere: what is sent is for one address only."""
    async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as http:
        yield http


async def post(
    http: httpx2.AsyncClient,
    who: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
) -> httpx2.Response:
    """Post JSON and return a good answer.

    Raises:
        NotDeliveredError: there was none, or another one.
    """
    try:
        answer = await http.post(
            url, content=body, headers={"Content-Type": "application/json", **headers}
        )
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        # not its text, in which the address may stand
        raise NotDeliveredError(f"{who} cannot be reached ({type(error).__name__})") from None
    if not answer.is_success:
        said = redacted(" ".join(answer.text.split()))[:SHOWN_CHARS]
        raise NotDeliveredError(
            f"{who} answered {answer.status_code}: {said or 'nothing more'}",
            retry_after_s=_seconds(answer.headers.get("Retry-After", "")),
        )
    return answer


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0
