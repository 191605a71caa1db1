"""How an operator steers a run: again with other input, paused and resumed, without a stream."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Page, expect

from .past import asking_again, decide, post
from .visitor import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(60, func_only=True),
]

TITLE = "하늘이 파란 진짜 이유"
STREAM = "**/api/v1/pipeline/runs/*/events"
RUNS = "/api/v1/pipeline/runs"


async def test_a_rerun_takes_what_was_edited_for_it(visitor: Visitor, runs: dict[str, str]) -> None:
    page = await visitor.opens(f"/runs/{runs['completed']}?step=publish")
    before = await asyncio.to_thread(visitor.up.detail, runs["completed"])

    await page.get_by_role("button", name="Rerun from this step").click()
    dialog = page.get_by_role("dialog", name="Rerun from a step")
    await expect(dialog.get_by_role("combobox", name="Start from")).to_have_value("publish")
    seo = dialog.get_by_role("region", name="Result of SEO")
    await seo.get_by_role("button", name="Edit").click()
    await seo.get_by_label("title", exact=True).first.fill(TITLE)
    await dialog.get_by_role("button", name="Rerun with 1 edited input").click()
    await expect(page).not_to_have_url(re.compile(runs["completed"]))
    await expect(heading(page).get_by_text("Completed", exact=True)).to_be_visible()

    await page.get_by_role("tab", name="SEO").click()
    await expect(page.get_by_role("tabpanel", name="SEO")).to_contain_text(TITLE)
    after = await asyncio.to_thread(visitor.up.detail, page.url.rpartition("/")[2].split("?")[0])
    assert after["result"]["publication"]["title"] == TITLE
    assert before["result"]["publication"]["title"] != TITLE
    assert [step["reused"] for step in after["steps"]] == [True] * 5 + [False]


async def test_a_paused_run_goes_on_when_it_is_resumed(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    up = visitor.up
    run_id = asking_again(up, runs["completed"], "눈은 왜 조용히 내릴까")
    page = await visitor.opens(f"/runs/{run_id}")
    await page.get_by_role("button", name="Pause", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    why = page.get_by_role("region", name="Why is it waiting?")
    await expect(why).to_contain_text("It is paused. Resume it to go on.")
    await expect(heading(page).get_by_text("Paused", exact=True)).to_be_visible()

    decide(up, run_id, "approve")
    await expect(why).not_to_contain_text("approval")
    run = await asyncio.to_thread(up.detail, run_id)
    assert (run["status"], run["paused"]) == ("running", True)
    assert run["steps"][-1]["status"] == "waiting"
    await page.get_by_role("button", name="Resume", exact=True).click()

    await expect(heading(page).get_by_text("Completed", exact=True)).to_be_visible()
    await expect(why).to_have_count(0)


async def test_a_page_whose_stream_does_not_come_asks_instead_and_says_so(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    up, run_id = visitor.up, runs["asking"]
    with visitor.expects("ERR_FAILED"):
        page = await visitor.opens("/nothing")
        await page.route(STREAM, lambda route: route.abort())
        await page.goto(f"{up.url}/runs/{run_id}")
        followed = heading(page).get_by_role("status")
        await expect(followed).to_have_text("Polling every 5 s")

        post(up, f"{RUNS}/{run_id}/pause", reason="lunch")
        why = page.get_by_role("region", name="Why is it waiting?")
        await expect(why).to_contain_text("lunch")
        await page.unroute(STREAM)

        await expect(followed).to_have_text("Live")
        post(up, f"{RUNS}/{run_id}/resume")
        await expect(why).not_to_contain_text("paused")


def heading(page: Page) -> Locator:
    return page.get_by_role("main").locator("header").first
