"""Channels as this process found them a second ago at most."""

import time

from asyncpg import Pool

from gateway import store
from gateway.intake import Channel

KEPT_S = 1.0


class KnownChannels:
    """Whoever changes a channel in this process says so; another process learns it a second later.

    A channel that is not there is always looked for.
    """

    def __init__(self) -> None:
        self._known = dict[str, tuple[float, Channel]]()
        self._changes = 0

    async def find(self, pool: Pool, channel_id: str) -> Channel | None:
        now, changes = time.monotonic(), self._changes
        since, channel = self._known.get(channel_id, (-KEPT_S, None))
        if now - since < KEPT_S:
            return channel
        row = await store.find_channel(pool, channel_id)
        if row is None:
            return None
        found = Channel.model_validate(dict(row))
        if changes == self._changes:
            self._known[channel_id] = now, found
        return found

    def forget(self, channel_id: str) -> None:
        """Look for the channel anew; what is being read right now may be old."""
        self._changes += 1
        self._known.pop(channel_id, None)
