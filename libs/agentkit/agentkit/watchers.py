"""What those who watch an attempt are told while it asks models."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from loguru import logger

from agentkit import metrics, tracing
from contracts.calls import INCIDENTS_KEPT, CallMeta, Incident
from contracts.live import CallFinished, IncidentMet, LiveEvent, TokensStreamed

_LIVE_EVERY_S = 0.1

type Live = Callable[[LiveEvent], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CallContext:
    """Whose calls these are: `run_id` pays, `journal_id` names the run whose journal is used."""

    run_id: str
    step: str
    attempt: int
    agent: str
    simulated: bool
    journal_id: str


class Watchers:
    """Whoever watches one attempt. What went wrong is told at once and kept for its outcome."""

    def __init__(self, live: Live, context: CallContext) -> None:
        self._live = live
        self._context = context
        self._incidents = list[Incident]()
        self._text = ""
        self._shown_at = 0.0

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """The first incidents of the attempt."""
        return tuple(self._incidents)

    async def hear_of(self, incident: Incident) -> None:
        metrics.PROVIDER_INCIDENTS.labels(incident.provider, incident.kind).inc()
        about = {"kind": incident.kind, "error": incident.error, "model": incident.model}
        tracing.note("provider incident", about)
        logger.warning(
            "provider incident",
            kind=incident.kind,
            provider=incident.provider,
            model=incident.model,
            error=incident.error,
        )
        if len(self._incidents) < INCIDENTS_KEPT:
            self._incidents.append(incident)
        await self._live(
            IncidentMet(
                run_id=self._context.run_id,
                step=self._context.step,
                attempt=self._context.attempt,
                at=incident.at,
                incident=incident,
            )
        )

    async def hear_of_call(self, meta: CallMeta, *, saved: bool) -> None:
        await self._flush()
        await self._live(
            CallFinished(
                run_id=self._context.run_id,
                step=self._context.step,
                attempt=self._context.attempt,
                at=datetime.now(UTC),
                provider=meta.provider,
                model=meta.model,
                total_tokens=meta.usage.total_tokens,
                saved=saved,
            )
        )

    async def read(self, text: str) -> None:
        """Show what a model writes, at most ten times a second."""
        self._text += text
        if monotonic() - self._shown_at >= _LIVE_EVERY_S:
            await self._flush()

    async def _flush(self) -> None:
        if not self._text:
            return
        text, self._text, self._shown_at = self._text, "", monotonic()
        await self._live(
            TokensStreamed(
                run_id=self._context.run_id,
                step=self._context.step,
                attempt=self._context.attempt,
                at=datetime.now(UTC),
                text=text,
            )
        )
