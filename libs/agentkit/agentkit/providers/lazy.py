"""Loads a provider's SDK when it is first needed: together they take two seconds and 75 MB."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from agentkit.providers.base import Answer, Request, TextSink

if TYPE_CHECKING:
    from agentkit.providers.patience import Adapter


class Lazy:
    """An adapter that is made on its first call, in a thread: the event loop goes on meanwhile."""

    def __init__(self, make: Callable[[], "Adapter"]) -> None:
        self._make = make
        self._adapter: Adapter | None = None
        self._making = asyncio.Lock()

    async def call(self, request: Request, on_text: TextSink) -> Answer:
        adapter = await self._made()
        return await adapter.call(request, on_text)

    async def close(self) -> None:
        if self._adapter is not None:
            await self._adapter.close()

    async def _made(self) -> "Adapter":
        async with self._making:
            if self._adapter is None:
                self._adapter = await asyncio.to_thread(self._make)
            return self._adapter
