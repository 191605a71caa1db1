"""Messages to people outside the dashboard: whether they arrive."""

from typing import Annotated

from fastapi import APIRouter
from nats.errors import NoRespondersError
from pydantic import BaseModel, Field

from contracts import subjects
from contracts.notices import Target, TrialReport
from gateway.api.injected import LogKits
from gateway.api.problems import PROBLEMS, conflict
from gateway.api.rights import GuardedRoute, needs

ANSWER_S = 25
"""Longer than the notifier takes for any of its targets."""

router = APIRouter(prefix="/admin/notices", tags=["notices"], route_class=GuardedRoute)


class TrialView(BaseModel):
    """`problem` says why the message did not get there; null when it did."""

    target: Target
    problem: str | None


class TrialsView(BaseModel):
    """One item for each target; none when nobody is told anything."""

    items: Annotated[tuple[TrialView, ...], Field(max_length=4)]


@router.post("/trial", dependencies=[needs("admin")], responses=PROBLEMS["no-notifier"])
async def try_notices(kit: LogKits) -> TrialsView:
    """Send a message to every target now, and tell which of them took it."""
    try:
        answer = await kit.connection.request(subjects.TRIALS, timeout=ANSWER_S)
    except NoRespondersError:
        raise conflict(
            "no-notifier",
            "no notifier answers, so nobody is told anything: start it beside the gateway",
        ) from None
    report = TrialReport.model_validate_json(answer.data)
    views = (TrialView(target=each.target, problem=each.problem or None) for each in report.results)
    return TrialsView(items=tuple(views))
