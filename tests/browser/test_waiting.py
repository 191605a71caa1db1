"""Why nothing happens right now, told on the page of a run in plain words."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.async_api import Page, expect

from yaa.stack.under_test import Up

from .past import API, faults, has_no_worker, post, suspended
from .visitor import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(90, func_only=True),
]

RUNS = f"{API}/pipeline/runs"
TRY_LATER = {"fault": "429:600", "path": "messages", "times": 1}
SLOW = {"fault": "slow:20", "path": "messages", "times": 2}
AWAY = ("503", "ERR_", "timeout")


@contextmanager
def started(up: Up, *topics: str) -> Iterator[list[str]]:
    """Start runs that nobody needs after the block."""
    run_ids = [up.request(topic, dry_run=True) for topic in topics]
    try:
        yield run_ids
    finally:
        for run_id in run_ids:
            post(up, f"{RUNS}/{run_id}/cancel")


async def says(page: Page, run_id: str, sentence: str) -> None:
    await page.goto(f"{page.url.partition('/runs/')[0]}/runs/{run_id}")
    why = page.get_by_role("region", name="Why is it waiting?")
    await expect(why).to_contain_text(sentence)


async def test_a_run_that_waits_says_for_what(visitor: Visitor, runs: dict[str, str]) -> None:
    up = visitor.up
    page = await visitor.opens(f"/runs/{runs['asking']}")
    with suspended(up, "publisher"):
        await says(page, runs["asking"], "“Publish” waits for your approval.")

        with faults(up, TRY_LATER), started(up, "왜 다시 할까") as (later,):
            await says(page, later, "“Research” failed and will be tried again. goes on in")

        with faults(up, SLOW), started(up, "하나", "둘", "셋") as (*_, last):
            await says(page, last, "All researcher workers are busy, so “Research” waits for one.")

        await has_no_worker(up, "publisher")
        again = post(up, f"{RUNS}/{runs['completed']}/rerun", from_step="publish")["run_id"]
        await says(page, again, "No publisher agent is running to do “Publish”.")

    with suspended(up, "orchestrator"), started(up, "아무도 없을까") as (nobody,):
        await says(page, nobody, "The orchestrator does not decide what comes next.")
    await asyncio.to_thread(up.wait_for_end, again)

    with visitor.expects(*AWAY):
        with suspended(up, "nats"):
            await says(page, runs["asking"], "The event log does not answer.")
        await says(page, runs["asking"], "“Publish” waits for your approval.")
        await expect(page.get_by_text("The event log does not answer.")).to_have_count(0)
