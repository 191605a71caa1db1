"""Signed addresses of files: a browser's `<video>` can send no key."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from asyncpg import Pool, PostgresError

from contracts.artifacts import BlobRef
from gateway import database, key_store

DAY_S = 86_400
RETRY_S = 1.0
NAME_MAX_CHARS = 200
"""Of a longer name an address has the end, which tells what kind of file it is."""

type Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Makes and checks addresses. One is good for a day at least and stays the same for a day."""

    secret: bytes = field(repr=False)
    clock: Clock = time.time

    def of(self, blob: BlobRef) -> str:
        expires = (int(self.clock()) // DAY_S + 2) * DAY_S
        name = blob.name[-NAME_MAX_CHARS:]
        signature = self._signature(blob.sha256, name, expires)
        query = {"name": name, "expires": expires, "signature": signature}
        return f"/api/v1/artifacts/{blob.sha256}?{urlencode(query, quote_via=quote, safe='')}"

    def is_signed(self, sha256: str, name: str, expires: int, signature: str) -> bool:
        """Tell whether an address was made here and has not expired."""
        made_here = hmac.compare_digest(
            self._signature(sha256, name, expires).encode(), signature.encode()
        )
        return made_here and self.clock() < expires

    def _signature(self, sha256: str, name: str, expires: int) -> str:
        message = f"{sha256}\n{expires}\n{name}".encode(errors="surrogatepass")
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


class Signer:
    """Has the secret of all gateways on one database. Enter it, so that it is known early.

    Else a gateway that had signed nothing yet could show no run while the database is away.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._addresses: Addresses | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._learn(), name="signer")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _learn(self) -> None:
        while self._addresses is None:
            try:
                await self.addresses()
            except (*database.AWAY, TimeoutError, PostgresError):
                await asyncio.sleep(RETRY_S)

    async def addresses(self) -> Addresses:
        if self._addresses is None:
            self._addresses = Addresses(await key_store.signing_secret(self._pool))
        return self._addresses
