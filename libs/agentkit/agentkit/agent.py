"""Declare an agent: a name, its handlers, and the service that runs them."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, overload

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import NoStreamResponseError
from pydantic import ValidationError

from agentkit import failpoints, genai, levels, metrics, tracing
from agentkit.artifacts import NatsArtifacts
from agentkit.errors import SettingsError
from agentkit.failing import rejected, unreadable
from agentkit.http import Readiness
from agentkit.inputs import Wanted
from agentkit.journal import NatsJournal
from agentkit.live import NatsLiveFeed
from agentkit.models import Providers, make_providers
from agentkit.nats import NatsOutcomes, connected
from agentkit.provision import AGENT_ACK_WAIT_S
from agentkit.pulling import Requests, Working
from agentkit.service import Service
from agentkit.settings import ModelSettings, Settings
from agentkit.step import Handler, Kit, Task, run_step, task_of
from contracts import subjects
from contracts.calls import Capability, Usage
from contracts.cards import AgentCard, ExpectedCall, TaskCard
from contracts.events import StepFailed, StepOutcome, StepRequested, parse_event

_CAPABILITIES: dict[str, Capability] = {
    "search": "search",
    "image": "image",
    "speech": "speech",
    "embedding": "embedding",
}

OUTCOMES = ("completed", "failed")


@dataclass(frozen=True, slots=True)
class Expect:
    """What a task is expected to buy: `count` calls of the model for `use`, `usage` each."""

    use: str
    usage: Usage
    count: int = 1


class Agent:
    """One agent: `@agent.step` names its handlers, `agent.service` runs them."""

    def __init__(self, name: str, *, settings: type[Settings] = Settings) -> None:
        self.name = name
        self.settings = settings
        self.tasks: dict[str, Task] = {}
        self.expects: dict[str, tuple[Expect, ...]] = {}

    @overload
    def step[H: Handler](self, handler: H) -> H: ...
    @overload
    def step[H: Handler](self, *, expects: Iterable[Expect]) -> Callable[[H], H]: ...
    def step(self, handler: Any = None, *, expects: Iterable[Expect] = ()) -> Any:
        """Register a handler; its name is the task, its annotations say what it takes."""
        if handler is None:
            return partial(self._register, expects=tuple(expects))
        return self._register(handler, expects=tuple(expects))

    def _register[H: Handler](self, handler: H, *, expects: tuple[Expect, ...]) -> H:
        task = task_of(handler)
        self.tasks[task.name] = task
        self.expects[task.name] = expects
        return handler

    async def run(self, request: StepRequested, kit: Kit, *, is_fresh: bool = False) -> StepOutcome:
        """Run one request; an agent with a single handler takes a step of any name.

        One that `is_fresh` has no outcome yet: it is not looked for.
        """
        task = self.tasks.get(request.task)
        if task is None and len(self.tasks) == 1:
            task = next(iter(self.tasks.values()))
        if task is None:
            known = ", ".join(sorted(self.tasks))
            message = f"agent {self.name!r} has no task {request.task!r}: use one of {known}"
            return await kit.outcomes.record(rejected(request, message))
        return await run_step(request, task, kit, is_fresh=is_fresh)

    def card(self, models: ModelSettings, *, simulated: bool) -> AgentCard:
        """Return what the agent says of itself for plans."""
        tasks = tuple(
            TaskCard(
                task=task.name,
                inputs=_kinds(each for each in task.wanted if each.must_be_given),
                optional=_kinds(each for each in task.wanted if not each.must_be_given),
                output=task.output.__name__,
                calls=tuple(_expected(expect, models) for expect in self.expects[task.name]),
            )
            for task in self.tasks.values()
        )
        return AgentCard(agent=self.name, tasks=tasks, simulated=simulated)

    @property
    def service(self) -> Service:
        return Service(self.name, self.settings, self._start)

    @asynccontextmanager
    async def _start(self, settings: Settings) -> AsyncIterator[Readiness]:
        """Connect and work on requests until the block is left, then drain."""
        providers = make_providers(settings)
        self._count_from_zero()
        try:
            async with connected(settings, name=self.name) as connection:
                card = self.card(settings.models, simulated=providers.simulated)
                await _introduce(connection, card)
                await levels.obey(connection, self.name)
                kit = kit_of(connection, providers, settings)
                async with self._requests(connection, kit) as requests:
                    logger.info("agent started", agent=self.name)
                    yield partial(self._missing, connection, requests)
        finally:
            await providers.close()
            logger.info("agent stopped", agent=self.name)

    def _requests(self, connection: Client, kit: Kit) -> Requests:
        async def work(message: Msg) -> None:
            await self._on_request(message, kit, is_fresh=working.is_fresh(message))

        working = Working(connection, work, kit.outcomes.has_ended)
        return Requests(
            connection,
            self.name,
            working,
            workers=kit.settings.workers,
            beat_s=AGENT_ACK_WAIT_S / 3,
            drain_timeout_s=kit.settings.drain_timeout_s,
        )

    def _count_from_zero(self) -> None:
        """Tell of what has not happened yet: the first that does is then seen to have happened."""
        for outcome in OUTCOMES:
            metrics.STEPS.labels(self.name, outcome)
        metrics.STEP_SECONDS.labels(self.name)
        metrics.STEP_WAIT.labels(self.name)

    async def _on_request(self, message: Msg, kit: Kit, *, is_fresh: bool) -> None:
        request = _request_in(message.data)
        if request is None:
            await _refuse(message, kit)
            return
        with (
            logger.contextualize(
                service=self.name,
                agent=self.name,
                run_id=request.run_id,
                step=request.step,
                attempt=request.attempt,
                **_asked_by(request),
            ),
            genai.step_span(request),
        ):
            delivery = message.metadata.num_delivered
            logger.debug("request taken", task=request.task, delivery=delivery)
            await failpoints.reach(f"{self.name}.before", message.subject)
            await self._work_on(request, kit, is_fresh=is_fresh)
            await failpoints.reach(f"{self.name}.recorded", message.subject)
            await message.ack()

    async def _work_on(self, request: StepRequested, kit: Kit, *, is_fresh: bool) -> None:
        """Run a request unless its run has ended, which would have been heard of a fresh one."""
        if not is_fresh and await kit.outcomes.has_ended(request.run_id):
            logger.info("run has ended, its step is not begun")
            return
        outcome = await self.run(request, kit, is_fresh=is_fresh)
        if isinstance(outcome, StepFailed):
            tracing.fail(outcome.error.error)
        logger.info("step ended", outcome=outcome.type, duration_ms=outcome.duration_ms)

    async def _missing(self, connection: Client, requests: Requests) -> list[str]:
        if not connection.is_connected:
            return ["nats is not reachable"]
        if requests.has_ended:
            return [f"agent {self.name!r} takes no requests any more: start it again"]
        durable = subjects.durable_of(self.name)
        try:
            await connection.jetstream().consumer_info(subjects.RUNS, durable, timeout=2)
        except (NatsError, TimeoutError):
            return [f"consumer {durable!r} on {subjects.RUNS} does not answer: run yaa provision"]
        return []


def kit_of(connection: Client, providers: Providers, settings: Settings) -> Kit:
    """Return the production adapters over one connection."""
    artifacts = NatsArtifacts(connection)
    return Kit(
        artifacts=artifacts,
        blobs=artifacts,
        journal=NatsJournal(connection),
        outcomes=NatsOutcomes(connection),
        live=NatsLiveFeed(connection),
        providers=providers,
        settings=settings,
    )


def _asked_by(request: StepRequested) -> dict[str, str]:
    """Return the id of the request that a person made; schedules make runs without one."""
    return {"request_id": request.request_id} if request.request_id else {}


def _request_in(payload: bytes) -> StepRequested | None:
    try:
        event = parse_event(payload)
    except ValidationError:
        return None
    return event if isinstance(event, StepRequested) else None


async def _refuse(message: Msg, kit: Kit) -> None:
    """Fail a step whose request cannot be read: its run would wait for ever."""
    run_id = subjects.run_id_of(message.subject)
    logger.error("request cannot be read", subject=message.subject, run_id=run_id)
    with suppress(ValueError):
        await kit.outcomes.record(unreadable(message.subject))
    await message.term()


async def _introduce(connection: Client, card: AgentCard) -> None:
    try:
        subject = subjects.card_of(card.agent)
        await connection.jetstream().publish(subject, card.model_dump_json().encode())
    except NoStreamResponseError as error:
        raise SettingsError(
            f"the broker has no bucket {subjects.AGENTS_BUCKET!r}: run yaa provision first"
        ) from error
    except (NatsError, TimeoutError) as error:
        raise SettingsError(
            f"the broker does not keep the card of agent {card.agent!r} ({error}): "
            "look at the broker's log, and whether its disk is full"
        ) from error


def _kinds(wanted: Iterable[Wanted]) -> tuple[str, ...]:
    return tuple(each.kind.__name__ for each in wanted)


def _expected(expect: Expect, models: ModelSettings) -> ExpectedCall:
    provider, model = models.of(expect.use)
    return ExpectedCall(
        capability=_CAPABILITIES.get(expect.use, "text"),
        provider=provider,
        model=model,
        usage=expect.usage,
        count=expect.count,
    )
