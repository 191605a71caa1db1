"""Declare an agent: a name, its handlers, and the service that runs them."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from logging import getLogger
from typing import Any, overload

from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.annotations import NatsMessage
from faststream.nats.security import NatsNKey
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
from agentkit.heartbeat import heartbeat
from agentkit.http import Readiness
from agentkit.inputs import Wanted
from agentkit.journal import NatsJournal
from agentkit.keys import key_file
from agentkit.live import NatsLiveFeed
from agentkit.models import Providers, make_providers
from agentkit.nats import PING_S, NatsOutcomes, log_error
from agentkit.provision import AGENT_ACK_WAIT_S
from agentkit.pulling import FETCH_S, Working, obey, pace, stop
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
LOOK_S = 5.0
"""How often it is looked whether a run has ended that is worked on."""


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

    async def run(self, request: StepRequested, kit: Kit) -> StepOutcome:
        """Run one request; an agent with a single handler takes a step of any name."""
        task = self.tasks.get(request.task)
        if task is None and len(self.tasks) == 1:
            task = next(iter(self.tasks.values()))
        if task is None:
            known = ", ".join(sorted(self.tasks))
            message = f"agent {self.name!r} has no task {request.task!r}: use one of {known}"
            return await kit.outcomes.record(rejected(request, message))
        return await run_step(request, task, kit)

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
        providers, key = make_providers(settings), key_file(settings, self.name)
        broker = NatsBroker(
            settings.nats_servers,
            name=self.name,
            security=None if key is None else NatsNKey.from_file(key),
            inbox_prefix=subjects.inbox_of(self.name),
            error_cb=log_error,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,  # type: ignore[arg-type]  # nats-py takes fractions
            ping_interval=PING_S,
            graceful_timeout=settings.drain_timeout_s,
            logger=getLogger("agentkit.broker"),
        )
        app = FastStream(broker, logger=getLogger("agentkit.broker"))
        connection = await broker.connect()
        working = Working()
        self._count_from_zero()
        self._subscribe(broker, kit_of(connection, providers, settings), settings, working)
        try:
            await _introduce(connection, self.card(settings.models, simulated=providers.simulated))
            await obey(connection, working)
            await levels.obey(connection, self.name)
            await app.start()
            pace(broker.subscribers, connection)
            logger.info("agent started", agent=self.name)
            yield partial(self._missing, connection)
        finally:
            await stop(app, broker, connection, working)
            await providers.close()
            logger.info("agent stopped", agent=self.name)

    def _count_from_zero(self) -> None:
        """Tell of what has not happened yet: the first that does is then seen to have happened."""
        for outcome in OUTCOMES:
            metrics.STEPS.labels(self.name, outcome)
        metrics.STEP_SECONDS.labels(self.name)
        metrics.STEP_WAIT.labels(self.name)

    def _subscribe(
        self, broker: NatsBroker, kit: Kit, settings: Settings, working: Working
    ) -> None:
        """Subscribe `workers` times, one request at a time each.

        FastStream's own `max_workers` fetches one request more than it works on; that one
        would wait without a heartbeat and be delivered again to somebody else.
        """

        async def on_request(message: NatsMessage) -> None:
            work = partial(self._on_request, message, kit, working)
            await working.on(message.raw_message, work)

        for _ in range(settings.workers):
            broker.subscriber(
                subjects.requests_to(self.name),
                stream=JStream(subjects.RUNS, declare=False),
                durable=subjects.durable_of(self.name),
                pull_sub=PullSub(batch_size=1, timeout=FETCH_S),
                ack_policy=AckPolicy.MANUAL,
                inbox_prefix=f"{subjects.inbox_of(self.name)}.".encode(),
                title=self.name,
            )(on_request)

    async def _on_request(self, message: NatsMessage, kit: Kit, working: Working) -> None:
        request = _request_in(message.body)
        if request is None:
            await _refuse(message.raw_message, kit)
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
            delivery = message.raw_message.metadata.num_delivered
            logger.debug("request taken", task=request.task, delivery=delivery)
            look = partial(_look, request.run_id, kit, working)
            async with (
                heartbeat(message.raw_message.in_progress, every_s=AGENT_ACK_WAIT_S / 3),
                heartbeat(look, every_s=LOOK_S),
            ):
                await failpoints.reach(f"{self.name}.before", message.raw_message.subject)
                await self._work_on(request, kit)
                await failpoints.reach(f"{self.name}.recorded", message.raw_message.subject)
            await message.raw_message.ack()

    async def _work_on(self, request: StepRequested, kit: Kit) -> None:
        """Run a request unless its run has ended, which is looked up after it can be told."""
        if await kit.outcomes.has_ended(request.run_id):
            logger.info("run has ended, its step is not begun")
            return
        outcome = await self.run(request, kit)
        if isinstance(outcome, StepFailed):
            tracing.fail(outcome.error.error)
        logger.info("step ended", outcome=outcome.type, duration_ms=outcome.duration_ms)

    async def _missing(self, connection: Client) -> list[str]:
        if not connection.is_connected:
            return ["nats is not reachable"]
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


async def _look(run_id: str, kit: Kit, working: Working) -> None:
    """Stop the work on a run that has ended: what tells so may not have been heard."""
    if await kit.outcomes.has_ended(run_id):
        working.drop(run_id)


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
