"""What is around every view: menu, languages, themes, keyboard, an outage, an unknown address."""

import re

import pytest
from playwright.async_api import expect

from .visitor import PHONE, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(60, func_only=True),
]

BREAK_THE_POLICY = """() => {
    document.head.append(Object.assign(document.createElement('style'), {textContent: 'p {}'}))
}"""
THEME = "document.documentElement.dataset.theme"


async def test_a_page_that_breaks_the_content_policy_is_noticed(visitor: Visitor) -> None:
    page = await visitor.opens()
    await page.evaluate(BREAK_THE_POLICY)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()

    (complaint,) = visitor.complaints
    visitor.complaints.clear()
    assert "Content Security Policy" in complaint


async def test_a_korean_browser_is_spoken_to_in_korean_until_it_wants_english(
    visitor: Visitor,
) -> None:
    page = await visitor.opens(language="ko")
    await expect(page.get_by_role("heading", level=1)).to_have_text("대시보드")
    await expect(page.locator("html")).to_have_attribute("lang", "ko")

    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")

    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_a_theme_is_remembered_and_in_place_before_anything_is_painted(
    visitor: Visitor,
) -> None:
    page = await visitor.opens()
    assert await page.evaluate(THEME) == "dark"

    await page.get_by_role("button", name="Switch to the light theme").click()
    assert await page.evaluate(THEME) == "light"

    await page.reload(wait_until="commit")
    await page.wait_for_function("document.body !== null")
    assert await page.evaluate(THEME) == "light"


async def test_every_page_of_the_menu_opens_by_a_click(visitor: Visitor) -> None:
    page = await visitor.opens()
    menu = page.get_by_role("navigation", name="Main")
    await expect(menu.get_by_role("link")).to_have_count(9)
    links = await menu.get_by_role("link").all()
    names = [(await link.inner_text()).splitlines()[0] for link in links]

    for name in names:
        await menu.get_by_role("link", name=name).click()
        await expect(page).to_have_title(re.compile(" · yaa$"))
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(menu.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")


async def test_a_phone_has_every_page_within_reach_of_the_thumb(visitor: Visitor) -> None:
    page = await visitor.opens(screen=PHONE)
    menu = page.get_by_role("navigation", name="Main")

    await menu.get_by_role("button", name="More").tap()
    await page.get_by_role("dialog", name="More").get_by_role("link", name="Channels").tap()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Channels")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


async def test_all_of_it_can_be_reached_by_the_keyboard(visitor: Visitor) -> None:
    page = await visitor.opens()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("g")
    await page.keyboard.press("u")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Usage")
    await page.keyboard.press("Control+k")
    await page.get_by_role("dialog", name="Command palette").get_by_role("combobox").fill("sched")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Schedules")


async def test_an_address_that_there_is_not_leads_back(visitor: Visitor) -> None:
    page = await visitor.opens("/nothing/here")
    await expect(page.get_by_text("Page not found")).to_be_visible()

    await page.get_by_role("link", name="Go to the dashboard").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
