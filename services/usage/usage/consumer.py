"""From the journal of paid calls to the bill: nothing may be missing, nothing counted twice."""

from collections.abc import Sequence

import asyncpg
from loguru import logger
from nats.aio.msg import Msg
from pydantic import ValidationError

from contracts import subjects
from contracts.calls import CallMeta
from usage.prices import PriceTable
from usage.store import Bill, Rejected, Store, id_of

VALUE_ERRORS = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)
"""A value that fits no column or no index. The same call would fail for ever."""
YEARS = range(2000, 2200)
REASON_MAX_CHARS = 300


class Biller:
    """Handles batches of the CALLS stream; only headers are read."""

    def __init__(self, store: Store, prices: PriceTable) -> None:
        self._store = store
        self._prices = prices

    async def handle(self, batch: Sequence[Msg]) -> None:
        calls = [_read(message, self._prices) for message in batch]
        bills = [call for call in calls if isinstance(call, Bill)]
        rejected = [call for call in calls if isinstance(call, Rejected)]
        try:
            await self._store.record(bills, rejected)
        except VALUE_ERRORS:
            await self._record_one_by_one(batch)

    async def _record_one_by_one(self, batch: Sequence[Msg]) -> None:
        """Let the call that no table can hold not hold up the others."""
        for message in batch:
            call = _read(message, self._prices)
            try:
                await self._record(call)
            except VALUE_ERRORS as error:
                await self._record(reject(message.subject, f"the table cannot hold it: {error}"))

    async def _record(self, call: Bill | Rejected) -> None:
        if isinstance(call, Bill):
            await self._store.record([call], [])
        else:
            await self._store.record([], [call])


def bill_of(subject: str, header: str | None, prices: PriceTable) -> Bill | Rejected:
    """Return the bill of a call, or why there can be none."""
    if header is None:
        return reject(subject, f"header {subjects.CALL_META_HEADER} is missing")
    try:
        meta = CallMeta.model_validate_json(header)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return reject(subject, f"header cannot be read: {where} {first['msg']}".replace("  ", " "))
    if problem := _contradiction(subject, meta):
        return reject(subject, problem)
    return _bill(subject, meta, prices)


def reject(subject: str, reason: str) -> Rejected:
    """Return what is kept of a call that cannot be billed, and call for a person."""
    run_id, step, *_ = [*subject.split(".")[1:], "", ""]
    reason = reason.replace("\0", "\\0")[:REASON_MAX_CHARS]
    logger.error("call cannot be billed", subject=subject, reason=reason)
    return Rejected(id_of(subject), subject, run_id, step, reason)


def _read(message: Msg, prices: PriceTable) -> Bill | Rejected:
    header = (message.headers or {}).get(subjects.CALL_META_HEADER)
    return bill_of(message.subject, header, prices)


def _contradiction(subject: str, meta: CallMeta) -> str | None:
    if not subject.startswith(f"call.{meta.run_id}.{meta.step}."):
        return f"the header names step {meta.step!r} of run {meta.run_id!r}, the subject does not"
    if meta.at.year not in YEARS:
        return f"at is {meta.at.isoformat()}: no call can have been made then"
    for bucket, count in meta.usage:
        if count < 0:
            return f"{bucket} is {count}: a count cannot be negative"
    return None


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
