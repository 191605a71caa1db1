"""Each call counts once: in the events and in every total, however often it comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import count

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentkit.migrate import EMPTY, LATEST, migrate
from contracts import subjects
from contracts.calls import CallMeta, Usage
from usage import store as store_module
from usage.__main__ import price_table
from usage.consumer import entry_of, reject
from usage.store import Bill, Rejected, Saved, Store, open_store

type Check = Callable[[], Awaitable[None]]
type MetaOf = Callable[..., CallMeta]

PRICES = price_table(None)
_runs = count(1)


@pytest.fixture
async def store(migrated_database_url: str) -> AsyncIterator[Store]:
    async with open_store(migrated_database_url) as store:
        yield store


@pytest.fixture
async def database(migrated_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(migrated_database_url)
    yield connection
    await connection.close()


def saved(meta: CallMeta, n: int = 1) -> Saved:
    paid = subjects.call("r1", meta.step, "d", n)
    noted = subjects.saved_call(paid, meta.run_id, meta.attempt)
    made = entry_of(noted, meta.model_dump_json(), PRICES)
    assert isinstance(made, Saved)
    return made


def bill(meta: CallMeta, digest: str = "d", n: int = 1) -> Bill:
    made = entry_of(f"call.{meta.run_id}.{meta.step}.{digest}.{n}", meta.model_dump_json(), PRICES)
    assert isinstance(made, Bill)
    return made


async def test_every_statement_fits_the_schema(database: asyncpg.Connection) -> None:
    for statement in store_module.STATEMENTS:
        await database.prepare(statement)


async def test_the_schema_can_be_taken_back(database_url: str) -> None:
    await asyncio.to_thread(migrate, database_url, "usage")
    await asyncio.to_thread(migrate, database_url, "usage", EMPTY)
    await asyncio.to_thread(migrate, database_url, "usage", LATEST)

    async with open_store(database_url) as store:
        assert await store.missing() == []


async def test_a_call_is_kept_with_all_that_was_used(
    store: Store, database: asyncpg.Connection, meta_of: MetaOf
) -> None:
    used = Usage(input_fresh=1000, cache_read=200, output=500)

    await store.record([bill(meta_of("r1", usage=used, simulated=True))], [])

    row = await database.fetchrow("SELECT * FROM usage.usage_events")
    assert row is not None
    assert str(row["cost_usd"]) == "0.01056000000000000000"
    assert dict(row) | {"cost_usd": 0, "price_basis": "", "buckets": ""} == {
        "id": store_module.id_of("call.r1.script.d.1"),
        "run_id": "r1",
        "step": "script",
        "attempt": 1,
        "agent": "writer",
        "capability": "text",
        "provider": "anthropic",
        "model": "claude-sonnet-4-5",
        "prompt_tokens": 1200,
        "completion_tokens": 500,
        "total_tokens": 1700,
        "buckets": "",
        "cost_usd_micro": 10_560,
        "cost_usd": 0,
        "price_basis": "",
        "simulated": True,
        "created_at": meta_of("r1").at,
    }
    assert Usage.model_validate_json(row["buckets"]) == used


async def test_the_same_batch_twice_counts_once(
    store: Store, database: asyncpg.Connection, meta_of: MetaOf, assert_totals_are_the_sums: Check
) -> None:
    batch = [bill(meta_of("r1"), n=n) for n in (1, 2, 2)]

    await store.record(batch, [])
    await store.record(batch, [])

    await assert_totals_are_the_sums()
    row = await database.fetchrow("SELECT * FROM usage.run_costs")
    assert row is not None
    assert tuple(row) == ("r1", 21_000, 3000, 0, 2, 0, 2000, 1000, meta_of("r1").at)


async def test_unpriced_calls_are_counted_and_cost_nothing_known(
    store: Store, database: asyncpg.Connection, meta_of: MetaOf, assert_totals_are_the_sums: Check
) -> None:
    unpriced = meta_of("r1", step="media", model="claude-nobody-knows", simulated=True)

    await store.record([bill(meta_of("r1")), bill(unpriced)], [])

    await assert_totals_are_the_sums()
    rows = await database.fetch("SELECT * FROM usage.step_costs ORDER BY step")
    assert [tuple(row) for row in rows] == [
        ("r1", "media", None, 1500, 1, 1, 1),
        ("r1", "script", 10_500, 1500, 0, 1, 0),
    ]
    run = await database.fetchrow("SELECT * FROM usage.run_costs")
    total = await database.fetchrow("SELECT * FROM usage.total_costs")
    assert run is not None
    assert total is not None
    assert tuple(run)[1:6] == tuple(total) == (10_500, 3000, 1, 2, 1)


async def test_a_call_that_cannot_be_billed_is_kept_and_counted_as_unpriced(
    store: Store, database: asyncpg.Connection, assert_totals_are_the_sums: Check
) -> None:
    rejected = reject("call.r1.script.d.1", "header is missing")

    await store.record([], [rejected])
    await store.record([], [rejected])

    await assert_totals_are_the_sums()
    row = await database.fetchrow("SELECT * FROM usage.step_costs")
    assert row is not None
    assert tuple(row) == ("r1", "script", None, 0, 1, 1, 0)
    assert await database.fetchval("SELECT reason FROM usage.rejected_calls") == "header is missing"


async def test_saved_calls_are_counted_once_apart_from_the_bill(
    store: Store, database: asyncpg.Connection, meta_of: MetaOf, assert_totals_are_the_sums: Check
) -> None:
    again = meta_of("r2", attempt=2)
    notes = [saved(again), saved(again, n=2), saved(meta_of("r2", step="seo", model="new"))]

    for _ in range(2):
        await store.record([bill(meta_of("r1"))], [], notes)
        await store.record([], [], notes[:2])

    await assert_totals_are_the_sums()
    runs = await database.fetch("SELECT * FROM usage.run_savings")
    steps = await database.fetch("SELECT * FROM usage.step_savings ORDER BY step")
    assert [tuple(row) for row in runs] == [("r2", 21_000, 3, 1)]
    assert [tuple(row) for row in steps] == [
        ("r2", "script", 21_000, 2, 0),
        ("r2", "seo", None, 1, 1),
    ]
    assert await database.fetchval("SELECT calls FROM usage.totals") == 1
    costs = await database.fetch("SELECT * FROM usage.run_costs ORDER BY run_id")
    assert [tuple(row)[:5] for row in costs] == [("r1", 10_500, 1500, 0, 1), ("r2", 0, 0, 0, 0)]


async def test_what_was_kept_before_is_counted_when_others_begin_to_read_it(
    database_url: str, meta_of: MetaOf
) -> None:
    await asyncio.to_thread(migrate, database_url, "usage")
    later = meta_of("r1", at=meta_of("r1").at + timedelta(hours=1))
    async with open_store(database_url) as store:
        await store.record([bill(later), bill(meta_of("r1"), n=2)], [], [saved(meta_of("r2"))])
    connection = await asyncpg.connect(database_url)
    kept = await everything(connection)

    await asyncio.to_thread(migrate, database_url, "usage", "v0002")
    await asyncio.to_thread(migrate, database_url, "usage", LATEST)

    assert kept == await everything(connection)
    await connection.close()


async def everything(connection: asyncpg.Connection) -> list[list[asyncpg.Record]]:
    return [
        await connection.fetch("SELECT * FROM usage.run_costs ORDER BY run_id"),
        await connection.fetch("SELECT * FROM usage.day_costs ORDER BY calls"),
        await connection.fetch("SELECT * FROM usage.run_savings"),
    ]


async def test_a_call_is_never_both_billed_and_rejected(
    store: Store, database: asyncpg.Connection, meta_of: MetaOf, assert_totals_are_the_sums: Check
) -> None:
    billed, later = bill(meta_of("r1"), n=1), bill(meta_of("r1"), n=2)

    await store.record([billed], [reject("call.r1.script.d.2", "boom")])
    await store.record([later], [reject("call.r1.script.d.1", "boom")])

    await assert_totals_are_the_sums()
    assert await database.fetchval("SELECT calls FROM usage.run_costs") == 2


async def test_replicas_with_overlapping_batches_count_each_call_once(
    store: Store,
    database: asyncpg.Connection,
    migrated_database_url: str,
    meta_of: MetaOf,
    assert_totals_are_the_sums: Check,
) -> None:
    bills = [bill(meta_of(f"r{n % 7}", step=f"s{n % 3}"), n=n) for n in range(200)]

    async with open_store(migrated_database_url) as replica, asyncio.TaskGroup() as work:
        for start in range(0, 200, 20):
            work.create_task(store.record(bills[start : start + 60], []))
            work.create_task(replica.record(bills[start : start + 60][::-1], []))

    await assert_totals_are_the_sums()
    assert await database.fetchval("SELECT calls FROM usage.totals") == 200
    assert await database.fetchval("SELECT cost_usd_micro FROM usage.totals") == 200 * 10_500


MODELS = st.sampled_from(["claude-sonnet-4-5", "claude-nobody-knows"])


@st.composite
def splits(draw: st.DrawFn) -> list[list[int]]:
    """Draw batches of call numbers as a broker may deliver them: repeated and reordered."""
    deliveries = draw(st.lists(st.integers(0, 9), min_size=1))
    redelivered = draw(st.permutations(deliveries))
    batches, rest = [], [*deliveries, *redelivered]
    while rest:
        size = draw(st.integers(1, len(rest)))
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(splits(), st.lists(MODELS, min_size=10, max_size=10), st.sets(st.integers(0, 9)))
async def test_totals_are_the_sums_however_the_stream_is_cut_into_batches(  # noqa: PLR0913, PLR0917 -- fixtures and drawn values
    store: Store,
    database: asyncpg.Connection,
    meta_of: MetaOf,
    assert_totals_are_the_sums: Check,
    batches: list[list[int]],
    models: list[str],
    broken: set[int],
) -> None:
    run_id = f"run{next(_runs)}"
    calls: list[Bill | Rejected] = [
        reject(f"call.{run_id}.script.d.{n}", "boom")
        if n in broken
        else bill(meta_of(run_id, model=model), n=n)
        for n, model in enumerate(models)
    ]

    for batch in batches:
        delivered = [calls[n] for n in batch]
        await store.record(
            [call for call in delivered if isinstance(call, Bill)],
            [call for call in delivered if isinstance(call, Rejected)],
        )

    await assert_totals_are_the_sums()
    distinct = {n for batch in batches for n in batch}
    found = await database.fetchval("SELECT calls FROM usage.run_costs WHERE run_id = $1", run_id)
    assert found == len(distinct)


async def test_a_database_that_is_not_migrated_is_not_ready(database_url: str) -> None:
    async with open_store(database_url) as store:
        assert await store.missing() == [
            "schema usage is not migrated: run python -m agentkit.migrate usage"
        ]


async def test_a_database_that_is_not_there_is_not_ready() -> None:
    async with open_store("postgresql://postgres@127.0.0.1:1/postgres") as store:
        assert await store.missing() == ["postgresql is not reachable (ConnectionRefusedError)"]


async def test_an_address_that_is_none_names_its_setting() -> None:
    async with open_store("somewhere") as store:
        assert await store.missing() == [
            "the address of postgresql cannot be used: correct YAA_DATABASE_URL"
        ]
