"""Decisions on a phone, with a thumb."""

import asyncio

import pytest
from playwright.async_api import expect

from .past import asking_again
from .visitor import PHONE, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(90, func_only=True),
]
TOPIC = "파도는 왜 칠까"
LEAST_PX = 44
"""What a thumb hits."""


async def test_an_approval_is_seen_and_given_on_a_phone(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    run_id = asking_again(visitor.up, runs["completed"], TOPIC)
    page = await visitor.opens("/", screen=PHONE, language="ko")

    await page.get_by_role("navigation", name="주 메뉴").get_by_role("link", name="승인").tap()
    await page.get_by_role("list", name="승인").get_by_role("link").filter(has_text=TOPIC).tap()
    await expect(page.get_by_role("heading", name=TOPIC)).to_be_visible()
    await expect(page.locator("video")).to_be_visible()
    approve = page.get_by_role("button", name="승인", exact=True)
    box = await approve.bounding_box()
    await approve.tap()
    await page.get_by_role("dialog").get_by_role("button", name="승인하기").tap()

    await expect(page.get_by_text("승인했어요")).to_be_visible()
    run = await asyncio.to_thread(visitor.up.wait_for_end, run_id)
    assert run["status"] == "completed"
    assert box is not None
    assert box["height"] >= LEAST_PX
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
