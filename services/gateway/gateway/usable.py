"""Whether a run could ever come to its end: refused before anything is recorded, or never."""

from collections.abc import Mapping

from nats.aio.client import Client

from agentkit import cards
from contracts.artifacts import Revision
from contracts.cards import AgentCard, TaskCard
from contracts.pipeline import Pipeline, StepSpec
from gateway.intake import OrderError, RunOrder
from gateway.kit import Kit

type Cards = Mapping[str, AgentCard]


class UnknownAgentError(OrderError):
    kind = "unknown-agent"


class UnknownTaskError(OrderError):
    kind = "unknown-task"


class NothingToReviewError(OrderError):
    kind = "nothing-to-review"


class NoRevisionError(OrderError):
    kind = "revision-not-taken"


async def refuse_unusable(kit: Kit, order: RunOrder, pipeline: Pipeline) -> None:
    """Refuse a run that nobody could bring to its end.

    Raises:
        OrderError: an agent has never been here, has no such task or takes no revision that a
            person may ask of it.
        TimeoutError, nats.errors.Error: the broker does not answer.
    """
    _refuse_unreviewed(order, pipeline)
    agents = {spec.agent for spec in pipeline.steps}
    try:
        await _refuse_unfit(kit, pipeline, await kit.cards.of(kit.connection, agents))
    except OrderError:  # nobody is refused for what was so a moment ago
        await _refuse_unfit(kit, pipeline, await kit.cards.anew(kit.connection, agents))


async def _refuse_unfit(kit: Kit, pipeline: Pipeline, known: Cards) -> None:
    for spec in pipeline.steps:
        if spec.agent not in known:
            raise await _unknown_agent(kit.connection, pipeline, spec)
        _refuse_unknown_task(spec, known[spec.agent])
    for spec in pipeline.steps:
        if spec.approval is not None and spec.approval.revise is not None:
            _refuse_revision(spec, pipeline.step(spec.approval.revise), known)


def _refuse_unreviewed(order: RunOrder, pipeline: Pipeline) -> None:
    """Refuse to go on without the person who wants to be asked."""
    if order.review and not pipeline.asks_a_person:
        raise NothingToReviewError(
            f"no step of pipeline {pipeline.pipeline!r} asks a person, so nothing can be reviewed: "
            "leave out review, or give a step an approval with risk high"
        )


async def _unknown_agent(
    connection: Client, pipeline: Pipeline, spec: StepSpec
) -> UnknownAgentError:
    there = ", ".join(await cards.names(connection))
    return UnknownAgentError(
        f"pipeline {pipeline.pipeline!r} gives step {spec.step!r} to agent {spec.agent!r}, which "
        f"has never been started here: start it, or name one that has ({there or 'none yet'})"
    )


def _refuse_unknown_task(spec: StepSpec, card: AgentCard) -> None:
    if card.tasks and _task_of(card, spec.task) is None:
        there = ", ".join(task.task for task in card.tasks)
        raise UnknownTaskError(
            f"step {spec.step!r} asks agent {spec.agent!r} for task {spec.task!r}, which it does "
            f"not have: name one of {there} in task"
        )


def _refuse_revision(asking: StepSpec, revised: StepSpec, known: Cards) -> None:
    task = _task_of(known[revised.agent], revised.task)
    if task is not None and Revision.__name__ not in (*task.inputs, *task.optional):
        raise NoRevisionError(
            f"the approval of step {asking.step!r} may send step {revised.step!r} back, but task "
            f"{task.task!r} of agent {revised.agent!r} takes no Revision: let its handler take "
            "one, or name another step in revise"
        )


def _task_of(card: AgentCard, name: str) -> TaskCard | None:
    """Return the task that a request is for; an agent with one task takes a step of any name."""
    if len(card.tasks) == 1:
        return card.tasks[0]
    return next((task for task in card.tasks if task.task == name), None)
