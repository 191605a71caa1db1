"""From what happened to what people are told of it."""

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg

from agentkit.nats import last_on
from agentkit.redaction import redacted
from contracts import subjects
from contracts.events import (
    ApprovalRequested,
    RunCompleted,
    RunEvent,
    RunFailed,
    RunRequested,
)
from contracts.notices import (
    ApprovalNotice,
    Asked,
    Completed,
    CompletedNotice,
    Failed,
    FailedNotice,
    FailedStep,
    Kind,
    Notice,
)
from notifier.targets.target import Told

TOO_OLD = timedelta(days=1)
MICRO = 1_000_000
ASKS = "high"
"""The one risk at which a run waits for somebody."""


class Notices:
    """Makes notices. `kinds` are told; the dashboard, which they link to, is at `url`."""

    def __init__(
        self,
        connection: Client,
        kinds: Collection[Kind],
        url: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connection = connection
        self._kinds = kinds
        self._url = url.rstrip("/")
        self._now = now

    async def of(self, message: Msg) -> Told | None:
        """Return what is to be told of an event; None when it is of no use to anybody.

        Raises:
            nats.errors.Error, TimeoutError: the broker does not answer.
        """
        event = _event_of(message.subject, message.data)
        if event is None or event.type not in self._kinds:
            return None
        begun = await self._begun(event.run_id)
        if begun is None or await self._is_settled(event):
            return None
        if event.at < self._now() - TOO_OLD:
            logger.error(
                "notice is too old to be sent", run_id=event.run_id, subject=message.subject
            )
            return None
        notice = notice_of(event, begun, self._url)
        return None if notice is None else Told(message.subject, notice)

    async def _begun(self, run_id: str) -> RunRequested | None:
        """Return how a run began; None when it is deleted."""
        found = await last_on(self._connection, subjects.RUNS, subjects.beginning_of(run_id))
        event = None if found is None else _event_of(found.subject or "", found.data or b"")
        return event if isinstance(event, RunRequested) else None

    async def _is_settled(self, event: RunEvent) -> bool:
        """Tell whether nobody is asked any more."""
        if not isinstance(event, ApprovalRequested):
            return False
        if event.risk != ASKS:
            return True
        ends = (subjects.decision_on(event), *subjects.ends_of(event.run_id))
        found = await asyncio.gather(
            *(last_on(self._connection, subjects.RUNS, each) for each in ends)
        )
        return any(found)


def _event_of(subject: str, payload: bytes) -> RunEvent | None:
    try:
        return subjects.event_on(subject, payload)
    except ValueError as error:
        logger.error("event cannot be read", subject=subject, reason=type(error).__name__)
        return None


def notice_of(event: RunEvent, begun: RunRequested, dashboard: str) -> Notice | None:
    """Return what is told of `event`, None when that is nothing."""
    about = {
        "run_id": begun.run_id,
        "channel_id": begun.channel_id,
        "brand_name": begun.brand_name,
        "topic": begun.topic,
        "dry_run": begun.dry_run,
        "url": f"{dashboard}/runs/{begun.run_id}" if dashboard else "",
    }
    took_s = max(0.0, (event.at - begun.at).total_seconds())
    match event:
        case ApprovalRequested():
            return ApprovalNotice(timestamp=event.at, data=_asked(event, about))
        case RunCompleted():
            data = Completed.model_validate(about | {"duration_s": took_s})
            return CompletedNotice(timestamp=event.at, data=data)
        case RunFailed():
            failed = Failed.model_validate(about | {"duration_s": took_s, "errors": _errors(event)})
            return FailedNotice(timestamp=event.at, data=failed)
        case _:
            return None


def _asked(event: ApprovalRequested, about: dict[str, object]) -> Asked:
    micro = event.expected_cost_usd_micro
    return Asked.model_validate(
        about
        | {
            "step": event.step,
            "round": event.round,
            "risk": event.risk,
            "expected_cost_usd": None if micro is None else micro / MICRO,
            "expires_at": event.expires_at,
            "on_expiry": event.on_expiry,
            "dry_run": event.dry_run,
        }
    )


def _errors(event: RunFailed) -> tuple[FailedStep, ...]:
    return tuple(
        FailedStep(step=each.step, error=each.error, message=redacted(each.message))
        for each in event.errors
    )
