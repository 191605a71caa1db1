"""How much waits at the broker, as it is when somebody asks for the metrics."""

import asyncio
from math import nan
from time import monotonic

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from agentkit import metrics
from contracts import subjects

PIPELINE = "pipeline"
ANSWER_S = 1.0
FRESH_S = 1.0
"""Whoever asks more often is told the same again."""


class Depths:
    """Gauges of the broker's own counts, which are the same whichever replica asks for them."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self._measured_at = -FRESH_S

    async def measure(self) -> None:
        """Bring the gauges up to date; what cannot be known now is not a number."""
        if monotonic() - self._measured_at < FRESH_S:
            return
        self._measured_at = monotonic()
        metrics.STEPS_WAITING.clear()
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._measure()
        except (NatsError, JetStreamError, TimeoutError):
            for queue in (PIPELINE, subjects.PROJECTOR):
                metrics.QUEUE_DEPTH.labels(queue).set(nan)

    async def _measure(self) -> None:
        js = self._connection.jetstream()
        found = await js.consumers_info(subjects.RUNS)
        turns = (await js.stream_info(subjects.QUEUE)).state.messages
        pending = {info.name: info.num_pending or 0 for info in found}
        waiting = {agent: n for name, n in pending.items() if (agent := subjects.agent_of(name))}
        for agent, n in waiting.items():
            metrics.STEPS_WAITING.labels(agent).set(n)
        to_be_decided = pending.get(subjects.ORCHESTRATOR, 0)
        metrics.QUEUE_DEPTH.labels(PIPELINE).set(to_be_decided + sum(waiting.values()) + turns)
        metrics.QUEUE_DEPTH.labels(subjects.PROJECTOR).set(pending.get(subjects.PROJECTOR, 0))
