"""A provider that fails over and over is left alone; then one call finds out for all."""

import asyncio
from contextlib import suppress
from itertools import count

import pytest
from prometheus_client import REGISTRY

from agentkit.providers.base import CallFailedError, Cause
from agentkit.providers.circuit import LONGEST_S, Circuit
from agentkit.settings import CircuitSettings
from agentkit.testing import wait_until

DOWN = CallFailedError("busy", status=529)
SHORT = CircuitSettings(failures=3, open_s=0.05)
NUMBERS = count()
LONG = CircuitSettings(failures=3, open_s=30)


class Provider:
    """Is down or not, and counts how often it is asked and how many ask at once."""

    def __init__(self, settings: CircuitSettings) -> None:
        self.name = f"provider-{next(NUMBERS)}"
        self.circuit = Circuit(self.name, settings)
        self.failure: CallFailedError | None = None
        self.takes_s = 0.0
        self.asked = self.now = self.most = 0

    async def ask(self) -> None:
        async with self.circuit.passing():
            self.asked += 1
            self.now += 1
            self.most = max(self.most, self.now)
            try:
                await asyncio.sleep(self.takes_s)
            finally:
                self.now -= 1
            if self.failure is not None:
                self.circuit.failed(self.failure)
                raise self.failure
            self.circuit.answered()

    async def fail(self, times: int, failure: CallFailedError = DOWN) -> None:
        self.failure = failure
        for _ in range(times):
            with suppress(CallFailedError):
                await self.ask()

    async def rest_s(self) -> float:
        """Return how long it is left alone; 0 when it is asked."""
        asked = self.asked
        try:
            await self.ask()
        except CallFailedError as error:
            return error.retry_after_s if self.asked == asked else 0
        return 0


def shown(provider: Provider) -> str:
    """Return the state that the metrics show."""
    states = [
        state
        for state in ("closed", "half_open", "open")
        if REGISTRY.get_sample_value(
            "yaa_provider_circuits", {"provider": provider.name, "state": state}
        )
    ]
    return " ".join(states)


async def test_a_provider_that_failed_too_often_is_not_asked_and_it_is_said_for_how_long() -> None:
    provider = Provider(LONG)
    await provider.fail(3)
    provider.failure = None

    with pytest.raises(CallFailedError) as caught:
        await provider.ask()

    assert caught.value.cause == "open"
    assert 29 < caught.value.retry_after_s <= 30
    assert (provider.asked, shown(provider)) == (3, "open")


async def test_one_answer_in_between_starts_the_count_anew() -> None:
    provider = Provider(LONG)

    for _ in range(3):
        await provider.fail(2)
        provider.failure = None
        await provider.ask()

    assert (provider.asked, shown(provider)) == (9, "closed")


@pytest.mark.parametrize("cause", ["key", "model", "request", "quota", "policy"])
async def test_a_provider_that_refuses_is_there(cause: Cause) -> None:
    provider = Provider(LONG)

    await provider.fail(9, CallFailedError(cause, status=400))

    assert provider.asked == 9


async def test_a_provider_that_asks_for_fewer_requests_is_there() -> None:
    provider = Provider(LONG)

    await provider.fail(9, CallFailedError("busy", status=429, retry_after_s=600))

    assert provider.asked == 9


@pytest.mark.parametrize(("asked_s", "rest_s"), [(7, 30), (90, 90), (86_400, LONGEST_S)])
async def test_a_provider_says_itself_how_long_it_needs_within_limits(
    asked_s: float, rest_s: float
) -> None:
    provider = Provider(LONG)

    await provider.fail(3, CallFailedError("busy", status=503, retry_after_s=asked_s))

    assert rest_s - 1 < await provider.rest_s() <= rest_s


async def test_of_many_that_come_back_one_asks_while_the_others_wait_and_then_all_do() -> None:
    provider = Provider(SHORT)
    await provider.fail(3)
    await asyncio.sleep(0.06)
    provider.failure, provider.takes_s = None, 0.05

    calls = [asyncio.create_task(provider.ask()) for _ in range(16)]
    await wait_until(lambda: provider.now == 1)
    most_at_first, state = provider.most, shown(provider)
    await asyncio.gather(*calls)

    assert (most_at_first, state) == (1, "half_open")
    assert provider.asked == 3 + 16
    assert provider.most == 15
    assert shown(provider) == "closed"


async def test_of_many_that_come_back_to_a_provider_still_down_only_one_asks() -> None:
    provider = Provider(CircuitSettings(failures=3, open_s=0.2))
    await provider.fail(3)
    await asyncio.sleep(0.25)
    provider.takes_s = 0.02

    results = await asyncio.gather(*(provider.ask() for _ in range(16)), return_exceptions=True)

    assert provider.asked == 3 + 1
    causes = [each.cause for each in results if isinstance(each, CallFailedError)]
    assert sorted(causes) == ["busy"] + ["open"] * 15
    assert shown(provider) == "open"


async def test_when_the_one_that_asks_is_cancelled_the_next_one_asks() -> None:
    provider = Provider(SHORT)
    await provider.fail(3)
    await asyncio.sleep(0.06)
    provider.failure, provider.takes_s = None, 30
    first, second = (asyncio.create_task(provider.ask()) for _ in range(2))
    await wait_until(lambda: provider.now == 1)

    provider.takes_s = 0
    first.cancel()
    await second

    assert first.cancelled()
    assert (provider.asked, shown(provider)) == (5, "closed")


async def test_a_late_failure_of_an_old_call_does_not_undo_an_answer() -> None:
    provider = Provider(SHORT)
    await provider.fail(3)
    await asyncio.sleep(0.06)
    provider.failure = None
    await provider.ask()

    provider.circuit.failed(DOWN)

    assert await provider.rest_s() == 0
