"""One paid call: looked up in the journal first, else bought, and recorded before it is used."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from time import monotonic
from typing import Any

from loguru import logger
from nats.errors import Error as NatsError

from agentkit import failpoints, genai, metrics
from agentkit.errors import StepRejectedError
from agentkit.journal import Journal, JournalError, PaidCall, digest_of, json_of
from agentkit.ports import Blobs
from agentkit.providers import Providers
from agentkit.providers.base import (
    ELSEWHERE,
    Answer,
    BoughtError,
    CallRejectedError,
    Listener,
    ProviderError,
    Request,
    Spent,
)
from agentkit.providers.failure import trouble, word_of
from agentkit.settings import Named
from agentkit.watchers import CallContext, Watchers
from contracts import subjects
from contracts.calls import CallMeta, CallRecord, Incident, Usage

MAX_BODY_BYTES = 900 * 1024
"""Larger answers go to the object store: a NATS message has at most 1 MiB."""

_FILES = {"image": ("image/png", "png"), "speech": ("audio/wav", "wav")}

type Failure = ProviderError | CallRejectedError


class PaidCalls:
    """The calls of one attempt. Equal requests are told apart by their order alone.

    An entry without answer is a try that used something and brought nothing: it is on the
    bill and is skipped when an answer is looked for. So is an answer of the simulator when the
    providers are real, and the other way round.
    """

    def __init__(
        self,
        providers: Providers,
        journal: Journal,
        blobs: Blobs,
        watchers: Watchers,
        context: CallContext,
    ) -> None:
        self._providers = providers
        self._journal = journal
        self._blobs = blobs
        self._watchers = watchers
        self._context = context
        self._counts = Counter[str]()
        self._has_left = False

    def leave(self) -> None:
        """Let whoever asks from now on wait for ever: nobody waits for what they would do."""
        self._has_left = True

    async def buy(self, models: Sequence[Named], request: Request) -> PaidCall:
        """Return what answers `request`, from the journal when it was bought before.

        Whichever of the models answers, the answer is recorded as that to the first one's
        request: whoever asks again finds it before anybody is asked. Give what was of use to
        `save`.

        Args:
            models: Who is asked, each when those before gave no answer.
            request: What the first of them is asked.

        Raises:
            ProviderError: no provider gave an answer this time.
            StepRejectedError: none ever will.
        """
        if self._has_left:
            await asyncio.Event().wait()
        slots = self._slots(digest_of(models[0].provider, request))
        # taken before the first await, so that no other call can change the order
        slot = next(slots)
        while (saved := await self._journal.find(slot)) is not None:
            if self._is_answered(saved):
                await self._watchers.hear_of_call(saved.meta, saved=True)
                return replace(saved, found_at=slot)
            slot = next(slots)
        try:
            return await self._unhurried(models, request, slot, slots)
        except BoughtError:
            if (bought := await self._bought(slot)) is not None:
                await self._watchers.hear_of_call(bought.meta, saved=True)
                return bought
            raise JournalError(f"the journal has lost the answer at {slot}") from None

    async def save(self, *calls: PaidCall) -> None:
        """Record those of the calls that this attempt found and did not pay."""
        context = self._context
        own = {"run_id": context.run_id, "step": context.step, "attempt": context.attempt}
        own |= {"agent": context.agent}
        for call in calls:
            if call.found_at:
                metrics.CALLS_SAVED.labels(call.meta.provider).inc()
                meta = call.meta.model_copy(update=own | {"at": datetime.now(UTC)})
                subject = subjects.saved_call(call.found_at, context.run_id, context.attempt)
                await self._journal.note_saved(subject, meta)

    async def content(self, record: CallRecord) -> dict[str, Any]:
        """Return an answer that is no file."""
        if record.blob is None:
            return record.answer or {}
        content: dict[str, Any] = json.loads(await self._blobs.read(record.blob))
        return content

    async def _bought(self, slot: str) -> PaidCall | None:
        """Return the answer that another buyer has recorded where this one would do it first.

        Not one behind it: that may answer an equal request of this attempt.
        """
        saved = await self._journal.find(slot)
        if saved is None or not self._is_answered(saved):
            return None
        return replace(saved, found_at=slot)

    def _slots(self, digest: str) -> Iterator[str]:
        while True:
            self._counts[digest] += 1
            n = self._counts[digest]
            yield subjects.call(self._context.journal_id, self._context.step, digest, n)

    def _is_answered(self, call: PaidCall) -> bool:
        has_answer = call.record.answer is not None or call.record.blob is not None
        return has_answer and call.meta.simulated == self._context.simulated

    async def _unhurried(
        self, models: Sequence[Named], request: Request, slot: str, slots: Iterator[str]
    ) -> PaidCall:
        """Buy an answer; when cancelled, bring to an end and record what is paid for by then."""

        async def is_bought() -> bool:
            try:
                return await self._bought(slot) is not None
            except (NatsError, TimeoutError):
                return False  # nobody can tell now; of two that buy the same the first one stands

        listener = Listener(self._watchers.read, self._watchers.hear_of, is_bought)
        free = chain([slot], slots)
        buying = asyncio.create_task(self._purchase(models, request, free, listener))
        try:
            return await asyncio.shield(buying)
        except asyncio.CancelledError:
            listener.leave()
            await asyncio.wait({buying})
            if not buying.cancelled() and (error := buying.exception()) is not None:
                logger.info("call ended for nobody", error=type(error).__name__)
            raise

    async def _purchase(
        self,
        models: Sequence[Named],
        request: Request,
        slots: Iterator[str],
        listener: Listener,
    ) -> PaidCall:
        failures = list[Failure]()
        for named in models:
            if listener.has_left:
                raise asyncio.CancelledError
            if failures and await listener.is_bought():
                raise BoughtError(())
            if failures:
                await self._watchers.hear_of(_fallback(named, failures[-1]))
            try:
                asked = request.model_copy(update={"model": named.model})
                return await self._ask(named.provider, asked, slots, listener)
            except (ProviderError, CallRejectedError) as error:
                failures.append(error)
                if error.failure.cause not in ELSEWHERE:
                    break
        raise _verdict(failures)

    async def _ask(
        self, provider: str, request: Request, slots: Iterator[str], listener: Listener
    ) -> PaidCall:
        try:
            answer = await self._answer(provider, request, listener)
        except (ProviderError, CallRejectedError, BoughtError) as error:
            await self._bill(provider, request, error.spent, slots)
            raise
        return await self._record(provider, request, answer, slots)

    async def _answer(self, provider: str, request: Request, listener: Listener) -> Answer:
        with genai.call_span(provider, request, self._context) as span:
            started = monotonic()
            answer = await self._providers.of(provider).call(request, listener)
            metrics.took(metrics.LLM_SECONDS, monotonic() - started, provider, request.model)
            genai.tell_answer(span, answer)
        return answer

    async def _record(
        self, provider: str, request: Request, answer: Answer, slots: Iterator[str]
    ) -> PaidCall:
        in_hand = f"{self._context.run_id}/{self._context.step}"
        await failpoints.reach(f"{self._context.agent}.answered", in_hand)
        await self._bill(provider, request, answer.spent, slots)
        bare = self._entry(provider, request, answer.usage, dict(answer.raw_usage))
        try:
            whole = await self._with_content(bare, answer)
        except Exception:
            # the answer is lost and will be bought again, what it cost is not
            await self._append(bare, slots)
            raise
        stands = await self._append(whole, slots)
        await self._watchers.hear_of_call(stands.meta, saved=False)
        return stands

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


def _fallback(named: Named, error: Failure) -> Incident:
    why = trouble(error.failure, error.provider)
    return Incident(
        kind="fallback",
        provider=named.provider,
        model=named.model,
        error=word_of(error.failure),
        message=f"{why}, {named} is asked instead",
        at=datetime.now(UTC),
    )


def _verdict(failures: Sequence[Failure]) -> Exception:
    """Return what the failures of all models that were asked come to."""
    passing = [each for each in failures if isinstance(each, ProviderError)]
    if not passing or failures[-1].failure.cause == "policy":
        return StepRejectedError(_joined(failures))
    soonest = min(passing, key=lambda each: each.retry_after_s)
    return ProviderError(_joined(failures), provider=soonest.provider, failure=soonest.failure)


def _joined(failures: Sequence[Failure]) -> str:
    return "; then ".join(map(str, failures))
