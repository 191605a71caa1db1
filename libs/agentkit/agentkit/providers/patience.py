"""Tries a provider again while it is busy, within bounds; then says so in one sentence."""

import asyncio
from typing import Protocol

from loguru import logger
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from agentkit.providers.base import (
    Answer,
    CallRejectedError,
    ProviderError,
    Request,
    Spent,
    TextSink,
)
from agentkit.providers.failure import CallFailedError, outage, rejection
from agentkit.settings import CallBudget

_BACKOFF_MAX_S = 30.0


class Adapter(Protocol):
    """One try over a provider's SDK.

    Raises:
        CallFailedError: it brought no answer.
    """

    async def call(self, request: Request, on_text: TextSink) -> Answer: ...
    async def close(self) -> None: ...


class Patient:
    """A provider that survives what passes: limits, overload, cut streams.

    Args:
        name: The provider's name in settings and messages.
        address: Where it is reached.
        key: The variable that holds its key.
        adapter: One try.
        budget: How long to go on.
    """

    def __init__(
        self, name: str, adapter: Adapter, budget: CallBudget, *, address: str, key: str
    ) -> None:
        self._name = name
        self._adapter = adapter
        self._budget = budget
        self._address = address
        self._key = key

    async def call(self, request: Request, on_text: TextSink) -> Answer:
        tries = list[CallFailedError]()
        try:
            async with asyncio.timeout(self._budget.total_s):
                answer = await self._try_on(request, on_text, tries)
        except CallFailedError as error:
            raise self._verdict(error, request, tries) from None
        except TimeoutError:
            late = CallFailedError("timeout")
            raise self._verdict(late, request, [*tries, late]) from None
        return Answer(answer.content, answer.usage, answer.raw_usage, _spent(tries))

    async def close(self) -> None:
        await self._adapter.close()

    async def _try_on(
        self, request: Request, on_text: TextSink, tries: list[CallFailedError]
    ) -> Answer:
        async def once() -> Answer:
            try:
                return await self._adapter.call(request, on_text)
            except CallFailedError as error:
                tries.append(error)
                raise

        retrying = AsyncRetrying(
            retry=retry_if_exception(_is_temporary),
            wait=self._wait,
            stop=stop_after_attempt(self._budget.attempts)
            | stop_before_delay(self._budget.total_s),
            before_sleep=self._log,
            reraise=True,
        )
        return await retrying(once)

    def _wait(self, state: RetryCallState) -> float:
        """Return the back-off, or what the provider asked for when that is longer."""
        backoff = wait_random_exponential(self._budget.backoff_s, max=_BACKOFF_MAX_S)(state)
        return max(backoff, _failure(state).retry_after_s)

    def _log(self, state: RetryCallState) -> None:
        failure = _failure(state)
        logger.warning(
            "model call is tried again",
            provider=self._name,
            cause=failure.cause,
            status=failure.status,
            code=failure.code,
            wait_s=round(state.upcoming_sleep, 1),
        )

    def _verdict(
        self, error: CallFailedError, request: Request, tries: list[CallFailedError]
    ) -> Exception:
        if not error.is_temporary:
            sentence = rejection(error, self._name, self._key, request)
            return CallRejectedError(sentence, spent=_spent(tries))
        message = outage(error, self._name, self._address, tries=len(tries))
        return ProviderError(message, provider=self._name, status=error.status, spent=_spent(tries))


def _spent(tries: list[CallFailedError]) -> tuple[Spent, ...]:
    return tuple(each.spent for each in tries if each.spent is not None)


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, CallFailedError) and error.is_temporary


def _failure(state: RetryCallState) -> CallFailedError:
    """Return why the last try failed; only a `CallFailedError` is ever tried again."""
    error = state.outcome.exception() if state.outcome is not None else None
    return error if isinstance(error, CallFailedError) else CallFailedError("busy")
