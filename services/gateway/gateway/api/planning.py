"""What a run would do and cost, from what the agents say of themselves and current prices."""

from collections.abc import Iterator, Sequence

from nats.aio.client import Client
from nats.errors import Error as NatsError
from pydantic import ValidationError

from contracts import subjects
from contracts.cards import AgentCard, ExpectedCall, Quote, QuoteRequest
from contracts.pipeline import Pipeline, StepSpec
from gateway.agents import cards_of
from gateway.api.money import usd
from gateway.api.views import Plan, PlannedCall, PlannedStep

QUOTE_TIMEOUT_S = 2

type Prices = Iterator[int | None]


async def plan_of(connection: Client, topic: str, channel_id: str, pipeline: Pipeline) -> Plan:
    """Return the plan of a run; starts nothing and costs nothing."""
    cards = await cards_of(connection, {spec.agent for spec in pipeline.steps})
    calls = [_calls(cards.get(spec.agent), spec) for spec in pipeline.steps]
    prices = await _quote(connection, [call for of_step in calls for call in of_step])
    remaining = iter(prices or [None] * sum(map(len, calls)))
    steps = [
        _step(spec, of_step, remaining, known=spec.agent in cards)
        for spec, of_step in zip(pipeline.steps, calls, strict=True)
    ]
    return Plan(
        pipeline=pipeline.pipeline,
        channel_id=channel_id,
        topic=topic,
        simulated=any(card.simulated for card in cards.values()),
        steps=tuple(steps),
        cost_usd=_sum(step.cost_usd for step in steps),
        unpriced=() if prices is None else _unpriced(steps),
    )


def _calls(card: AgentCard | None, spec: StepSpec) -> Sequence[ExpectedCall]:
    tasks = () if card is None else card.tasks
    return next((task.calls for task in tasks if task.task == spec.task), ())


async def _quote(connection: Client, calls: Sequence[ExpectedCall]) -> Sequence[int | None] | None:
    """Return one price a call in micro-USD; None when nobody answers."""
    if not calls:
        return []
    request = QuoteRequest(calls=tuple(calls)).model_dump_json().encode()
    try:
        answer = await connection.request(subjects.QUOTES, request, timeout=QUOTE_TIMEOUT_S)
        prices = Quote.model_validate_json(answer.data).costs_usd_micro
    except (NatsError, TimeoutError, ValidationError):
        return None
    return prices if len(prices) == len(calls) else None


def _step(
    spec: StepSpec, calls: Sequence[ExpectedCall], prices: Prices, *, known: bool
) -> PlannedStep:
    planned = tuple(
        PlannedCall(
            capability=call.capability,
            provider=call.provider,
            model=call.model,
            count=call.count,
            cost_usd=usd(next(prices)),
        )
        for call in calls
    )
    return PlannedStep(
        step=spec.step,
        agent=spec.agent,
        task=spec.task,
        needs=spec.needs,
        calls=planned,
        cost_usd=_sum(call.cost_usd for call in planned) if known else None,
        agent_known=known,
    )


def _sum(costs: Iterator[float | None]) -> float | None:
    """Add up costs; a sum with an unknown part is unknown."""
    total = 0.0
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return round(total, 6)


def _unpriced(steps: Sequence[PlannedStep]) -> tuple[str, ...]:
    calls = [call for step in steps for call in step.calls if call.cost_usd is None]
    return tuple(dict.fromkeys(f"{call.provider}:{call.model}" for call in calls))
