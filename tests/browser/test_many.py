"""Ten thousand runs and a run of two thousand events: only what is in sight is drawn."""

import re

import pytest
from playwright.async_api import expect

from .past import pause_often, repeat
from .scrolling import all_events, all_runs
from .visitor import Screen, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(120, func_only=True),
]

RUNS = 10_000
PAUSES = 1_000
ROWS_MOST = 60
NODES_MOST = 3_000
TALL: Screen = {"viewport": {"width": 1440, "height": 2400}}
"""The end of ten thousand rows is nearer there."""
NODES = "() => document.querySelectorAll('*').length"


async def test_ten_thousand_runs_scroll_to_their_end_with_few_rows_drawn(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    await repeat(visitor.up, runs["completed"], RUNS)
    page = await visitor.opens("/runs", screen=TALL)
    rows = page.get_by_role("grid", name="Runs").get_by_role("row")
    await expect(rows.nth(1)).to_be_visible()

    seen = await all_runs(page)

    assert seen.topics[-RUNS:] == [f"old run {n}" for n in range(RUNS, 0, -1)]
    assert None not in seen.topics
    await expect(page.get_by_text(f"Those are all {len(seen.topics):,} runs")).to_be_visible()
    assert seen.most <= ROWS_MOST
    assert seen.nodes <= NODES_MOST


async def test_a_run_of_two_thousand_events_shows_each_with_few_rows_drawn(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    await pause_often(visitor.up, runs["asking"], PAUSES)
    page = await visitor.opens(f"/runs/{runs['asking']}?tab=events")
    count = page.get_by_role("status").filter(has_text=re.compile(r"2,0\d\d of 2,0\d\d"))
    await expect(count).to_be_visible(timeout=30_000)

    seen = await all_events(page)

    assert len(seen.ids) >= 2 * PAUSES
    assert seen.most <= ROWS_MOST
    assert await page.evaluate(NODES) <= NODES_MOST
