"""What the tests of the bill share: calls as agents record them, and sums over the tables."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from contracts.calls import CallMeta, Usage

type Key = tuple[Any, ...]

RUN_TOTALS = """
SELECT run_id, cost_usd_micro, total_tokens, unpriced_calls, simulated_calls, calls
FROM usage.run_totals
"""
RUN_TOKENS = """
SELECT run_id, prompt_tokens, completion_tokens, first_at
FROM usage.run_totals
"""
RUN_TOKENS_ADDED_UP = """
SELECT run_id, sum(prompt_tokens)::bigint, sum(completion_tokens)::bigint, min(at)
FROM (
    SELECT run_id, prompt_tokens, completion_tokens, created_at AS at FROM usage.usage_events
    UNION ALL
    SELECT run_id, 0, 0, rejected_at FROM usage.rejected_calls
    UNION ALL
    SELECT run_id, 0, 0, saved_at FROM usage.saved_calls
) AS calls
GROUP BY run_id
"""
T0 = datetime(2026, 1, 15, 23, 30, tzinfo=UTC)


def call_meta(run_id: str, step: str = "script", **changes: object) -> CallMeta:
    """Return a call that costs 10,500 micro-dollars unless `changes` say otherwise."""
    meta = CallMeta(
        run_id=run_id,
        step=step,
        attempt=1,
        agent="writer",
        capability="text",
        provider="anthropic",
        model="claude-sonnet-4-5",
        at=T0,
        usage=Usage(input_fresh=1000, output=500),
    )
    return meta.model_copy(update=changes)


@pytest.fixture
def meta_of() -> Callable[..., CallMeta]:
    return call_meta


@pytest.fixture
def assert_totals_are_the_sums(migrated_database_url: str) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        connection = await asyncpg.connect(migrated_database_url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await _compare(connection)
        finally:
            await connection.close()

    return check


async def _compare(connection: asyncpg.Connection) -> None:
    """Add up every call in plain Python and compare with what the tables keep."""
    runs, steps, days, all_calls, saved = Sums(), Sums(), Sums(), Sums(), Sums()
    hours, hours_saved = Sums(), Sums()
    for call in await connection.fetch("SELECT * FROM usage.usage_events"):
        cost, unpriced = call["cost_usd_micro"] or 0, int(call["cost_usd_micro"] is None)
        figures = (cost, call["total_tokens"], unpriced, int(call["simulated"]), 1)
        day = call["created_at"].astimezone(UTC).date()
        hours.add((_hour(call["created_at"]),), (cost, unpriced, 1, 0, 0))
        all_calls.add((True,), figures)
        runs.add((call["run_id"],), figures)
        steps.add((call["run_id"], call["step"]), figures)
        days.add(
            (day, call["agent"], call["provider"], call["model"], call["simulated"]),
            (cost, call["prompt_tokens"], call["completion_tokens"], unpriced, 1),
        )
    for call in await connection.fetch("SELECT * FROM usage.rejected_calls"):
        all_calls.add((True,), (0, 0, 1, 0, 1))
        runs.add((call["run_id"],), (0, 0, 1, 0, 1))
        steps.add((call["run_id"], call["step"]), (0, 0, 1, 0, 1))
    for call in await connection.fetch("SELECT * FROM usage.saved_calls"):
        cost, unpriced = call["cost_usd_micro"] or 0, int(call["cost_usd_micro"] is None)
        day = call["saved_at"].astimezone(UTC).date()
        runs.add((call["run_id"],), (0, 0, 0, 0, 0))
        hours_saved.add((_hour(call["saved_at"]),), (cost, unpriced, 1, 0, 0))
        saved.add(
            (day, call["agent"], call["provider"], call["model"], call["simulated"]),
            (cost, unpriced, 1, 0, 0),
        )

    assert runs.rows() == await _rows(connection, RUN_TOTALS)
    assert await _rows(connection, RUN_TOKENS) == await _rows(connection, RUN_TOKENS_ADDED_UP)
    assert saved.rows() == await _rows(connection, "SELECT *, 0, 0 FROM usage.day_savings")
    assert hours.rows() == await _rows(connection, "SELECT *, 0, 0 FROM usage.hour_totals")
    assert hours_saved.rows() == await _rows(connection, "SELECT *, 0, 0 FROM usage.hour_savings")
    assert steps.rows() == await _rows(connection, "SELECT * FROM usage.step_totals")
    assert days.rows() == await _rows(connection, "SELECT * FROM usage.day_totals")
    assert all_calls.rows() == await _rows(connection, "SELECT * FROM usage.totals WHERE calls > 0")


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class Sums:
    """Rows as the tables have them: the key's columns, then five figures."""

    def __init__(self) -> None:
        self._by_key = defaultdict[Key, list[int]](lambda: [0] * 5)

    def add(self, key: Key, figures: tuple[int, ...]) -> None:
        sums = self._by_key[key]
        sums[:] = [total + figure for total, figure in zip(sums, figures, strict=True)]

    def rows(self) -> set[Key]:
        return {(*key, *sums) for key, sums in self._by_key.items()}


async def _rows(connection: asyncpg.Connection, query: str) -> set[Key]:
    return {tuple(row) for row in await connection.fetch(query)}
