"""A bench to run an agent on: the production path over an in-memory world. A pytest plugin."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from agentkit.agent import Agent
    from agentkit.settings import Settings
    from contracts.artifacts import Artifact
    from contracts.events import StepOutcome
    from contracts.live import LiveEvent

T0 = datetime(2026, 1, 1, tzinfo=UTC)


class MemoryOutcomes:
    """The rule of the log: for each attempt the first outcome stands."""

    def __init__(self) -> None:
        self.by_attempt: dict[tuple[str, str, int], StepOutcome] = {}

    async def has_ended(self, run_id: str) -> bool:  # noqa: ARG002 -- runs of a bench never end
        return False

    async def of(self, run_id: str, step: str, attempt: int) -> "StepOutcome | None":
        return self.by_attempt.get((run_id, step, attempt))

    async def record(self, outcome: "StepOutcome") -> "StepOutcome":
        key = (outcome.run_id, outcome.step, outcome.attempt)
        return self.by_attempt.setdefault(key, outcome)


class MemoryLive:
    """Keeps what watchers would have seen."""

    def __init__(self) -> None:
        self.events: list[LiveEvent] = []

    async def send(self, event: "LiveEvent") -> None:
        self.events.append(event)


class Bench:
    """Runs an agent as production does; attempts of one run share the journal."""

    def __init__(self) -> None:
        from agentkit.fakes import FakeProviders, MemoryArtifacts, MemoryJournal  # noqa: PLC0415

        self.artifacts = MemoryArtifacts()
        self.blobs = self.artifacts
        self.journal = MemoryJournal()
        self.outcomes = MemoryOutcomes()
        self.live = MemoryLive()
        self.models: FakeProviders = FakeProviders()

    async def run(  # noqa: PLR0913 -- a test names what it cares about
        self,
        agent: "Agent",
        *inputs: "Artifact",
        task: str = "",
        attempt: int = 1,
        run_id: str = "r1",
        dry_run: bool = False,
        timeout_s: float = 15,
        settings: "Settings | None" = None,
    ) -> "StepOutcome":
        from agentkit.step import Kit  # noqa: PLC0415
        from contracts.events import StepRequested  # noqa: PLC0415

        refs = [await self.artifacts.put_artifact(artifact) for artifact in inputs]
        name = task or next(iter(agent.tasks))
        request = StepRequested(
            run_id=run_id,
            at=T0,
            step=name,
            attempt=attempt,
            agent=agent.name,
            task=name,
            inputs={f"{ref.kind.lower()}-{n}": ref for n, ref in enumerate(refs)},
            timeout_s=timeout_s,
            dry_run=dry_run,
        )
        kit = Kit(
            artifacts=self.artifacts,
            blobs=self.blobs,
            journal=self.journal,
            outcomes=self.outcomes,
            live=self.live,
            providers=self.models,
            settings=settings or agent.settings(),
        )
        return await agent.run(request, kit)

    async def output[A: "Artifact"](self, outcome: "StepOutcome", kind: type[A]) -> A:
        """Return the artifact a completed step produced."""
        if outcome.type != "step.completed":
            raise AssertionError(f"the step failed: {outcome.error.error}: {outcome.error.message}")
        found: A = await self.artifacts.get_artifact(outcome.output, kind)
        return found


async def wait_until(
    condition: Callable[[], bool | Awaitable[bool]], *, timeout_s: float = 10
) -> None:
    """Return when `condition` holds; TimeoutError when it does not in time."""
    async with asyncio.timeout(timeout_s):
        while True:
            holds = condition()
            if await holds if inspect.isawaitable(holds) else holds:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
def bench() -> Bench:
    return Bench()
