"""A log of a great many finished runs of six steps, written as fast as a broker takes it.

Each run is told by the fourteen events that the engine leaves of it: its request with the whole
pipeline, the request and the outcome of each step, and its end. Payloads are as small as they may
be: fields with their usual value are left out, and a step makes one word. Runs differ in id and
time.
"""

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import engine_agent
import engine_load
from engine_agent import Page
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from agentkit.provision import durables, provision
from agentkit.wire import Connection
from contracts import subjects
from contracts.events import RunCompleted, RunEvent, StepCompleted, StepRequested
from contracts.references import inline_ref

RUN_ID = "00000000-0000-7000-8000-000000000000"
T0 = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = f"{T0:%Y-%m-%dT%H:%M}"
BATCH_RUNS = 64
"""An atomic batch has at most a thousand messages."""
BATCHES_AT_ONCE = 4
COMMIT_TIMEOUT_S = 120


def told() -> list[RunEvent]:
    """Return what the log has of one run when it has ended."""
    asked = engine_load.requests(1)[0].model_copy(update={"run_id": RUN_ID, "at": T0})
    output = inline_ref(Page(text="word"))
    events: list[RunEvent] = [asked]
    for spec in asked.pipeline.steps:
        place: dict[str, Any] = {"run_id": RUN_ID, "at": T0, "step": spec.step, "attempt": 1}
        place["agent"] = spec.agent
        events.append(StepRequested(**place, task=spec.task, inputs={}, timeout_s=spec.timeout_s))
        events.append(StepCompleted(**place, output=output, duration_ms=1, simulated=True))
    return [*events, RunCompleted(run_id=RUN_ID, at=T0, outputs={})]


EVENTS = len(told())


def values_of(number: int) -> dict[bytes, bytes]:
    """Return what is a run's own: its id, which as in production grows with time, and its time."""
    at = T0 + timedelta(seconds=10 * number)
    at_ms = int(at.timestamp() * 1000)
    head, tail = b"%08x-%04x" % (at_ms >> 16, at_ms & 0xFFFF), b"%012x" % number
    return {
        b"head": head,
        b"tail": tail,
        b"run": head + b"-7000-8000-" + tail,
        b"minute": f"{at:%Y-%m-%dT%H:%M}".encode(),
    }


def lines() -> list[tuple[str, bytes]]:
    """Return subject and payload of each event of a run."""
    return [
        (
            subjects.of_event(event),
            json.dumps(
                {"type": event.type, **event.model_dump(mode="json", exclude_defaults=True)},
                separators=(",", ":"),
            ).encode(),
        )
        for event in told()
    ]


async def fill(connection: Connection, runs: int) -> None:
    """Give an empty broker a history of `runs` finished runs, with every reader at its end."""
    js = connection.jetstream(timeout=COMMIT_TIMEOUT_S)
    with suppress(NotFoundError):
        for name in (each.durable_name or "" for each in _readers()):
            await js.delete_consumer(subjects.RUNS, name)
    await provision(connection, [])
    if (written := await _written(js)) < runs:
        await _write_all(connection, range(written, runs, BATCH_RUNS))
    for consumer in _readers():
        await _put_at_the_end(js, consumer)


def _readers() -> list[ConsumerConfig]:
    every = durables([engine_agent.NAME])
    return [consumer for stream, consumer in every if stream == subjects.RUNS]


async def _written(js: JetStreamContext) -> int:
    """Return the first run that was not begun to be written; another writing goes on there."""
    last = (await js.stream_info(subjects.RUNS)).state.last_seq
    if not last:
        return 0
    subject = (await js.get_msg(subjects.RUNS, last)).subject or ""
    return int(subjects.run_id_of(subject).rpartition("-")[2], 16) + BATCHES_AT_ONCE * BATCH_RUNS


async def _put_at_the_end(js: JetStreamContext, consumer: ConsumerConfig) -> None:
    """Make a durable as it is when it has read all there is."""
    with suppress(NotFoundError):
        await js.delete_consumer(subjects.RUNS, consumer.durable_name or "")
    last = (await js.stream_info(subjects.RUNS)).state.last_seq
    await js.add_consumer(
        subjects.RUNS,
        consumer.evolve(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=last + 1),
    )


async def _write_all(connection: Connection, starts: Iterable[int]) -> None:
    run, left = _commands(), iter(starts)

    async def work() -> None:
        for start in left:
            await _write(connection, run, range(start, start + BATCH_RUNS))

    await asyncio.gather(*(work() for _ in range(BATCHES_AT_ONCE)))


def _commands() -> bytes:
    """Return a run in the protocol of the broker, with places for what differs between runs.

    The client library takes ten times as long to write it.
    """
    written = b""
    for number, (subject, payload) in enumerate(lines()):
        head = f"NATS/1.0\r\nNats-Batch-Id: %(batch)s\r\nNats-Batch-Sequence: %(n{number})s\r\n\r\n"
        length = len(head % {"batch": "0" * 32, f"n{number}": "0" * 4})
        sizes = f"{length} {length + len(payload)}"
        body = f"HPUB {subject} {sizes}\r\n{head}{payload.decode()}\r\n"
        written += body.replace(RUN_ID, "%(run)s").replace(MINUTE, "%(minute)s").encode()
    return written


async def _write(connection: Connection, run: bytes, numbers: Iterable[int]) -> None:
    """Write some runs as one atomic batch, which a last message commits without being in it."""
    batch, sequence = uuid4().hex.encode(), 0
    for number in numbers:
        values = {b"n%d" % n: b"%04d" % (sequence + n + 1) for n in range(EVENTS)}
        values |= {b"batch": batch, **values_of(number)}
        connection._pending.append(run % values)  # noqa: SLF001 -- its own way is the slow one
        sequence += EVENTS
    await connection._flush_pending()  # noqa: SLF001 -- the same
    headers = {"Nats-Batch-Id": batch.decode(), "Nats-Batch-Sequence": f"{sequence + 1:04d}"}
    answer = await connection.request(
        "run.none.requested",
        b"",
        timeout=COMMIT_TIMEOUT_S,
        headers={**headers, "Nats-Batch-Commit": "eob"},
    )
    if b'"error"' in answer.data:
        raise SystemExit(f"the broker refused a batch: {answer.data.decode()}")
