"""What is measured when somebody asks for the metrics, as nothing here keeps count of it."""

import asyncio
from time import monotonic

from asyncpg import Pool
from nats.aio.client import Client

from gateway.depths import Depths
from gateway.standing import Standing

FRESH_S = 1.0
"""Whoever asks more often is told the same again."""


class Measuring:
    """The gauges of the broker and of the tables, measured for all who ask in the same moment."""

    def __init__(self, connection: Client, pool: Pool) -> None:
        self._depths = Depths(connection)
        self._standing = Standing(connection, pool)
        self._turn = asyncio.Lock()
        self._measured_at = -FRESH_S

    async def measure(self) -> None:
        async with self._turn:
            if monotonic() - self._measured_at < FRESH_S:
                return
            await asyncio.gather(self._depths.measure(), self._standing.measure())
            self._measured_at = monotonic()
