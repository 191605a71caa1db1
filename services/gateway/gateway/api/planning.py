"""What a run would do and cost, from what the agents say of themselves and current prices."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from asyncpg import Pool
from nats.aio.client import Client

from agentkit.cards import cards_of
from agentkit.quotes import calls_of, quote
from contracts.artifacts import Brief
from contracts.cards import AgentCard, ExpectedCall
from contracts.expressions import ConditionError, is_true, reads
from contracts.pipeline import Pipeline, StepSpec
from gateway.api.money import usd
from gateway.api.views import Plan, PlannedApproval, PlannedCall, PlannedStep
from gateway.experience import Task, medians_s

type Prices = Iterator[int | None]


async def plan_of(connection: Client, pool: Pool, brief: Brief, pipeline: Pipeline) -> Plan:
    """Return the plan of a run; starts nothing and costs nothing."""
    cards = await cards_of(connection, {spec.agent for spec in pipeline.steps})
    calls = [calls_of(cards.get(spec.agent), spec.task) for spec in pipeline.steps]
    prices = await quote(connection, [call for of_step in calls for call in of_step])
    remaining = iter(prices or [None] * sum(map(len, calls)))
    took_s = await medians_s(pool, [_task_of(spec, cards) for spec in pipeline.steps])
    steps = [
        _step(spec, of_step, remaining, brief=brief, known=spec.agent in cards).model_copy(
            update={"expected_s": took_s.get((spec.agent, spec.task))}
        )
        for spec, of_step in zip(pipeline.steps, calls, strict=True)
    ]
    return Plan(
        pipeline=pipeline.pipeline,
        channel_id=brief.channel_id,
        topic=brief.topic,
        simulated=any(card.simulated for card in cards.values()),
        steps=tuple(steps),
        cost_usd=_sum(step.cost_usd for step in steps),
        expected_s=_longest_s(steps),
        unpriced=() if prices is None else _unpriced(steps),
    )


def _task_of(spec: StepSpec, cards: Mapping[str, AgentCard]) -> Task:
    card = cards.get(spec.agent)
    return Task(spec.agent, spec.task, simulated=card is not None and card.simulated)


def _longest_s(steps: Sequence[PlannedStep]) -> float | None:
    """Return how long the longest way through the steps takes; None when a part is unknown."""
    by_name = {step.step: step for step in steps}
    ends_s = dict[str, float]()
    for name in TopologicalSorter({step.step: step.needs for step in steps}).static_order():
        step = by_name[name]
        if step.expected_s is None:
            return None
        ends_s[name] = step.expected_s + max((ends_s[need] for need in step.needs), default=0)
    return round(max(ends_s.values()), 3)


def _step(
    spec: StepSpec, calls: Sequence[ExpectedCall], prices: Prices, *, brief: Brief, known: bool
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
        approval=_approval(spec, brief),
    )


def _approval(spec: StepSpec, brief: Brief) -> PlannedApproval | None:
    policy = spec.approval
    if policy is None or policy.risk == "low":
        return None
    asks = True if policy.when is None else _is_true(policy.when, spec, brief)
    return PlannedApproval(risk=policy.risk, when=policy.when, asks=asks, revise=policy.revise)


def _is_true(when: str, spec: StepSpec, brief: Brief) -> bool | None:
    """Return what an expression says, None when it is about more than the brief."""
    if not reads(when, spec.needs) <= {"brief"}:
        return None
    try:
        return is_true(when, brief=brief.model_dump(mode="json"), run={}, steps={})
    except ConditionError:
        return None


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
