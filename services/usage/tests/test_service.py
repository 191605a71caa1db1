"""The whole service against real servers: every paid call is on the bill once, come what may."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from nats.aio.client import Client
from prometheus_client import REGISTRY
from pydantic import SecretStr

from agentkit import metrics
from agentkit.nats import connected, publish_once
from agentkit.provision import provision
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.calls import CallMeta, Usage
from contracts.cards import ExpectedCall, Quote, QuoteRequest
from usage.__main__ import service, start
from usage.settings import UsageSettings
from yaa.testing import NatsUnderTest, PostgresUnderTest

pytestmark = pytest.mark.integration

COUNTERS = {"yaa_cost_usd_total", "yaa_billed_calls_total", "yaa_unpriced_calls_total"}

type MetaOf = Callable[..., CallMeta]
type Check = Callable[[], Awaitable[None]]


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Client]:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])
        yield connection


@pytest.fixture
def settings(nats_url: str, migrated_database_url: str) -> UsageSettings:
    return UsageSettings(nats_url=nats_url, database_url=SecretStr(migrated_database_url))


class Journal:
    """Publishes paid calls as agents do, and knows how many."""

    def __init__(self, connection: Client, meta_of: MetaOf) -> None:
        self._js = connection.jetstream()
        self._meta_of = meta_of
        self.calls = 0

    async def pay(self, count: int) -> None:
        numbers = range(self.calls, self.calls + count)
        self.calls += count
        await asyncio.gather(*(self._pay(n) for n in numbers))

    async def _pay(self, n: int) -> None:
        header = self._meta_of(f"r{n % 5}").model_dump_json()
        await self.append(subjects.call(f"r{n % 5}", "script", "d", n), header)

    async def append(self, subject: str, header: str) -> None:
        headers = {subjects.CALL_META_HEADER: header}
        await publish_once(
            self._js, subjects.CALLS, subject, b'{"raw_usage":{}}', headers=headers, timeout_s=2
        )


@pytest.fixture
def journal(connection: Client, meta_of: MetaOf) -> Journal:
    return Journal(connection, meta_of)


@pytest.fixture
def billed(migrated_database_url: str) -> Callable[[], Awaitable[int]]:
    async def calls() -> int:
        try:
            connection = await asyncpg.connect(migrated_database_url)
        except (OSError, asyncpg.PostgresError):
            return -1
        try:
            found: int = await connection.fetchval("SELECT calls FROM usage.totals")
        finally:
            await connection.close()
        return found

    return calls


async def test_paid_calls_arrive_on_the_bill(
    settings: UsageSettings,
    journal: Journal,
    billed: Callable[[], Awaitable[int]],
    assert_totals_are_the_sums: Check,
) -> None:
    await journal.pay(5)

    async with start(settings) as readiness:
        await journal.pay(600)
        await wait_until(lambda: is_equal(billed(), 605))

        assert await readiness() == []
    await assert_totals_are_the_sums()


def counted() -> dict[tuple[str, ...], float]:
    """Return what the service tells of its bill, by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name in COUNTERS and sample.value
    }


async def test_what_comes_onto_the_bill_is_counted_once_however_often_it_comes(
    settings: UsageSettings,
    connection: Client,
    journal: Journal,
    meta_of: MetaOf,
    billed: Callable[[], Awaitable[int]],
) -> None:
    model, js, before = secrets.token_hex(4), connection.jetstream(), counted()
    for n, meta in enumerate((meta_of("r1"), meta_of("r1", simulated=True), meta_of("r2"))):
        await journal.append(subjects.call(meta.run_id, "script", "d", n), meta.model_dump_json())
    free = meta_of("r1", model=model).model_dump_json()
    await journal.append(subjects.call("r1", "script", "free", 1), free)
    await journal.append(subjects.call("r1", "script", "no-json", 1), "{")

    async with start(settings):
        await wait_until(lambda: is_equal(billed(), 5))
    await js.delete_consumer(subjects.CALLS, subjects.USAGE)
    await provision(connection, [])
    async with start(settings):
        await wait_until(lambda: all_is_acknowledged(connection))

    risen = {key: value - before.get(key, 0) for key, value in counted().items()}
    sonnet, unknown = "claude-sonnet-4-5", ("unreadable", "unreadable")
    assert {key: value for key, value in risen.items() if value} == pytest.approx(
        {
            ("yaa_cost_usd_total", "writer", "anthropic", sonnet, "false"): 0.021,
            ("yaa_cost_usd_total", "writer", "anthropic", sonnet, "true"): 0.0105,
            ("yaa_billed_calls_total", "writer", "anthropic", sonnet, "false"): 2,
            ("yaa_billed_calls_total", "writer", "anthropic", sonnet, "true"): 1,
            ("yaa_billed_calls_total", "writer", "anthropic", model, "false"): 1,
            ("yaa_unpriced_calls_total", "anthropic", model): 1,
            ("yaa_unpriced_calls_total", *unknown): 1,
        }
    )


async def test_an_agent_that_makes_up_models_makes_no_labels(
    settings: UsageSettings,
    journal: Journal,
    meta_of: MetaOf,
    billed: Callable[[], Awaitable[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "BUYERS", metrics.Few(3))
    other, before = ("yaa_unpriced_calls_total", "anthropic", "other"), counted()
    for n in range(9):
        header = meta_of("r1", model=secrets.token_hex(4)).model_dump_json()
        await journal.append(subjects.call("r1", "script", "d", n), header)

    async with start(settings):
        await wait_until(lambda: is_equal(billed(), 9))

    assert counted()[other] - before.get(other, 0) == 8


async def test_saved_calls_arrive_and_are_no_part_of_the_bill(
    settings: UsageSettings,
    journal: Journal,
    meta_of: MetaOf,
    migrated_database_url: str,
    assert_totals_are_the_sums: Check,
) -> None:
    poison = {1: meta_of("r2", model="a\0b").model_dump_json(), 2: "{"}
    database = await asyncpg.connect(migrated_database_url)
    async with start(settings):
        for n in range(1, 6):
            noted = subjects.saved_call(subjects.call("r1", "script", "d", n), "r2", 1)
            await journal.append(noted, poison.get(n) or meta_of("r2").model_dump_json())
        await journal.pay(2)
        await wait_until(lambda: is_equal(database.fetchval("SELECT calls FROM usage.totals"), 2))

    await assert_totals_are_the_sums()
    savings = await database.fetchrow("SELECT * FROM usage.run_savings")
    rejected = await database.fetchval("SELECT count(*) FROM usage.rejected_calls")
    await database.close()
    assert savings is not None
    assert tuple(savings) == ("r2", 31_500, 3, 0)
    assert rejected == 0


async def test_calls_that_cannot_be_billed_hold_up_no_others(
    settings: UsageSettings,
    journal: Journal,
    meta_of: MetaOf,
    migrated_database_url: str,
    assert_totals_are_the_sums: Check,
) -> None:
    poison = {
        "too-many": meta_of("r9", usage=Usage(output=2**70)).model_dump_json(),
        "no-text": meta_of("r9", model="a\0b").model_dump_json(),
        "endless": meta_of("r9", model=secrets.token_hex(10_000)).model_dump_json(),
        "no-json": "{",
    }
    await journal.pay(2)
    for digest, header in poison.items():
        await journal.append(subjects.call("r9", "script", digest, 1), header)
    await journal.pay(2)

    database = await asyncpg.connect(migrated_database_url)
    async with start(settings):
        await wait_until(lambda: is_equal(database.fetchval("SELECT calls FROM usage.totals"), 8))

    await assert_totals_are_the_sums()
    rejected = await database.fetch("SELECT subject, reason FROM usage.rejected_calls")
    run = await database.fetchrow("SELECT * FROM usage.run_costs WHERE run_id = 'r9'")
    await database.close()
    assert {row["subject"].split(".")[3] for row in rejected} == poison.keys()
    assert run is not None
    assert (run["cost_usd_micro"], run["unpriced_calls"]) == (None, 4)


async def test_two_replicas_share_the_work(
    settings: UsageSettings,
    journal: Journal,
    billed: Callable[[], Awaitable[int]],
    assert_totals_are_the_sums: Check,
) -> None:
    async with start(settings), start(settings):
        for _ in range(10):
            await journal.pay(50)
        await wait_until(lambda: is_equal(billed(), 500))

    await assert_totals_are_the_sums()


async def test_a_killed_database_loses_nothing_and_counts_nothing_twice(
    settings: UsageSettings,
    journal: Journal,
    postgres_server: PostgresUnderTest,
    billed: Callable[[], Awaitable[int]],
    assert_totals_are_the_sums: Check,
) -> None:
    async with start(settings) as readiness, asyncio.TaskGroup() as work:
        paying = work.create_task(pay_for_a_while(journal))
        await wait_until(lambda: is_positive(billed()))
        postgres_server.kill()
        await wait_until(lambda: is_told(readiness(), "postgresql is not reachable"))
        postgres_server.start()

        await paying
        await wait_until(lambda: is_equal(billed(), journal.calls))
        assert await readiness() == []
    await assert_totals_are_the_sums()


async def test_a_killed_broker_loses_nothing_and_counts_nothing_twice(
    settings: UsageSettings,
    journal: Journal,
    fresh_nats: NatsUnderTest,
    billed: Callable[[], Awaitable[int]],
    assert_totals_are_the_sums: Check,
) -> None:
    async with start(settings) as readiness, asyncio.TaskGroup() as work:
        paying = work.create_task(pay_for_a_while(journal))
        await wait_until(lambda: is_positive(billed()))
        fresh_nats.kill()
        await wait_until(lambda: is_told(readiness(), "nats is not reachable"))
        fresh_nats.start()

        await paying
        await wait_until(lambda: is_equal(billed(), journal.calls))
        await wait_until(lambda: is_ready(readiness()))
    await assert_totals_are_the_sums()


async def test_a_missing_consumer_is_told(settings: UsageSettings, connection: Client) -> None:
    await connection.jetstream().delete_consumer(subjects.CALLS, subjects.USAGE)

    async with start(settings) as readiness:
        assert await readiness() == ["consumer 'usage' on CALLS does not answer"]


async def test_quotes_are_answered_for_all_calls_of_a_plan(
    settings: UsageSettings, connection: Client
) -> None:
    request = QuoteRequest(
        calls=(
            ExpectedCall(
                capability="text",
                provider="anthropic",
                model="claude-sonnet-4-5",
                usage=Usage(input_fresh=1000, output=500),
                count=3,
            ),
            ExpectedCall(
                capability="text", provider="nobody", model="knows", usage=Usage(output=1)
            ),
        )
    )

    async with start(settings):
        reply = await connection.request(subjects.QUOTES, request.model_dump_json().encode())
        empty = await connection.request(subjects.QUOTES, b"?")

    assert Quote.model_validate_json(reply.data).costs_usd_micro == (31_500, None)
    assert json.loads(empty.data) == {"costs_usd_micro": []}


def test_the_service_is_what_the_entry_point_names() -> None:
    assert (service.name, service.settings) == ("usage", UsageSettings)


async def pay_for_a_while(journal: Journal) -> None:
    for _ in range(30):
        await journal.pay(20)
        await asyncio.sleep(0.02)


async def all_is_acknowledged(connection: Client) -> bool:
    info = await connection.jetstream().consumer_info(subjects.CALLS, subjects.USAGE)
    return (info.num_pending, info.num_ack_pending, info.ack_floor.stream_seq) == (0, 0, 5)


async def is_equal(found: Awaitable[int], expected: int) -> bool:
    return await found == expected


async def is_positive(found: Awaitable[int]) -> bool:
    return await found > 0


async def is_ready(missing: Awaitable[list[str]]) -> bool:
    return not await missing


async def is_told(missing: Awaitable[list[str]], told: str) -> bool:
    return any(told in sentence for sentence in await missing)
