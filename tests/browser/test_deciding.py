"""Decisions on the page of a run, and what has become of all of them."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from .past import asking_again, decide
from .visitor import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(90, func_only=True),
]


async def test_who_decides_too_late_at_a_run_reads_why_and_who_was_first(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    up = visitor.up
    run_id = asking_again(up, runs["completed"], "별은 왜 반짝일까")
    page = await visitor.opens(f"/runs/{run_id}")
    await page.get_by_role("button", name="Approve", exact=True).click()
    dialog = page.get_by_role("dialog", name="Approve this?")
    await expect(dialog).to_be_visible()

    await asyncio.to_thread(decide, up, run_id, "reject")
    with visitor.expects("409"):
        await dialog.get_by_role("button", name="Approve").click()
        answered = page.get_by_role("region", name="Approval of “Publish”")
        await expect(answered.get_by_role("alert")).to_contain_text("was rejected by minji")
        await expect(answered).to_contain_text("Decided by minji")

    await answered.get_by_role("button", name="Close").click()
    await expect(answered).to_have_count(0)


async def test_a_run_is_approved_on_its_page_and_found_by_how_that_ended(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    up = visitor.up
    approved, rejected = "안개는 왜 낄까", "이슬은 왜 맺힐까"
    run_id, other = (asking_again(up, runs["completed"], topic) for topic in (approved, rejected))
    await asyncio.to_thread(decide, up, other, "reject")
    page = await visitor.opens(f"/runs/{run_id}")
    asked = page.get_by_role("region", name="“Publish” needs your approval")
    await asked.get_by_role("button", name="Approve", exact=True).click()
    dialog = page.get_by_role("dialog", name="Approve this?")
    await dialog.get_by_label("Comment").fill("good")
    await dialog.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Approved. The run goes on.")).to_be_visible()
    await expect(asked).to_have_count(0)

    await page.goto(f"{up.url}/approvals?status=decided")
    listed = page.get_by_role("list", name="Approvals")
    await expect(listed).to_contain_text(approved)
    await expect(listed).to_contain_text(rejected)
    outcomes = page.get_by_role("group", name="Outcome")
    await outcomes.get_by_role("button", name="Approved").click()
    await expect(page).to_have_url(re.compile(r"status=approved"))
    await expect(listed).not_to_contain_text(rejected)
    await page.reload()
    await expect(listed).to_contain_text(approved)
    await expect(listed).not_to_contain_text(rejected)
    await listed.get_by_role("link").filter(has_text=approved).click()
    await expect(page.get_by_role("article", name="Request for approval")).to_contain_text("good")


async def test_the_history_shows_each_round_as_it_was_asked_and_the_way_back_leads_through_it(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    up = visitor.up
    topic = "우박은 왜 내릴까"
    run_id = asking_again(up, runs["completed"], topic)
    await asyncio.to_thread(decide, up, run_id, "revise", comment="shorter")
    await asyncio.to_thread(up.wait_until, run_id, lambda run: run["approvals"][-1]["round"] == 2)
    page = await visitor.opens("/approvals")
    listed = page.get_by_role("list", name="Approvals")
    await page.get_by_role("tab", name="History").click()
    outcomes = page.get_by_role("group", name="Outcome")
    await outcomes.get_by_role("button", name="Sent back").click()
    await listed.get_by_role("link").filter(has_text=topic).click()

    shown = page.get_by_role("article", name="Request for approval")
    await expect(shown).to_contain_text("Decided by minji")
    await expect(shown.get_by_role("button", name="Approve", exact=True)).to_have_count(0)

    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/approvals\?status=revised$"))
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/approvals\?status=decided$"))
    await page.go_back()
    await expect(page.get_by_role("tab", name="Waiting")).to_have_attribute("aria-selected", "true")
