"""From the journal of paid calls to the bill: nothing may be missing, nothing counted twice."""

from collections.abc import Sequence

import asyncpg
from loguru import logger
from nats.aio.msg import Msg
from pydantic import ValidationError

from agentkit import metrics
from contracts import subjects
from contracts.calls import CallMeta
from usage.prices import MICRO, PriceTable
from usage.store import Bill, Billed, Rejected, Saved, Store, id_of

type Entry = Bill | Rejected | Saved | None
"""What one message comes to; None when nothing is kept of it."""

VALUE_ERRORS = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)
"""A value that fits no column or no index. The same call would fail for ever."""
YEARS = range(2000, 2200)
REASON_MAX_CHARS = 300
UNREADABLE = "unreadable"


class Biller:
    """Handles batches of the CALLS stream; only headers are read."""

    def __init__(self, store: Store, prices: PriceTable) -> None:
        self._store = store
        self._prices = prices

    async def handle(self, batch: Sequence[Msg]) -> None:
        try:
            await self._record([_read(message, self._prices) for message in batch])
        except VALUE_ERRORS:
            await self._record_one_by_one(batch)

    async def _record_one_by_one(self, batch: Sequence[Msg]) -> None:
        """Let the call that no table can hold not hold up the others."""
        for message in batch:
            try:
                await self._record([_read(message, self._prices)])
            except VALUE_ERRORS as error:
                reason = f"the table cannot hold it: {error}"
                await self._record([_without_entry(message.subject, reason)])

    async def _record(self, entries: Sequence[Entry]) -> None:
        bills = [entry for entry in entries if isinstance(entry, Bill)]
        news = await self._store.record(
            bills,
            [entry for entry in entries if isinstance(entry, Rejected)],
            [entry for entry in entries if isinstance(entry, Saved)],
        )
        for billed in news:
            _count(billed)
        for bill in bills:
            _tell(bill)


def _count(billed: Billed) -> None:
    """Tell what came onto the bill; of a call that cannot be read nothing else is known."""
    agent, provider, model = (
        metrics.BUYERS.of(name or UNREADABLE)
        for name in (billed.agent, billed.provider, billed.model)
    )
    if billed.agent:
        buyer = (agent, provider, model, str(billed.simulated).lower())
        metrics.BILLED_CALLS.labels(*buyer).inc(billed.calls)
        metrics.COST.labels(*buyer).inc(billed.cost_usd_micro / MICRO)
    if billed.unpriced_calls:
        metrics.UNPRICED_CALLS.labels(provider, model).inc(billed.unpriced_calls)


def _tell(bill: Bill) -> None:
    logger.info(
        "call billed",
        run_id=bill.run_id,
        step=bill.step,
        attempt=bill.attempt,
        model=bill.model,
        tokens=bill.total_tokens,
        cost_usd_micro=bill.cost_usd_micro,
    )


def entry_of(subject: str, header: str | None, prices: PriceTable) -> Entry:
    """Return what a message of the journal comes to: a bill, or why there can be none.

    A call that was saved is no part of the bill, and neither is one that is not understood.
    """
    if header is None:
        return _without_entry(subject, f"header {subjects.CALL_META_HEADER} is missing")
    try:
        meta = CallMeta.model_validate_json(header)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = f"header cannot be read: {where} {first['msg']}".replace("  ", " ")
        return _without_entry(subject, reason)
    if problem := _contradiction(subject, meta):
        return _without_entry(subject, problem)
    make = _saved if _is_saved(subject) else _bill
    return make(subject, meta, prices)


def reject(subject: str, reason: str) -> Rejected:
    """Return what is kept of a call that cannot be billed, and call for a person."""
    run_id, step, *_ = [*subject.split(".")[1:], "", ""]
    reason = reason.replace("\0", "\\0")[:REASON_MAX_CHARS]
    logger.error("call cannot be billed", run_id=run_id, step=step, subject=subject, reason=reason)
    return Rejected(id_of(subject), subject, run_id, step, reason)


def _read(message: Msg, prices: PriceTable) -> Entry:
    header = (message.headers or {}).get(subjects.CALL_META_HEADER)
    return entry_of(message.subject, header, prices)


def _without_entry(subject: str, reason: str) -> Rejected | None:
    if not _is_saved(subject):
        return reject(subject, reason)
    logger.warning("saved call is not counted", subject=subject, reason=reason)
    return None


def _is_saved(subject: str) -> bool:
    try:
        return subjects.called(subject).saved_by is not None
    except ValueError:
        return False


def _contradiction(subject: str, meta: CallMeta) -> str | None:
    """Say how header and subject contradict each other; the journal may be another run's."""
    try:
        called = subjects.called(subject)
    except ValueError as error:
        return str(error)
    if called.step != meta.step:
        return f"the header names step {meta.step!r}, the subject {called.step!r}"
    if called.saved_by not in {None, (meta.run_id, meta.attempt)}:
        return f"the header names attempt {meta.attempt} of run {meta.run_id!r}, the subject not"
    if meta.at.year not in YEARS:
        return f"at is {meta.at.isoformat()}: no call can have been made then"
    for bucket, count in meta.usage:
        if count < 0:
            return f"{bucket} is {count}: a count cannot be negative"
    return None


def _saved(subject: str, meta: CallMeta, prices: PriceTable) -> Saved:
    price = prices.price(meta.provider, meta.model, meta.usage, meta.at)
    return Saved(
        id=id_of(subject),
        run_id=meta.run_id,
        step=meta.step,
        attempt=meta.attempt,
        agent=meta.agent,
        provider=meta.provider,
        model=meta.model,
        total_tokens=meta.usage.total_tokens,
        cost_usd_micro=price.cost_usd_micro if price else None,
        price_basis=price.basis if price else None,
        simulated=meta.simulated,
        saved_at=meta.at,
    )


def _bill(subject: str, meta: CallMeta, prices: PriceTable) -> Bill:
    price = prices.price(meta.provider, meta.model, meta.usage, meta.at)
    return Bill(
        id=id_of(subject),
        run_id=meta.run_id,
        step=meta.step,
        attempt=meta.attempt,
        agent=meta.agent,
        capability=meta.capability,
        provider=meta.provider,
        model=meta.model,
        prompt_tokens=meta.usage.prompt_tokens,
        completion_tokens=meta.usage.completion_tokens,
        total_tokens=meta.usage.total_tokens,
        buckets=meta.usage.model_dump_json(exclude_defaults=True),
        cost_usd_micro=price.cost_usd_micro if price else None,
        price_basis=price.basis if price else None,
        simulated=meta.simulated,
        created_at=meta.at,
    )
