"""One paid call: looked up in the journal first, else bought, and recorded before it is used."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from time import monotonic
from typing import Any

from loguru import logger

from agentkit import failpoints, metrics
from agentkit.errors import StepRejectedError
from agentkit.journal import Journal, PaidCall, digest_of, json_of
from agentkit.ports import Blobs
from agentkit.providers import Providers
from agentkit.providers.base import Answer, CallRejectedError, ProviderError, Request, Spent
from contracts import subjects
from contracts.calls import CallMeta, CallRecord, Usage
from contracts.live import CallFinished, LiveEvent, TokensStreamed

MAX_BODY_BYTES = 900 * 1024
"""Larger answers go to the object store: a NATS message has at most 1 MiB."""

_LIVE_EVERY_S = 0.1
_FILES = {"image": ("image/png", "png"), "speech": ("audio/wav", "wav")}

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


class PaidCalls:
    """The calls of one attempt. Equal requests are told apart by their order alone.

    An entry without answer is a try that used something and brought nothing: it is on the
    bill and is skipped when an answer is looked for. So is an answer of the simulator when the
    providers are real, and the other way round.
    """

    def __init__(
        self, providers: Providers, journal: Journal, blobs: Blobs, live: Live, context: CallContext
    ) -> None:
        self._providers = providers
        self._journal = journal
        self._blobs = blobs
        self._live = live
        self._context = context
        self._counts = Counter[str]()

    async def buy(self, provider: str, request: Request) -> CallRecord:
        """Return what answers `request`, from the journal when it was bought before.

        Raises:
            ProviderError: the provider gave no answer this time.
            StepRejectedError: it never will.
        """
        slots = self._slots(digest_of(provider, request))
        # taken before the first await, so that no other call can change the order
        slot = next(slots)
        while (saved := await self._journal.find(slot)) is not None:
            if self._is_answered(saved):
                metrics.CALLS_SAVED.labels(provider).inc()
                await self._note_saved(slot, saved.meta)
                await self._tell(saved.meta, saved=True)
                return saved.record
            slot = next(slots)
        return await self._purchase(provider, request, chain([slot], slots))

    async def content(self, record: CallRecord) -> dict[str, Any]:
        """Return an answer that is no file."""
        if record.blob is None:
            return record.answer or {}
        content: dict[str, Any] = json.loads(await self._blobs.read(record.blob))
        return content

    def _slots(self, digest: str) -> Iterator[str]:
        while True:
            self._counts[digest] += 1
            n = self._counts[digest]
            yield subjects.call(self._context.journal_id, self._context.step, digest, n)

    def _is_answered(self, call: PaidCall) -> bool:
        has_answer = call.record.answer is not None or call.record.blob is not None
        return has_answer and call.meta.simulated == self._context.simulated

    async def _note_saved(self, subject: str, meta: CallMeta) -> None:
        """Record that this attempt did not pay for what the journal holds."""
        context = self._context
        own = {"run_id": context.run_id, "step": context.step, "attempt": context.attempt}
        own |= {"agent": context.agent, "at": datetime.now(UTC)}
        noted = subjects.saved_call(subject, context.run_id, context.attempt)
        await self._journal.note_saved(noted, meta.model_copy(update=own))

    async def _purchase(self, provider: str, request: Request, slots: Iterator[str]) -> CallRecord:
        text = _LiveText(self._live, self._context)
        started = monotonic()
        try:
            answer = await self._providers.of(provider).call(request, text.add)
        except (ProviderError, CallRejectedError) as error:
            await _finish(self._bill(provider, request, error.spent, slots))
            if isinstance(error, CallRejectedError):
                raise StepRejectedError(str(error)) from None
            raise
        await text.flush()
        metrics.LLM_SECONDS.labels(provider, request.model).observe(monotonic() - started)
        return await _finish(self._record(provider, request, answer, slots))

    async def _record(
        self, provider: str, request: Request, answer: Answer, slots: Iterator[str]
    ) -> CallRecord:
        await failpoints.reach(f"{self._context.agent}.answered", self._context.run_id)
        await self._bill(provider, request, answer.spent, slots)
        bare = self._entry(provider, request, answer.usage, dict(answer.raw_usage))
        try:
            whole = await self._with_content(bare, answer)
        except Exception:
            # the answer is lost and will be bought again, what it cost is not
            await self._append(bare, slots)
            raise
        stands = await self._append(whole, slots)
        await self._tell(stands.meta, saved=False)
        return stands.record

    async def _bill(
        self, provider: str, request: Request, spent: Iterable[Spent], slots: Iterator[str]
    ) -> None:
        """Record what tries used that brought nothing."""
        for each in spent:
            void = self._entry(provider, request, each.usage, dict(each.raw_usage))
            await self._append(void, slots)

    async def _append(self, call: PaidCall, slots: Iterator[str]) -> PaidCall:
        """Record `call`; when another buyer of the same was first, theirs stands.

        What was paid for is then recorded all the same, as an entry without answer.
        """
        stands = await self._journal.append(next(slots), call)
        while stands != call and not self._is_answered(stands):
            stands = await self._journal.append(next(slots), call)
        if stands != call:
            bare = call.record.model_copy(update={"answer": None, "blob": None})
            await self._append(replace(call, record=bare), slots)
        return stands

    async def _with_content(self, bare: PaidCall, answer: Answer) -> PaidCall:
        if isinstance(answer.content, bytes):
            media_type, suffix = _FILES[bare.meta.capability]
            return await self._with_blob(bare, answer.content, media_type, suffix)
        content = json_of(answer.content)
        body = json.dumps(content, ensure_ascii=False).encode()
        if len(body) > MAX_BODY_BYTES:
            return await self._with_blob(bare, body, "application/json", "json")
        return replace(bare, record=bare.record.model_copy(update={"answer": content}))

    async def _with_blob(
        self, bare: PaidCall, data: bytes, media_type: str, suffix: str
    ) -> PaidCall:
        name = f"{self._context.step}.{suffix}"
        blob = await self._blobs.put(data, media_type=media_type, name=name)
        return replace(bare, record=bare.record.model_copy(update={"blob": blob}))

    def _entry(
        self, provider: str, request: Request, usage: Usage, raw_usage: dict[str, Any]
    ) -> PaidCall:
        """Return the entry for what a call used, without its answer."""
        tokens = usage.total_tokens
        metrics.LLM_TOKENS.labels(provider, request.model).inc(tokens)
        logger.info("model call paid", provider=provider, model=request.model, tokens=tokens)
        meta = CallMeta(
            run_id=self._context.run_id,
            step=self._context.step,
            attempt=self._context.attempt,
            agent=self._context.agent,
            capability=request.capability,
            provider=provider,
            model=request.model,
            at=datetime.now(UTC),
            usage=usage,
            simulated=self._context.simulated,
        )
        return PaidCall(meta, CallRecord(raw_usage=raw_usage))

    async def _tell(self, meta: CallMeta, *, saved: bool) -> None:
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


class _LiveText:
    """Sends what a model writes to the watchers, at most ten times a second."""

    def __init__(self, live: Live, context: CallContext) -> None:
        self._live = live
        self._context = context
        self._waiting = ""
        self._sent_at = 0.0

    async def add(self, text: str) -> None:
        self._waiting += text
        if monotonic() - self._sent_at >= _LIVE_EVERY_S:
            await self.flush()

    async def flush(self) -> None:
        if not self._waiting:
            return
        text, self._waiting, self._sent_at = self._waiting, "", monotonic()
        await self._live(
            TokensStreamed(
                run_id=self._context.run_id,
                step=self._context.step,
                attempt=self._context.attempt,
                at=datetime.now(UTC),
                text=text,
            )
        )


async def _finish[T](work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end even when cancelled: what was paid for must be recorded."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
