"""The bill and the provider's own books, in the same words."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
import httpx2

from yaa.stack.under_test import Up

type Account = dict[tuple[str, str], dict[str, int]]
"""Counts of what was used, by provider and model, and the number of `calls`."""

BILL = "SELECT provider, model, buckets FROM usage.usage_events"


def sold(up: Up) -> Account:
    """Return what the simulator answered whole, and of what broke off as much as it told."""
    url = f"{up.record('simulator')['url']}/simulator/sold"
    books = httpx2.get(url).raise_for_status().json()
    rows = [(row, row["usage"], row["calls"]) for row in books["sold"]]
    rows += [(row, row["told"], row["calls"]) for row in books["cut"]]
    return _added(rows)


def billed(up: Up) -> Account:
    rows = asyncio.run(_fetched(up, BILL))
    return _added((row, json.loads(row["buckets"]), 1) for row in rows)


def calls_in(account: Account) -> int:
    return sum(counts["calls"] for counts in account.values())


def _added(rows: Iterable[tuple[Mapping[str, Any], Mapping[str, int], int]]) -> Account:
    account = dict[tuple[str, str], Counter[str]]()
    for row, counts, calls in rows:
        account.setdefault((row["provider"], row["model"]), Counter()).update(counts, calls=calls)
    return {key: dict(counts) for key, counts in account.items()}


async def _fetched(up: Up, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(up.database_url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()
