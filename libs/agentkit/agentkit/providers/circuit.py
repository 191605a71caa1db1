"""Keeps calls away from a provider that fails over and over, so that it can recover."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic
from typing import Literal

from agentkit import metrics
from agentkit.providers.base import CallFailedError
from agentkit.settings import CircuitSettings

LONGEST_S = 300.0
"""What a provider says of when to come back counts up to this long: it is not always right."""

type _State = Literal["closed", "half_open", "open"]

_TOO_MANY_REQUESTS = 429


class Circuit:
    """What this process knows of a provider's health.

    After too many failures in a row it opens: nobody asks for a while. Then one call asks, and
    the others wait for what comes of it rather than fail: it closes, or opens again.
    """

    def __init__(self, provider: str, settings: CircuitSettings) -> None:
        self._settings = settings
        self._gauge = partial(metrics.PROVIDER_CIRCUITS.labels, provider)
        self._state: _State = "closed"
        self._gauge(self._state).inc()
        metrics.PROVIDER_INCIDENTS.labels(provider, "circuit_open")  # counted from zero
        self._failures = 0
        self._asked_again_at = 0.0
        self._asking = asyncio.Lock()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Run the block when the provider may be asked; it then says how that went.

        Raises:
            CallFailedError: the circuit is open, for `retry_after_s` more.
        """
        while self._is_broken:
            self._refuse_while_open()
            async with self._asking:
                if self._is_broken and not self._rest_s:
                    self._become("half_open")
                    yield
                    return
        yield

    def answered(self) -> None:
        self._failures = 0
        self._become("closed")

    def failed(self, failure: CallFailedError) -> None:
        """Note a failed try; a provider that refuses one, or asks for patience, is there."""
        if not failure.is_temporary or failure.status == _TOO_MANY_REQUESTS:
            self.answered()
            return
        self._failures += 1
        if self._is_broken:
            rest_s = max(self._settings.open_s, min(failure.retry_after_s, LONGEST_S))
            self._asked_again_at = max(self._asked_again_at, monotonic() + rest_s)
            self._become("open")

    def _become(self, state: _State) -> None:
        self._gauge(self._state).dec()
        self._gauge(state).inc()
        self._state = state

    @property
    def _is_broken(self) -> bool:
        return self._failures >= self._settings.failures

    @property
    def _rest_s(self) -> float:
        return max(0.0, self._asked_again_at - monotonic())

    def _refuse_while_open(self) -> None:
        if rest_s := self._rest_s:
            raise CallFailedError("open", retry_after_s=rest_s)
