"""A broker as the tests of the orchestrator use it, and somebody who plays the agents."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.aio.msg import Msg

from agentkit.artifacts import NatsArtifacts
from agentkit.direct import direct_get
from agentkit.http import Readiness
from agentkit.nats import append, read_run
from agentkit.reader import Reader
from agentkit.testing import wait_until
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.events import (
    RUN_ENDS,
    ApprovalDecided,
    ApprovalRequested,
    RunEvent,
    RunRequested,
    StepCompleted,
    StepError,
    StepFailed,
    StepOutcome,
    StepRequested,
)
from contracts.pipeline import Pipeline, StepSpec
from orchestrator.service import OrchestratorSettings, service

BRIEF = ArtifactRef(
    kind="Brief", sha256="0" * 64, size_bytes=2, inline={"names": ["a", "b", "c"], "review": True}
)
OUTPUT = ArtifactRef(kind="Script", sha256="1" * 64, size_bytes=2, inline={"title": "t"})

type Play = Callable[[StepRequested], StepOutcome | None]


def spec(step: str, *needs: str, **fields: object) -> StepSpec:
    return StepSpec.model_validate({"step": step, "agent": "writer", "needs": needs, **fields})


def completed(asked: StepRequested, output: ArtifactRef = OUTPUT) -> StepCompleted:
    return StepCompleted(
        run_id=asked.run_id,
        at=datetime.now(UTC),
        step=asked.step,
        attempt=asked.attempt,
        agent=asked.agent,
        output=output,
        duration_ms=1,
    )


def failed(asked: StepRequested, *, retryable: bool = True) -> StepFailed:
    error = StepError(
        error="X",
        message="x",
        retryable=retryable,
        step=asked.step,
        attempt=asked.attempt,
        agent=asked.agent,
    )
    return StepFailed(
        run_id=asked.run_id,
        at=datetime.now(UTC),
        step=asked.step,
        attempt=asked.attempt,
        agent=asked.agent,
        error=error,
        duration_ms=1,
    )


def yes(question: ApprovalRequested) -> ApprovalDecided:
    return ApprovalDecided(
        run_id=question.run_id,
        at=datetime.now(UTC),
        step=question.step,
        round=question.round,
        digest=question.digest,
        decision="approve",
        decided_by="kim",
    )


class World:
    """One broker as the tests of the orchestrator use it."""

    def __init__(self, connection: Client) -> None:
        self.connection = connection
        self.js = connection.jetstream()
        self.artifacts = NatsArtifacts(connection)

    def settings(self, **fields: object) -> OrchestratorSettings:
        url = self.connection.connected_url.geturl()
        return OrchestratorSettings.model_validate({"nats_url": url, **fields})

    def replica(self, **fields: object) -> AbstractAsyncContextManager[Readiness]:
        return service.start(self.settings(**fields))

    async def request(self, run_id: str, *specs: StepSpec, **fields: object) -> None:
        known = {"run_id": run_id, "at": datetime.now(UTC), "brief": BRIEF, "channel_id": "demo"}
        pipeline = Pipeline(pipeline="p", steps=specs)
        event = RunRequested.model_validate({**known, "topic": "t", "pipeline": pipeline, **fields})
        assert await append(self.js, event)

    async def events(self, run_id: str = "r1") -> list[RunEvent]:
        return [event for _, event in await read_run(self.connection, run_id)]

    async def types(self, run_id: str = "r1") -> list[str]:
        return [event.type for event in await self.events(run_id)]

    async def has(self, kind: type[RunEvent], run_id: str = "r1") -> bool:
        return any(isinstance(event, kind) for event in await self.events(run_id))

    async def has_ended(self, run_id: str = "r1") -> bool:
        return bool(await direct_get(self.connection, subjects.RUNS, subjects.ends_of(run_id)))

    async def end_of(self, run_id: str = "r1", *, timeout_s: float = 10) -> RunEvent:
        """Return how the run ended, as soon as it has."""
        await wait_until(lambda: self.has_ended(run_id), timeout_s=timeout_s)
        (end,) = [each for each in await self.events(run_id) if isinstance(each, RUN_ENDS)]
        return end

    async def messages(self, stream: str) -> int:
        return (await self.js.stream_info(stream)).state.messages

    async def is_handled(self) -> bool:
        info = await self.js.consumer_info(subjects.RUNS, subjects.ORCHESTRATOR)
        return (info.num_pending, info.num_ack_pending) == (0, 0)

    @asynccontextmanager
    async def agent(self, play: Play = completed) -> AsyncIterator[None]:
        """Let somebody answer the requests of the agent `writer`; those with None never."""

        async def answer(batch: Sequence[Msg]) -> None:
            asked = [StepRequested.model_validate_json(message.data) for message in batch]
            outcomes = [outcome for outcome in map(play, asked) if outcome is not None]
            await asyncio.gather(*(append(self.js, outcome) for outcome in outcomes))

        durable = subjects.durable_of("writer")
        async with Reader(self.connection, stream=subjects.RUNS, durable=durable, handle=answer):
            yield
