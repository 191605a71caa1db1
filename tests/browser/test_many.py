"""Ten thousand runs and a run of two thousand events: only what is in sight is drawn."""

import re

import pytest
from playwright.async_api import expect

from .events import scrolled_through
from .past import pause_often, repeat
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
SCROLLED = 1_500
TO_THE_END = """async () => {
    window.scrollTo(0, document.body.scrollHeight);
    await new Promise(requestAnimationFrame);
}"""
NODES = "() => document.querySelectorAll('*').length"


async def test_ten_thousand_runs_scroll_with_few_rows_drawn(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    await repeat(visitor.up, runs["completed"], RUNS)
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
    visitor: Visitor, runs: dict[str, str]
) -> None:
    await pause_often(visitor.up, runs["asking"], PAUSES)
    page = await visitor.opens(f"/runs/{runs['asking']}?tab=events")
    count = page.get_by_role("status").filter(has_text=re.compile(r"2,0\d\d of 2,0\d\d"))
    await expect(count).to_be_visible(timeout=30_000)

    seen = await scrolled_through(page)

    assert len(seen.ids) >= 2 * PAUSES
    assert seen.most <= ROWS_MOST
    assert await page.evaluate(NODES) <= NODES_MOST
