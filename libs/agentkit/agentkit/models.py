"""What a handler asks models for. Every call is bought once, whatever is repeated."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from itertools import batched
from typing import Literal

from pydantic import BaseModel, ValidationError

from agentkit.calls import PaidCalls
from agentkit.errors import StepRejectedError
from agentkit.journal import Journal, PaidCall, vectors_of
from agentkit.ports import Blobs
from agentkit.providers import Providers, make_providers
from agentkit.providers.base import (
    EmbeddingRequest,
    Found,
    ImageRequest,
    Request,
    SearchHit,
    SearchRequest,
    SearchResult,
    SpeechRequest,
    TextRequest,
    Turn,
    Written,
)
from agentkit.settings import ModelSettings, Named
from agentkit.watchers import CallContext, Live, Watchers
from contracts.artifacts import BlobRef
from contracts.calls import Incident

__all__ = ["CallContext", "Models", "Providers", "SearchHit", "SearchResult", "make_providers"]

MAX_ANSWERS = 3
SPEECH_MAX_CHARS = 4096
EMBED_BATCH = 64

_MAX_PROBLEMS = 10
_TOLD_MAX_CHARS = 200


class Models:
    """Asks models on behalf of one attempt of a step; make a new one for each attempt."""

    def __init__(  # noqa: PLR0913, PLR0917 -- the step names each part once
        self,
        providers: Providers,
        journal: Journal,
        blobs: Blobs,
        live: Live,
        context: CallContext,
        models: ModelSettings,
    ) -> None:
        self._watchers = Watchers(live, context)
        self._calls = PaidCalls(providers, journal, blobs, self._watchers, context)
        self._context = context
        self._models = models

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """What went wrong with providers so far."""
        return self._watchers.incidents

    def leave(self) -> None:
        """Buy nothing more: nobody waits for the handler, which does not know."""
        self._calls.leave()

    async def ask[M: BaseModel](
        self,
        prompt: str,
        *,
        returns: type[M],
        use: str = "text",
        system: str = "",
        max_tokens: int = 8000,
    ) -> M:
        """Return the model's answer as a `returns`; its text is live while it is written.

        An answer that does not fit is asked again, with what is wrong with it.

        Args:
            prompt: What is asked.
            returns: The shape of the answer.
            use: Which of the configured models answers.
            system: Who the model is to be.
            max_tokens: The longest answer; a longer one is cut and does not fit.

        Raises:
            StepRejectedError: the model refuses, or no answer fits.
        """
        models = self._models.all_of(use)
        request = TextRequest(
            model=models[0].model,
            system=system,
            turns=(Turn(role="user", text=prompt),),
            returns=returns,
            max_tokens=max_tokens,
        )
        return await self._until_useful(lambda: self._converse(models, request, returns, use))

    async def search(self, query: str, *, limit: int = 5) -> SearchResult:
        """Return what the web says to `query`, with at most `limit` pages."""
        models = self._models.all_of("search")
        request = SearchRequest(model=models[0].model, query=query, limit=limit)

        async def look() -> tuple[SearchResult, list[PaidCall]]:
            call = await self._calls.buy(models, request)
            found = Found.model_validate(await self._calls.content(call.record))
            if found.stop == "refusal":
                raise await self._refusal(call, "to search the web for this: change the topic")
            return found.result, [call]

        return await self._until_useful(look)

    async def image(self, prompt: str, *, width: int, height: int) -> BlobRef:
        """Return a PNG of the nearest size the provider has: the caller crops.

        Raises:
            StepRejectedError: the provider refuses to make it.
        """
        models = self._models.all_of("image")
        request = ImageRequest(model=models[0].model, prompt=prompt, width=width, height=height)
        return await self._file(models, request)

    async def speech(self, text: str, *, language: str) -> BlobRef:
        """Return `text` spoken, as a WAV."""
        if not 0 < len(text) <= SPEECH_MAX_CHARS:
            raise StepRejectedError(
                f"a text of {len(text)} characters cannot be spoken in one piece: "
                f"give 1 to {SPEECH_MAX_CHARS}"
            )
        models = self._models.all_of("speech")
        request = SpeechRequest(model=models[0].model, text=text, language=language)
        return await self._file(models, request)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in order."""
        models = self._models.all_of("embedding")
        vectors = list[list[float]]()
        for batch in batched(texts, EMBED_BATCH, strict=False):
            request = EmbeddingRequest(model=models[0].model, texts=batch)
            call = await self._calls.buy(models, request)
            await self._calls.save(call)
            vectors += vectors_of(await self._calls.content(call.record))
        return vectors

    async def _converse[M: BaseModel](
        self, models: Sequence[Named], request: TextRequest, returns: type[M], use: str
    ) -> tuple[M, list[PaidCall]]:
        """Ask until an answer fits; return it and all that was asked."""
        calls = list[PaidCall]()
        for number in range(1, MAX_ANSWERS + 1):
            call, written = await self._written(models, request)
            calls.append(call)
            try:
                return _parsed(written, returns), calls
            except _UnfitError as error:
                problem = error.problem
                turns = (*request.turns, *_complaint(written, error))
                request = request.model_copy(update={"turns": turns})
            await self._tell_of_misfit(call, problem, is_last=number == MAX_ANSWERS)
        sentence = (
            f"model {call.meta.model!r} gave {MAX_ANSWERS} answers that are no valid "
            f"{returns.__name__}, the last because {problem}: try again, or name another model in "
            f"{self._models.variable(use)}"
        )
        raise _UselessError(call, StepRejectedError(sentence))

    async def _until_useful[T](self, ask: Callable[[], Awaitable[tuple[T, list[PaidCall]]]]) -> T:
        """Return what `ask` brings.

        What was of no use to another run of the family ended a step of that one. It is not held
        against this run, which asks again.
        """
        while True:
            try:
                answer, calls = await ask()
            except _UselessError as error:
                if error.call.meta.run_id == self._context.run_id:
                    raise error.verdict from None
            else:
                await self._calls.save(*calls)
                return answer

    async def _written(
        self, models: Sequence[Named], request: TextRequest
    ) -> tuple[PaidCall, Written]:
        call = await self._calls.buy(models, request)
        written = Written.model_validate(await self._calls.content(call.record))
        if written.stop == "refusal":
            raise await self._refusal(call, "to answer: change the topic or the brand guide")
        return call, written

    async def _file(self, models: Sequence[Named], request: Request) -> BlobRef:
        call = await self._calls.buy(models, request)
        if call.record.blob is None:
            raise TypeError(f"the journal has no file for this {request.capability} call")
        await self._calls.save(call)
        return call.record.blob

    async def _refusal(self, call: PaidCall, what: str) -> "_UselessError":
        await self._tell("refused", call, "refused", f"{call.meta.model} refused")
        return _UselessError(call, StepRejectedError(f"model {call.meta.model!r} refused {what}"))

    async def _tell_of_misfit(self, call: PaidCall, problem: str, *, is_last: bool) -> None:
        again = "" if is_last else ", asked again"
        why = problem[:_TOLD_MAX_CHARS]
        message = f"the answer of {call.meta.model} does not fit ({why}){again}"
        await self._tell("invalid_answer", call, "invalid", message)

    async def _tell(
        self, kind: Literal["invalid_answer", "refused"], call: PaidCall, error: str, message: str
    ) -> None:
        """Tell of an answer that is of no use, unless an earlier attempt got it and told."""
        meta = call.meta
        if (meta.run_id, meta.attempt) != (self._context.run_id, self._context.attempt):
            return
        await self._watchers.hear_of(
            Incident(
                kind=kind,
                provider=meta.provider,
                model=meta.model,
                error=error,
                message=message,
                at=datetime.now(UTC),
            )
        )


class _UselessError(Exception):
    """`call` is the last one of those that were of no use, `verdict` what that means."""

    def __init__(self, call: PaidCall, verdict: StepRejectedError) -> None:
        super().__init__(str(verdict))
        self.call = call
        self.verdict = verdict


class _UnfitError(Exception):
    """`problem` is the first thing wrong, `details` all of it; neither quotes the answer."""

    def __init__(self, problem: str, details: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.details = details


def _parsed[M: BaseModel](written: Written, returns: type[M]) -> M:
    if written.stop == "max_tokens":
        raise _UnfitError("it was cut at the token limit", "It was cut: write a shorter one.")
    try:
        return returns.model_validate_json(written.text)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, each['loc'])) or 'answer'}: {each['msg']}"
            for each in error.errors(include_input=False, include_url=False)
        ]
        raise _UnfitError(problems[0], "\n".join(problems[:_MAX_PROBLEMS])) from None


def _complaint(written: Written, error: _UnfitError) -> tuple[Turn, Turn]:
    return (
        Turn(role="assistant", text=written.text.strip() or "(nothing)"),
        Turn(
            role="user",
            text=f"That answer cannot be used:\n{error.details}\nGive the whole answer again, "
            "corrected, as JSON that fits the schema.",
        ),
    )
