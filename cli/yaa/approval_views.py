"""What the gateway answers about approvals, as far as the CLI shows it."""

from typing import Literal

from contracts.base import Frozen
from yaa.views import ApprovalSummary, Plain, Result

type Decision = Literal["approve", "reject", "revise"]


class ApprovalItem(ApprovalSummary):
    """A question with the run that asks it; `digest` stands for all that is shown."""

    run_id: Plain
    topic: Plain
    channel_id: Plain
    pipeline: Plain = ""
    requested_by: Plain = ""
    simulated: bool = False
    digest: Plain
    dry_run: bool = False
    expected_cost_usd: float | None = None
    revise: Plain | None = None


class ApprovalPage(Frozen):
    items: tuple[ApprovalItem, ...]
    next_cursor: str | None = None


class ShownFile(Frozen):
    name: Plain
    media_type: Plain = ""
    size_bytes: int = 0
    url: Plain


class ShownView(Frozen):
    kind: Plain
    size_bytes: int = 0
    url: Plain | None = None
    files: tuple[ShownFile, ...] = ()


class ApprovalView(ApprovalItem):
    agent: Plain
    task: Plain
    cost_usd: float | None = None
    shown: dict[Plain, ShownView] = {}  # noqa: RUF012 -- pydantic copies it
    result: Result | None = None
    rounds: tuple[ApprovalSummary, ...] = ()


class DecisionOrder(Frozen):
    digest: str
    decision: Decision
    comment: str = ""
    decided_by: str


class Decided(Frozen):
    run_id: Plain
    step: Plain
    status: Plain
