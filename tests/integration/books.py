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
"""Counts of what was used, by provider and model, with the number of `calls`."""

BILL = "SELECT provider, model, buckets FROM usage.usage_events"


def sold(up: Up) -> Account:
    """Return what the simulator answered whole, and of what broke off as much as it told.

    What broke off before anything was told of it counts as `unknown`.
    """
    url = f"{up.record('simulator')['url']}/simulator/sold"
    books = httpx2.get(url).raise_for_status().json()
    rows = [(row, {**row["usage"], "calls": row["calls"]}) for row in books["sold"]]
    for row in books["cut"]:
        told = {"calls": row["calls"] - row["silent"], "unknown": row["silent"]}
        rows.append((row, {**row["told"], **told}))
    return _added(rows)


def billed(up: Up) -> Account:
    rows = asyncio.run(_fetched(up, BILL))
    counts = ((row, json.loads(row["buckets"])) for row in rows)
    return _added((row, {**used, "calls" if used else "unknown": 1}) for row, used in counts)


def calls_in(account: Account) -> int:
    return sum(counts.get("calls", 0) + counts.get("unknown", 0) for counts in account.values())


def _added(rows: Iterable[tuple[Mapping[str, Any], Mapping[str, int]]]) -> Account:
    account = dict[tuple[str, str], Counter[str]]()
    for row, counts in rows:
        account.setdefault((row["provider"], row["model"]), Counter()).update(counts)
    return {key: dict(+counts) for key, counts in account.items()}


async def _fetched(up: Up, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(up.database_url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()
