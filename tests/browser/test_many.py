"""Ten thousand runs and a run of two thousand events: only what is in sight is drawn."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from .events import scrolled_through
from .past import asking_run, pause_often, repeat
from .visitor import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(120, func_only=True),
]

RUNS = 10_000
PAUSES = 1_000
ROWS_MOST = 60
NODES_MOST = 3_000
SCROLLED = 3_000
TO_THE_END = """async () => {
    window.scrollTo(0, document.body.scrollHeight);
    await new Promise(requestAnimationFrame);
}"""
NODES = "() => document.querySelectorAll('*').length"


async def test_ten_thousand_runs_scroll_with_few_rows_drawn(visitor: Visitor) -> None:
    run_id = visitor.up.request("별은 왜 반짝일까", dry_run=True)
    await asyncio.to_thread(visitor.up.wait_for_end, run_id)
    await repeat(visitor.up, run_id, RUNS)
    page = await visitor.opens("/runs")
    rows = page.get_by_role("grid", name="Runs").get_by_role("row")
    await expect(rows.nth(1)).to_be_visible()

    last = most = nodes = 0
    while last < SCROLLED:
        await page.evaluate(TO_THE_END)
        last = int(await rows.last.get_attribute("aria-rowindex") or 0)
        most = max(most, await rows.count())
        nodes = max(nodes, await page.evaluate(NODES))

    assert most <= ROWS_MOST
    assert nodes <= NODES_MOST


async def test_a_run_of_two_thousand_events_shows_each_with_few_rows_drawn(
    visitor: Visitor,
) -> None:
    run_id = asking_run(visitor.up, "얼음은 왜 뜰까")
    await pause_often(visitor.up, run_id, PAUSES)
    page = await visitor.opens(f"/runs/{run_id}?tab=events")
    count = page.get_by_role("status").filter(has_text=re.compile(r"2,0\d\d of 2,0\d\d"))
    await expect(count).to_be_visible(timeout=30_000)

    seen = await scrolled_through(page)

    assert len(seen.ids) >= 2 * PAUSES
    assert seen.most <= ROWS_MOST
    assert await page.evaluate(NODES) <= NODES_MOST
