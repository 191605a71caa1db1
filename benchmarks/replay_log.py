"""A log of many runs, written as fast as a broker takes it.

Some runs of each kind are told once with the real events; every other run is one of those with
its own id, time and files put in place of theirs.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched, chain, count, cycle, islice, zip_longest
from uuid import uuid4

from nats.aio.client import Client

from contracts import subjects
from contracts.artifacts import ArtifactRef, BlobRef, Items
from contracts.events import (
    ApprovalDecided,
    ApprovalRequested,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunPaused,
    RunRequested,
    RunResumed,
    StepCompleted,
    StepError,
    StepFailed,
    StepPlanned,
    StepRequested,
)
from contracts.pipeline import Pipeline, StepSpec

type Line = tuple[str, bytes]
"""Subject and payload."""

RUN_ID = "00000000-0000-7000-8000-000000000000"
FILES = "c0ffee00c0ffee00"
T0 = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = T0.strftime("%Y-%m-%dT%H:%M").encode()
SIDE_BY_SIDE = 100
"""So many runs go on at the same time."""
BATCH = 500
BATCHES_AT_ONCE = 4
NAMES = ("research", "script", "seo", "media", "edit", "publish")
AGENTS = ("researcher", "writer", "writer", "media", "media", "publisher")
INSTANCES = 8


def pipeline_of(*, fans_out: bool) -> Pipeline:
    needs: dict[str, tuple[str, ...]] = {"script": ("research",), "seo": ("script",)}
    needs |= {"media": ("script",), "edit": ("media",), "publish": ("edit", "seo")}
    each = {"media": "script.scenes"} if fans_out else {}
    return Pipeline(
        pipeline="video",
        steps=tuple(
            StepSpec(
                step=name,
                agent=agent,
                task=name,
                needs=needs.get(name, ()),
                for_each=each.get(name),
            )
            for name, agent in zip(NAMES, AGENTS, strict=True)
        ),
    )


def ref(kind: str, content: dict[str, object]) -> ArtifactRef:
    return ArtifactRef(kind=kind, sha256=FILES * 4, size_bytes=200, inline=content)


class Told:
    """One run, told event by event."""

    def __init__(self, *, fans_out: bool = False) -> None:
        self.pipeline = pipeline_of(fans_out=fans_out)
        self.lines = list[Line]()
        self._seconds = count()
        brief = ref("Brief", {"topic": "why the sky is blue", "channel_id": "demo"})
        self._add(
            RunRequested, pipeline=self.pipeline, brief=brief, channel_id="demo", topic="the sky"
        )

    def step(self, name: str, attempt: int = 1) -> "Told":
        return self.asks(name, attempt).done(name, attempt)

    def asks(self, name: str, attempt: int = 1) -> "Told":
        inputs = {"brief": ref("Brief", {"topic": "why the sky is blue"})}
        place = {"step": name, "attempt": attempt, "agent": self._agent(name), "timeout_s": 600.0}
        return self._add(StepRequested, **place, task=name.partition(":")[0], inputs=inputs)

    def done(self, name: str, attempt: int = 1) -> "Told":
        output = ref("Anything", {"text": "x" * 120, "file": _blob(name).model_dump()})
        place = {"step": name, "attempt": attempt, "agent": self._agent(name)}
        return self._add(StepCompleted, **place, output=output, duration_ms=700, simulated=True)

    def fails(self, name: str, attempt: int = 1) -> "Told":
        place = {"step": name, "attempt": attempt, "agent": self._agent(name)}
        error = StepError(error="OverloadedError", message="busy", retryable=True, **place)
        return self._add(StepFailed, **place, error=error, duration_ms=300)

    def fan(self, name: str, number: int) -> "Told":
        items = ref("Items", Items(values=tuple(range(number))).model_dump())
        self._add(StepPlanned, step=name, attempt=1, items=items, count=number)
        for index in range(number):
            self.step(f"{name}:{index}")
        return self.done(name)

    def approved(self, name: str) -> "Told":
        place = {"step": name, "round": 1, "digest": FILES * 4}
        asked = {"risk": "high", "agent": self._agent(name), "task": name, "shown": {}}
        expires_at = T0 + timedelta(days=1)
        self._add(ApprovalRequested, **place, **asked, expires_at=expires_at, on_expiry="reject")
        return self._add(ApprovalDecided, **place, decision="approve", decided_by="ann")

    def paused(self) -> "Told":
        self._add(RunPaused, n=1)
        return self._add(RunResumed, n=1)

    def ends(self) -> "Told":
        return self._add(RunCompleted, outputs={})

    def ends_badly(self) -> "Told":
        return self._add(RunFailed, errors=())

    def _agent(self, name: str) -> str:
        return self.pipeline.step(name.partition(":")[0]).agent

    def _add(self, kind: type[RunEvent], **fields: object) -> "Told":
        at = T0 + timedelta(seconds=next(self._seconds))
        event = kind(run_id=RUN_ID, at=at, **fields)
        self.lines.append((subjects.of_event(event), event.model_dump_json().encode()))
        return self


def _blob(name: str) -> BlobRef:
    sha256 = FILES + hashlib.sha256(name.encode()).hexdigest()[16:]
    return BlobRef(sha256=sha256, size_bytes=9, media_type="image/png", name=f"{name}.png")


def kinds() -> list[list[Line]]:
    """Return twenty runs: most of them plain, one or some of every other kind."""
    plain, retried, failed, asked, fanned = Told(), Told(), Told(), Told(), Told(fans_out=True)
    for name in NAMES:
        plain.step(name)
        (retried.asks(name).fails(name) if name == "media" else retried).step(
            name, 2 if name == "media" else 1
        )
        (asked.approved(name) if name == "publish" else asked).step(name)
        fanned.fan(name, INSTANCES) if name == "media" else fanned.step(name)
    failed.step("research").asks("script").fails("script").asks("script", 2).fails("script", 2)
    ended = [plain.ends(), retried.ends(), asked.paused().ends(), fanned.ends()]
    weights = zip([*ended, failed.ends_badly()], (13, 3, 1, 1, 2), strict=True)
    return [told.lines for told, weight in weights for _ in range(weight)]


def lines(events: int) -> Iterator[Line]:
    """Return that many messages at least, of whole runs, many of which go on side by side."""
    runs = (_of_its_own(lines, number) for number, lines in enumerate(cycle(kinds())))
    written = 0
    for group in batched(runs, SIDE_BY_SIDE, strict=False):
        for line in chain.from_iterable(zip_longest(*group)):
            if line is not None:
                yield line
                written += 1
        if written >= events:
            return


def _of_its_own(told: list[Line], number: int) -> list[Line]:
    run_id = str(uuid4())
    files = run_id.replace("-", "")[:16].encode()
    minute = (T0 + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M").encode()
    return [
        (
            subject.replace(RUN_ID, run_id),
            payload.replace(RUN_ID.encode(), run_id.encode())
            .replace(FILES.encode(), files)
            .replace(MINUTE, minute),
        )
        for subject, payload in told
    ]


async def write(connection: Client, events: int) -> int:
    """Write a log of at least that many events; return how many they are."""
    written = 0
    batches = batched(lines(events), BATCH, strict=False)
    while some := list(islice(batches, BATCHES_AT_ONCE)):
        await asyncio.gather(*(_write_batch(connection, batch) for batch in some))
        written += sum(map(len, some))
    return written


async def _write_batch(connection: Client, batch: tuple[Line, ...]) -> None:
    """Write some messages as one atomic batch: all but the last need no answer."""
    batch_id = uuid4().hex
    for number, (subject, payload) in enumerate(batch[:-1], 1):
        headers = {"Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(number)}
        await connection.publish(subject, payload, headers=headers)
    headers = {"Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(len(batch))}
    subject, payload = batch[-1]
    answer = await connection.request(
        subject, payload, timeout=60, headers={**headers, "Nats-Batch-Commit": "1"}
    )
    if b'"error"' in answer.data:
        raise SystemExit(f"the broker refused a batch: {answer.data.decode()}")
