"""A simulator of the providers, and a run whose attempts ask it over HTTP."""

import ssl
from collections import Counter
from typing import Any

import httpx2
from pydantic import BaseModel, Field

from agentkit.artifacts import NatsArtifacts
from agentkit.fakes import MemoryArtifacts, MemoryJournal
from agentkit.journal import NatsJournal
from agentkit.models import Models, Providers, make_providers
from agentkit.providers import anthropic, openai
from agentkit.settings import CallBudget, CircuitSettings, ModelSettings, Settings
from agentkit.watchers import CallContext
from contracts.calls import CallMeta, Incident
from contracts.live import IncidentMet, LiveEvent

SDKS = (anthropic, openai)
"""Loaded here: on a busy machine that takes longer than a test gives a call."""
QUICK = CallBudget(attempts=3, total_s=10, answer_s=5, backoff_s=0.01)
NEVER_OPEN = CircuitSettings(failures=1000)
TLS = ssl.create_default_context()
PROMPT = "Outline a short video about 밀물과 썰물."


class Outline(BaseModel):
    """What a video tells."""

    title: str = Field(max_length=200)
    points: tuple[str, ...] = Field(min_length=1, max_length=6)


class Simulated:
    """A simulator and the providers that speak to it, for all tests of this file."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._providers = dict[str, Providers]()

    def providers(self, settings: Settings) -> Providers:
        key = f"{settings.simulator_url} {settings.calls} {settings.circuit}"
        return self._providers.setdefault(key, make_providers(settings))

    async def close(self) -> None:
        for providers in self._providers.values():
            await providers.close()


class World:
    """One run that outlives its attempts."""

    def __init__(self, simulated: Simulated) -> None:
        self.url = simulated.url
        self.live = list[LiveEvent]()
        self.journal: MemoryJournal | NatsJournal = MemoryJournal()
        self.store: MemoryArtifacts | NatsArtifacts = MemoryArtifacts()
        self._simulated = simulated

    def attempt(
        self,
        number: int = 1,
        models: ModelSettings | None = None,
        calls: CallBudget = QUICK,
        circuit: CircuitSettings = NEVER_OPEN,
    ) -> Models:
        settings = Settings(
            llm="simulator",
            simulator_url=self.url,
            calls=calls,
            circuit=circuit,
            models=models or ModelSettings(),
        )
        providers = self._simulated.providers(settings)
        context = CallContext("r1", "script", number, "writer", providers.simulated, "r1")
        return Models(providers, self.journal, self.store, self._hear, context, settings.models)

    async def goes_wrong(self, *faults: str) -> None:
        """Let the next requests meet these faults, one each."""
        await self.goes_wrong_where(*({"fault": fault, "times": 1} for fault in faults))

    async def goes_wrong_where(self, *rules: dict[str, Any]) -> None:
        """Let requests that fit one of these rules meet its fault."""
        await self._ask("POST", "/simulator/faults", json=list(rules))

    async def goes_right(self) -> None:
        await self._ask("DELETE", "/simulator/faults")

    async def requests(self) -> list[dict[str, Any]]:
        """Return what the simulator was asked so far."""
        report = (await self._ask("GET", "/simulator/requests")).json()
        last: list[dict[str, Any]] = report["last"]
        return last

    async def forget(self) -> None:
        """Let the simulator know nothing of other tests."""
        await self._ask("DELETE", "/simulator/faults")
        await self._ask("DELETE", "/simulator/requests")
        await self._ask("DELETE", "/simulator/sold")

    async def books(self) -> Counter[str]:
        """Return what the simulator sold, as far as it told: counts, and the number of calls."""
        report = (await self._ask("GET", "/simulator/sold")).json()
        counts = Counter[str]()
        for row in report["sold"]:
            counts.update(row["usage"], calls=row["calls"])
        for row in report["cut"]:
            counts.update(row["told"], calls=row["calls"])
        return counts

    @property
    def account(self) -> Counter[str]:
        """What the bill says, in the counts of the simulator's books."""
        counts = Counter[str]()
        for meta in self.bill:
            counts.update(meta.usage.model_dump(exclude_defaults=True), calls=1)
        return counts

    @property
    def incidents(self) -> list[Incident]:
        return [event.incident for event in self.live if isinstance(event, IncidentMet)]

    @property
    def bill(self) -> list[CallMeta]:
        assert isinstance(self.journal, MemoryJournal)
        return [call.meta for call in self.journal.calls.values()]

    async def _hear(self, event: LiveEvent) -> None:
        self.live.append(event)

    async def _ask(self, method: str, path: str, **content: object) -> httpx2.Response:
        async with httpx2.AsyncClient(verify=TLS, trust_env=False) as client:
            response = await client.request(method, self.url + path, **content)
        return response.raise_for_status()
