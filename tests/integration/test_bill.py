"""The bill is what the provider sold, to the token, by an account that is not our own."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx2
import pytest

from yaa.stack.under_test import Up, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

type Account = dict[tuple[str, str], dict[str, int]]
"""Counts of what was used, by provider and model, and the number of `calls`."""

BILL = "SELECT provider, model, buckets FROM usage.usage_events"
TOTALS = "SELECT calls, total_tokens, unpriced_calls FROM usage.total_costs"
RULES = (
    {"fault": "cut", "path": "messages", "times": 2},
    {"fault": "invalid", "path": "messages", "body": "hook", "times": 1},
    {"fault": "malformed", "path": "messages", "body": "thumbnail", "times": 1},
    {"fault": "429:0.1", "path": "images", "times": 2},
    {"fault": "529", "path": "messages", "times": 1},
    {"fault": "500", "path": "speech", "times": 2},
)
"""What goes wrong once the run has begun. What brought an answer of no use is paid as well."""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A stack of this test's own: its simulator has sold nothing yet."""
    running = start(tmp_path_factory.mktemp("up"), latency_s=0.02)
    yield running
    stop(running)


def ask(up: Up, method: str, path: str, **content: object) -> Any:
    url = f"{up.record('simulator')['url']}/simulator/{path}"
    answer = httpx2.request(method, url, **content).raise_for_status()
    return answer.json() if answer.content else None


def sold(up: Up) -> Account:
    """Return what was answered whole, and of what broke off as much as was told of it."""
    books = ask(up, "GET", "sold")
    account = dict[tuple[str, str], Counter[str]]()
    for rows, usage in ((books["sold"], "usage"), (books["cut"], "told")):
        for row in rows:
            counts = account.setdefault((row["provider"], row["model"]), Counter())
            counts.update(row[usage], calls=row["calls"])
    return {key: dict(counts) for key, counts in account.items()}


def billed(up: Up) -> Account:
    account = dict[tuple[str, str], Counter[str]]()
    for provider, model, buckets in asyncio.run(_rows(up, BILL)):
        counts = account.setdefault((provider, model), Counter())
        counts.update(json.loads(buckets), calls=1)
    return {key: dict(counts) for key, counts in account.items()}


async def _rows(up: Up, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(up.database_url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


def wait_for_bill(up: Up, calls: int) -> None:
    """Return when the bill has this many calls: it comes a moment after the run's end."""
    deadline = time.monotonic() + 10
    while sum(counts["calls"] for counts in billed(up).values()) < calls:
        assert time.monotonic() < deadline, (sold(up), billed(up))
        time.sleep(0.05)


def test_the_bill_is_what_was_sold_to_the_token_whatever_went_wrong(up: Up) -> None:
    ask(up, "POST", "faults", json=list(RULES))
    runs = [up.request(topic, dry_run=True) for topic in ("별은 왜 반짝일까", "비누의 역사")]
    ended = [up.wait_for_end(run_id) for run_id in runs]
    met = [rule["hits"] for rule in ask(up, "GET", "faults")]

    assert [run["status"] for run in ended] == ["completed"] * 2, [run["errors"] for run in ended]
    assert met == [rule["times"] for rule in RULES]
    books = sold(up)
    calls = sum(counts["calls"] for counts in books.values())
    wait_for_bill(up, calls)
    assert billed(up) == books
    assert {"input_fresh", "output", "output_image", "characters", "web_searches"} <= {
        name for counts in books.values() for name in counts
    }
    ((kept, tokens, unpriced),) = asyncio.run(_rows(up, TOTALS))
    assert (kept, unpriced) == (calls, 0)
    assert tokens == sum(run["tokens"] for run in map(up.detail, runs))
