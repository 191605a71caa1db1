"""Tries a provider again while it is busy, within bounds; then says so in one sentence."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, Protocol

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
    BoughtError,
    CallFailedError,
    CallRejectedError,
    GivenUpError,
    Listener,
    ProviderError,
    Request,
    Spent,
    TextSink,
)
from agentkit.providers.circuit import Circuit
from agentkit.providers.failure import duration, outage, rejection, trouble, word_of
from agentkit.settings import CallBudget
from contracts.calls import Incident

GRACE_S = 8.0
"""How long an answer may take that nobody waits for any more: it is paid for, and whoever asks
the same again gets it. Shorter than what an agent has to wind up in."""

_BACKOFF_MAX_S = 30.0


class Adapter(Protocol):
    """One try over a provider's SDK.

    Raises:
        CallFailedError: it brought no answer.
        GivenUpError: it was cancelled, and what it had used by then is known.
    """

    async def call(self, request: Request, on_text: TextSink) -> Answer: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Contact:
    """What messages say of a provider: its name, its address, the variable that has its key."""

    name: str
    address: str
    key: str


class Patient:
    """A provider that survives what passes: limits, overload, cut streams."""

    def __init__(
        self, contact: Contact, adapter: Adapter, budget: CallBudget, circuit: Circuit
    ) -> None:
        self._contact = contact
        self._adapter = adapter
        self._budget = budget
        self._circuit = circuit

    async def call(self, request: Request, listener: Listener) -> Answer:
        call = _Call(self._contact, self._adapter, self._budget, self._circuit, request, listener)
        return await call.answer()

    async def close(self) -> None:
        await self._adapter.close()


@dataclass(slots=True)
class _Call:
    """One call on its way through its tries."""

    contact: Contact
    adapter: Adapter
    budget: CallBudget
    circuit: Circuit
    request: Request
    listener: Listener
    failures: list[CallFailedError] = field(default_factory=list[CallFailedError])
    is_in_flight: bool = False

    async def answer(self) -> Answer:
        try:
            async with asyncio.timeout(self.budget.total_s) as limit:
                with self.listener.told_of_leaving(lambda: self._hurry(limit)):
                    answer = await self._try_on()
        except CallFailedError as error:
            failure = error
        except TimeoutError:
            failure = self.failures[-1] if self.failures else CallFailedError("open")
        else:
            return replace(answer, spent=self._spent)
        await self._tell_of_end(failure)
        raise self._verdict(failure)

    def _hurry(self, limit: asyncio.Timeout) -> None:
        """Begin nothing more; bring to an end what is in flight."""
        if not limit.expired():
            grace_s = GRACE_S if self.is_in_flight else 0
            ends_at = asyncio.get_running_loop().time() + grace_s
            limit.reschedule(min(limit.when() or ends_at, ends_at))

    async def _try_on(self) -> Answer:
        async def once() -> Answer:
            if self.failures and await self.listener.is_bought():
                raise BoughtError(self._spent)
            async with self.circuit.passing():
                return await self._once()

        retrying = AsyncRetrying(
            retry=retry_if_exception(self._is_retried),
            wait=self._wait,
            stop=stop_after_attempt(self.budget.attempts) | stop_before_delay(self.budget.total_s),
            before_sleep=self._tell_of_retry,
            reraise=True,
        )
        return await retrying(once)

    async def _once(self) -> Answer:
        self.is_in_flight = True
        try:
            answer = await self.adapter.call(self.request, self.listener.text)
        except CallFailedError as error:
            self._note(error)
            raise
        except asyncio.CancelledError as error:
            spent = error.spent if isinstance(error, GivenUpError) else None
            self._note(CallFailedError("timeout", spent=spent))
            raise
        finally:
            self.is_in_flight = False
        self.circuit.answered()
        return answer

    def _note(self, failure: CallFailedError) -> None:
        self.failures.append(failure)
        if not self.listener.has_left:
            self.circuit.failed(failure)

    def _is_retried(self, error: BaseException) -> bool:
        if not isinstance(error, CallFailedError) or self.listener.has_left:
            return False
        return error.is_temporary and error.cause != "open"

    def _wait(self, state: RetryCallState) -> float:
        """Return what the provider asked for, and a back-off so that not all come at once."""
        backoff = wait_random_exponential(self.budget.backoff_s, max=_BACKOFF_MAX_S)(state)
        return self.failures[-1].retry_after_s + backoff

    async def _tell_of_retry(self, state: RetryCallState) -> None:
        again = f"asked again in {duration(state.upcoming_sleep)}"
        await self._tell("retried", self.failures[-1], again)

    async def _tell_of_end(self, failure: CallFailedError) -> None:
        if failure.cause == "open":
            await self._tell("circuit_open", failure)
        elif failure.cause == "policy":
            await self._tell("refused", failure)

    async def _tell(
        self,
        kind: Literal["retried", "circuit_open", "refused"],
        failure: CallFailedError,
        more: str = "",
    ) -> None:
        await self.listener.incident(
            Incident(
                kind=kind,
                provider=self.contact.name,
                model=self.request.model,
                error=word_of(failure),
                message=", ".join(filter(None, [trouble(failure, self.contact.name), more])),
                at=datetime.now(UTC),
            )
        )

    def _verdict(self, failure: CallFailedError) -> ProviderError | CallRejectedError:
        name, spent = self.contact.name, self._spent
        if failure.is_temporary:
            message = outage(failure, name, self.contact.address, tries=len(self.failures))
            return ProviderError(message, provider=name, failure=failure, spent=spent)
        message = rejection(failure, name, self.contact.key, self.request)
        return CallRejectedError(message, provider=name, failure=failure, spent=spent)

    @property
    def _spent(self) -> tuple[Spent, ...]:
        return tuple(each.spent for each in self.failures if each.spent is not None)
