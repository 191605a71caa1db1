"""What people are told of runs where they are: in a chat, by mail, by a webhook."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from contracts.base import Frozen, Name, RunId
from contracts.pipeline import Risk

type Target = Literal["email", "kakaowork", "slack", "webhook"]
"""A way to reach people."""

TARGETS: tuple[Target, ...] = ("email", "kakaowork", "slack", "webhook")

type Kind = Literal["approval.requested", "run.failed", "run.completed"]
"""What happens to runs that people are told of."""

KINDS: tuple[Kind, ...] = ("approval.requested", "run.failed", "run.completed")
"""What wants an answer comes first."""


class _Run(Frozen):
    """`url` is its page in the dashboard, empty when nobody said where that is."""

    run_id: RunId
    channel_id: Name
    brand_name: str = ""
    topic: str
    dry_run: bool = False
    url: str = ""


class Asked(_Run):
    """`step` runs once somebody approves; without an answer `on_expiry` is what is decided."""

    step: Name
    round: int
    risk: Risk
    expected_cost_usd: float | None = None
    expires_at: AwareDatetime
    on_expiry: Literal["approve", "reject"]


class Completed(_Run):
    duration_s: float


class FailedStep(Frozen):
    step: str
    error: str
    message: str


class Failed(_Run):
    duration_s: float
    errors: tuple[FailedStep, ...]


class _Notice(Frozen):
    """The body of a webhook, in the form of Standard Webhooks.

    `timestamp` is when it happened. The header `webhook-id` is the same each time that the
    notice is sent, so who gets it twice can tell.
    """

    timestamp: AwareDatetime


class ApprovalNotice(_Notice):
    type: Literal["approval.requested"] = "approval.requested"
    data: Asked


class CompletedNotice(_Notice):
    type: Literal["run.completed"] = "run.completed"
    data: Completed


class FailedNotice(_Notice):
    type: Literal["run.failed"] = "run.failed"
    data: Failed


class TrialNotice(_Notice):
    """Somebody wants to see whether notices arrive."""

    type: Literal["test"] = "test"


type Notice = Annotated[
    ApprovalNotice | CompletedNotice | FailedNotice | TrialNotice, Field(discriminator="type")
]


class TrialResult(Frozen):
    """`problem` says why the message did not get there, empty when it did."""

    target: Target
    problem: str = ""


class TrialReport(Frozen):
    """What became of a trial at every target; there is none when nobody is told anything."""

    results: tuple[TrialResult, ...]
