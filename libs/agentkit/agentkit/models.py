"""What a handler asks models for. Every call is bought once, whatever is repeated."""

from collections.abc import Sequence
from itertools import batched

from pydantic import BaseModel, ValidationError

from agentkit.calls import CallContext, Live, PaidCalls
from agentkit.errors import StepRejectedError
from agentkit.journal import Journal, vectors_of
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
from agentkit.settings import ModelSettings
from contracts.artifacts import BlobRef

__all__ = ["CallContext", "Models", "Providers", "SearchHit", "SearchResult", "make_providers"]

MAX_ANSWERS = 3
SPEECH_MAX_CHARS = 4096
EMBED_BATCH = 64

_MAX_PROBLEMS = 10


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
        self._calls = PaidCalls(providers, journal, blobs, live, context)
        self._models = models

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
        provider, model = self._models.of(use)
        turns: tuple[Turn, ...] = (Turn(role="user", text=prompt),)
        problem = ""
        for _ in range(MAX_ANSWERS):
            request = TextRequest(
                model=model, system=system, turns=turns, returns=returns, max_tokens=max_tokens
            )
            written = await self._written(provider, request)
            try:
                return _parsed(written, returns)
            except _UnfitError as error:
                problem = error.problem
                turns = (*turns, *_complaint(written, error))
        raise StepRejectedError(
            f"model {model!r} gave {MAX_ANSWERS} answers that are no valid {returns.__name__}, "
            f"the last because {problem}: try again, or name another model in "
            f"{self._models.variable(use)}"
        )

    async def search(self, query: str, *, limit: int = 5) -> SearchResult:
        """Return what the web says to `query`, with at most `limit` pages."""
        provider, model = self._models.of("search")
        request = SearchRequest(model=model, query=query, limit=limit)
        record = await self._calls.buy(provider, request)
        found = Found.model_validate(await self._calls.content(record))
        if found.stop == "refusal":
            raise StepRejectedError(
                f"model {model!r} refused to search the web for this: change the topic"
            )
        return found.result

    async def image(self, prompt: str, *, width: int, height: int) -> BlobRef:
        """Return a PNG of the nearest size the provider has: the caller crops.

        Raises:
            StepRejectedError: the provider refuses to make it.
        """
        provider, model = self._models.of("image")
        request = ImageRequest(model=model, prompt=prompt, width=width, height=height)
        return await self._file(provider, request)

    async def speech(self, text: str, *, language: str) -> BlobRef:
        """Return `text` spoken, as a WAV."""
        if not 0 < len(text) <= SPEECH_MAX_CHARS:
            raise StepRejectedError(
                f"a text of {len(text)} characters cannot be spoken in one piece: "
                f"give 1 to {SPEECH_MAX_CHARS}"
            )
        provider, model = self._models.of("speech")
        request = SpeechRequest(model=model, text=text, language=language)
        return await self._file(provider, request)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in order."""
        provider, model = self._models.of("embedding")
        vectors = list[list[float]]()
        for batch in batched(texts, EMBED_BATCH, strict=False):
            request = EmbeddingRequest(model=model, texts=batch)
            record = await self._calls.buy(provider, request)
            vectors += vectors_of(await self._calls.content(record))
        return vectors

    async def _written(self, provider: str, request: TextRequest) -> Written:
        record = await self._calls.buy(provider, request)
        written = Written.model_validate(await self._calls.content(record))
        if written.stop == "refusal":
            raise StepRejectedError(
                f"model {request.model!r} refused to answer: change the topic or the brand guide"
            )
        return written

    async def _file(self, provider: str, request: Request) -> BlobRef:
        record = await self._calls.buy(provider, request)
        if record.blob is None:
            raise TypeError(f"the journal has no file for this {request.capability} call")
        return record.blob


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
