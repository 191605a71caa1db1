"""What waits at the broker and how much it keeps, as it is when somebody asks for the metrics."""

import asyncio
from collections.abc import Mapping
from math import nan

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerInfo
from nats.js.errors import Error as JetStreamError
from prometheus_client import Gauge

from agentkit import metrics
from contracts import subjects

PIPELINE = "pipeline"
ANSWER_S = 1.0
READ = (subjects.RUNS, subjects.CALLS, subjects.TIMERS, subjects.DEAD)
"""The streams that are read through durables."""


class Depths:
    """Gauges of the broker's own counts, which are the same whichever replica asks for them."""

    def __init__(self, connection: Client) -> None:
        self._js = connection.jetstream()

    async def measure(self) -> None:
        """Bring the gauges up to date; what cannot be known now is not told, or not a number."""
        try:
            async with asyncio.timeout(ANSWER_S):
                streams, found = await asyncio.gather(
                    self._js.streams_info(), asyncio.gather(*map(self._js.consumers_info, READ))
                )
        except (NatsError, JetStreamError, TimeoutError):
            _tell_nothing()
            return
        kept = {info.config.name or "": info.state for info in streams}
        tell(metrics.STREAM_MESSAGES, {name: state.messages for name, state in kept.items()})
        tell(metrics.STREAM_BYTES, {name: state.bytes for name, state in kept.items()})
        readers = {info.config.durable_name: info for of_stream in found for info in of_stream}
        turns = kept[subjects.QUEUE].messages
        _tell_readers({name: info for name, info in readers.items() if name}, turns)


def tell(gauge: Gauge, values: Mapping[str, float]) -> None:
    """Let a gauge tell `values` and no others; nobody reads it in between."""
    gauge.clear()
    for name, value in values.items():
        gauge.labels(name).set(value)


def _tell_nothing() -> None:
    for gauge in (metrics.STREAM_MESSAGES, metrics.STREAM_BYTES):
        gauge.clear()
    for gauge in (metrics.CONSUMER_PENDING, metrics.CONSUMER_UNACKNOWLEDGED, metrics.STEPS_WAITING):
        gauge.clear()
    tell(metrics.QUEUE_DEPTH, dict.fromkeys((PIPELINE, subjects.PROJECTOR), nan))


def _tell_readers(readers: Mapping[str, ConsumerInfo], turns: int) -> None:
    pending = {name: info.num_pending or 0 for name, info in readers.items()}
    waiting = {agent: n for name, n in pending.items() if (agent := subjects.agent_of(name))}
    to_be_decided = pending.get(subjects.ORCHESTRATOR, 0)
    depths = {
        PIPELINE: to_be_decided + sum(waiting.values()) + turns,
        subjects.PROJECTOR: pending.get(subjects.PROJECTOR, 0),
    }
    in_hand = {name: info.num_ack_pending or 0 for name, info in readers.items()}
    tell(metrics.CONSUMER_PENDING, pending)
    tell(metrics.CONSUMER_UNACKNOWLEDGED, in_hand)
    tell(metrics.STEPS_WAITING, waiting)
    tell(metrics.QUEUE_DEPTH, depths)
