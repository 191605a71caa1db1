"""What a run would do and cost, from what the agents say of themselves and current prices."""

from collections.abc import Iterator, Sequence

from nats.aio.client import Client

from agentkit.cards import cards_of
from agentkit.quotes import calls_of, quote
from contracts.cards import ExpectedCall
from contracts.pipeline import Pipeline, StepSpec
from gateway.api.money import usd
from gateway.api.views import Plan, PlannedCall, PlannedStep

type Prices = Iterator[int | None]


async def plan_of(connection: Client, topic: str, channel_id: str, pipeline: Pipeline) -> Plan:
    """Return the plan of a run; starts nothing and costs nothing."""
    cards = await cards_of(connection, {spec.agent for spec in pipeline.steps})
    calls = [calls_of(cards.get(spec.agent), spec.task) for spec in pipeline.steps]
    prices = await quote(connection, [call for of_step in calls for call in of_step])
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
