"""A bench to run an agent on: the production path over an in-memory world. A pytest plugin."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pydantic import JsonValue

if TYPE_CHECKING:
    from nats.aio.client import Client

    from agentkit.agent import Agent
    from agentkit.settings import Settings
    from contracts.artifacts import Artifact, ArtifactRef, Joined, Revision
    from contracts.events import StepOutcome
    from contracts.live import LiveEvent

T0 = datetime(2026, 1, 1, tzinfo=UTC)


class MemoryOutcomes:
    """The rule of the log: for each attempt the first outcome stands."""

    def __init__(self) -> None:
        self.by_subject: dict[str, StepOutcome] = {}

    async def has_ended(self, run_id: str) -> bool:  # noqa: ARG002 -- runs of a bench never end
        return False

    async def of(self, run_id: str, step: str, attempt: int, agent: str) -> "StepOutcome | None":
        from contracts import subjects  # noqa: PLC0415 -- as above

        return self.by_subject.get(subjects.outcome_of(run_id, step, attempt, agent))

    async def record(self, outcome: "StepOutcome") -> "StepOutcome":
        from contracts import subjects  # noqa: PLC0415 -- as above

        return self.by_subject.setdefault(subjects.of_event(outcome), outcome)


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
        from agentkit.inputs import Lists  # noqa: PLC0415

        self.artifacts = MemoryArtifacts()
        self.blobs = self.artifacts
        self.journal = MemoryJournal()
        self.outcomes = MemoryOutcomes()
        self.live = MemoryLive()
        self.models: FakeProviders = FakeProviders()
        self.lists = Lists()

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
        journal_id: str | None = None,
        items: Sequence[JsonValue] | None = None,
        index: int = 0,
    ) -> "StepOutcome":
        """Run a step; with `items` its instance for the one at `index`."""
        from agentkit.step import Kit  # noqa: PLC0415
        from contracts.artifacts import Items  # noqa: PLC0415
        from contracts.base import instance_of  # noqa: PLC0415
        from contracts.events import StepRequested  # noqa: PLC0415

        refs = [await self.artifacts.put_artifact(artifact) for artifact in inputs]
        given = {_input_name(ref.kind, n): ref for n, ref in enumerate(refs)}
        name = task or next(iter(agent.tasks))
        if items is not None:
            given["item"] = await self.artifacts.put_artifact(Items(values=tuple(items)))
        request = StepRequested(
            run_id=run_id,
            at=T0,
            step=name if items is None else instance_of(name, index),
            attempt=attempt,
            agent=agent.name,
            task=name,
            inputs=given,
            timeout_s=timeout_s,
            dry_run=dry_run,
            journal_id=journal_id,
        )
        kit = Kit(
            artifacts=self.artifacts,
            blobs=self.blobs,
            journal=self.journal,
            outcomes=self.outcomes,
            live=self.live,
            providers=self.models,
            settings=settings or agent.settings(),
            lists=self.lists,
        )
        return await agent.run(request, kit)

    async def joined(self, *outputs: "Artifact | None") -> "Joined":
        """Return the output of a step that ran for each item; None for one that failed."""
        from contracts.artifacts import Joined  # noqa: PLC0415

        return Joined(outputs=tuple([await self._put(each) for each in outputs]))

    async def revision(self, comment: str, previous: "Artifact | None" = None) -> "Revision":
        """Return what a person wants changed in `previous`: an input of the step run again."""
        from contracts.artifacts import Revision  # noqa: PLC0415

        return Revision(comment=comment, round=1, previous=await self._put(previous))

    async def _put(self, artifact: "Artifact | None") -> "ArtifactRef | None":
        return None if artifact is None else await self.artifacts.put_artifact(artifact)

    async def output[A: "Artifact"](self, outcome: "StepOutcome", kind: type[A]) -> A:
        """Return the artifact a completed step produced."""
        if outcome.type != "step.completed":
            raise AssertionError(f"the step failed: {outcome.error.error}: {outcome.error.message}")
        found: A = await self.artifacts.get_artifact(outcome.output, kind)
        return found


def _input_name(kind: str, number: int) -> str:
    return "revision" if kind == "Revision" else f"{kind.lower()}-{number}"


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


async def age_file(connection: "Client", sha256: str, put_at: datetime) -> None:
    """Have a file in the object store as if nobody had put it since a moment."""
    from agentkit.nats import last_on  # noqa: PLC0415 -- as above
    from agentkit.objects import Entry, entry_of  # noqa: PLC0415 -- as above
    from contracts.subjects import ARTIFACTS_BUCKET  # noqa: PLC0415 -- as above

    subject, js = entry_of(ARTIFACTS_BUCKET, sha256), connection.jetstream()
    found = await last_on(connection, f"OBJ_{ARTIFACTS_BUCKET}", subject)
    entry = None if found is None else Entry.parse(found.seq or 0, found.data or b"")
    if entry is None:
        raise LookupError(f"there is no file {sha256}")
    await js.delete_msg(f"OBJ_{ARTIFACTS_BUCKET}", entry.seq)
    await js.publish(subject, replace(entry, put_at=put_at).written(ARTIFACTS_BUCKET))
