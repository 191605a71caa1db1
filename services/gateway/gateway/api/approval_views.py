"""What the API says about approvals."""

from collections.abc import Mapping
from typing import Self

from asyncpg import Record
from pydantic import AwareDatetime, BaseModel

from contracts.base import Name
from gateway.api.money import usd
from gateway.api.shown import ShownView
from gateway.api.step_views import ApprovalSummary
from gateway.api.views import Result
from gateway.deciding import rounds_of
from gateway.state import ApprovalState, RunState


class ApprovalItem(ApprovalSummary):
    """A question with the run that asks it."""

    run_id: str
    topic: str
    channel_id: str
    pipeline: str
    requested_by: str
    simulated: bool
    digest: str
    dry_run: bool
    expected_cost_usd: float | None
    requester_may_approve: bool
    revise: Name | None

    @classmethod
    def of_row(cls, row: Record) -> Self:
        cost = usd(row["expected_cost_usd_micro"])
        return cls.model_validate({**row, "expected_cost_usd": cost})

    @classmethod
    def of_run(cls, run: RunState, approval: ApprovalState) -> Self:
        return cls.model_validate(_fields(run, approval))


class ApprovalPage(BaseModel):
    items: tuple[ApprovalItem, ...]
    next_cursor: str | None = None


class ApprovalView(ApprovalItem):
    """A question with all that is shown; `digest` stands for it and is sent with the decision.

    `result` is what is known of `shown`, as in a run. `cost_usd` was spent on the run so far,
    `expected_cost_usd` is for the step. `rounds` are all questions about the step.
    """

    agent: str
    task: str
    cost_usd: float | None
    shown: dict[str, ShownView]
    result: Result | None
    rounds: tuple[ApprovalSummary, ...]

    @classmethod
    def made_of(
        cls,
        run: RunState,
        approval: ApprovalState,
        shown: Mapping[str, ShownView],
        result: Result | None,
        cost_usd_micro: int | None,
    ) -> Self:
        return cls.model_validate(
            _fields(run, approval)
            | {
                "agent": approval.agent,
                "task": approval.task,
                "cost_usd": usd(cost_usd_micro),
                "shown": shown,
                "result": result,
                "rounds": [ApprovalSummary.of(each) for each in rounds_of(run, approval.step)],
            }
        )


class Decided(BaseModel):
    """What was recorded; what follows from it does so in a moment."""

    run_id: str
    step: str
    round: int
    status: str
    decided_by: str
    decided_at: AwareDatetime


def _fields(run: RunState, approval: ApprovalState) -> dict[str, object]:
    return {
        **ApprovalSummary.of(approval).model_dump(),
        "run_id": run.run_id,
        "topic": run.topic,
        "channel_id": run.channel_id,
        "pipeline": run.pipeline,
        "requested_by": run.requested_by,
        "simulated": run.simulated,
        "digest": approval.digest,
        "dry_run": approval.dry_run,
        "expected_cost_usd": usd(approval.expected_cost_usd_micro),
        "requester_may_approve": approval.requester_may_approve,
        "revise": approval.revise,
    }
