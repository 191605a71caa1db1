"""Requests over HTTP, and what becomes of them."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

import httpx2

from notifier.targets.target import NotDeliveredError, shown

TIMEOUT_S = 10.0
READ_BYTES = 16_384


@asynccontextmanager
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client that follows nobody elsewhere: what is sent is for one address only."""
    async with httpx2.AsyncClient(
        timeout=TIMEOUT_S, follow_redirects=False, headers={"Accept-Encoding": "identity"}
    ) as http:
        yield http


class Address:
    """Somewhere that JSON can be posted to. `secret` is whatever else nobody may be shown."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        who: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        secret: str = "",
    ) -> None:
        self._http = http
        self._who = who
        self._url = url
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self._secrets = (url, secret, *_parts_of(url))

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
        """Post JSON and return the beginning of a good answer.

        Raises:
            NotDeliveredError: there was none in time, or another one.
        """
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                self._http.stream(
                    "POST", self._url, content=body, headers=self._headers | dict(headers or {})
                ) as answer,
            ):
                said = await _beginning(answer)
        except TimeoutError:
            raise NotDeliveredError(f"{self._who} did not answer in {TIMEOUT_S:.0f} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            # not its text, in which the address may stand
            raise NotDeliveredError(
                f"{self._who} cannot be reached ({type(error).__name__})"
            ) from None
        if not answer.is_success:
            raise NotDeliveredError(
                f"{self._who} answered {answer.status_code}: {self.shown(said)}",
                retry_after_s=_seconds(answer.headers.get("Retry-After", "")),
            )
        return said

    def shown(self, said: bytes) -> str:
        return shown(said.decode(errors="replace"), self._secrets)


async def _beginning(answer: httpx2.Response) -> bytes:
    said = b""
    async for part in answer.aiter_raw():
        said += part
        if len(said) >= READ_BYTES:
            break
    return said


def _parts_of(url: str) -> list[str]:
    """Return what an answer may repeat of an address: it is as good as a password."""
    _, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    login = host.rpartition("@")[0]
    parts = [login, *login.split(":"), slash + path, *re.split(r"[/?&=]", path)]
    return [*parts, *map(unquote, parts)]


def _seconds(said: str) -> float:
    """Return how long somebody wants to be left alone, who says so in seconds or until when."""
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
