"""The key of a browser: entered, refused, expired, entered again."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from yaa.client import KEY_HEADER

from .past import expire, post
from .visitor import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(60, func_only=True),
]

NEVER_MADE = f"yaa_{'0' * 12}_{'0' * 48}"
CHANNELS = "**/api/v1/channels"


async def enter(page: Page, key: str) -> None:
    await page.get_by_placeholder("yaa_…").fill(key)
    await page.get_by_role("button", name="Save and continue").click()


async def test_without_a_key_the_page_asks_for_one_and_opens_with_it(visitor: Visitor) -> None:
    page = await visitor.opens("/", key="")
    await expect(page.get_by_role("heading", name="Enter your API key")).to_be_visible()

    await enter(page, "not a key")
    await expect(page.get_by_role("alert")).to_have_text("Paste a key that begins with yaa_.")
    await enter(page, visitor.up.key[KEY_HEADER])

    await expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    await expect(page.get_by_role("button", name="Healthy")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


async def test_a_key_that_was_never_made_is_refused_in_a_banner(visitor: Visitor) -> None:
    with visitor.expects("401"):
        page = await visitor.opens("/", key=NEVER_MADE)
        banner = page.get_by_role("alert").filter(has_text="The API key does not open this")
        await expect(banner).to_be_visible()

        await banner.get_by_role("button", name="Change the API key").click()
        await enter(page, visitor.up.key[KEY_HEADER])

        await expect(page.get_by_role("alert")).to_have_count(0)
        await expect(page.get_by_role("status", name="Loading")).to_have_count(0)


async def test_an_answer_to_the_key_before_that_comes_late_refuses_nothing(
    visitor: Visitor,
) -> None:
    entered = asyncio.Event()

    async def late(route: Route) -> None:
        if route.request.headers[KEY_HEADER.lower()] == NEVER_MADE:
            await entered.wait()
        await route.continue_()

    with visitor.expects("401"):
        page = await visitor.opens("/nothing", key=NEVER_MADE)
        banner = page.get_by_role("alert").filter(has_text="The API key does not open this")
        await expect(banner).to_be_visible()
        await page.route(CHANNELS, late)
        await page.get_by_role("link", name="Channels").first.click()
        await expect(page.get_by_role("status", name="Loading").first).to_be_visible()

        await banner.get_by_role("button", name="Change the API key").click()
        await enter(page, visitor.up.key[KEY_HEADER])
        await expect(banner).to_have_count(0)
        entered.set()

        await expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_key_that_may_not_look_is_told_so_in_the_viewers_language(visitor: Visitor) -> None:
    made = post(visitor.up, "/admin/api-keys", name="robot", scopes=["run"], expires_days=1)
    with visitor.expects("403"):
        page = await visitor.opens("/channels", key=made["key"], language="ko")
        banner = page.get_by_role("alert").filter(has_text="이 키로는 할 수 없는 작업이에요.")
        await expect(banner).to_contain_text("이 키에는 필요한 권한이 없어요.")
        said = banner.get_by_text("scope")
        await expect(said).to_be_hidden()
        await banner.get_by_text("자세히").click()
        await expect(said).to_be_visible()

        await banner.get_by_role("button", name="닫기").click()

        await expect(banner).to_have_count(0)


async def test_a_key_that_expires_under_a_page_is_asked_for_again_and_the_page_goes_on(
    visitor: Visitor,
) -> None:
    made = post(visitor.up, "/admin/api-keys", name="minji", scopes=["read"], expires_days=1)
    page = await visitor.opens("/", key=made["key"])
    await expect(page.get_by_role("button", name="Healthy")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)

    with visitor.expects("401"):
        await expire(visitor.up, made["key_id"])
        banner = page.get_by_role("alert").filter(has_text="The API key does not open this")
        await expect(banner).to_be_visible(timeout=30_000)
        await expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
        await banner.get_by_role("button", name="Change the API key").click()
        await enter(page, visitor.up.key[KEY_HEADER])

        await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_key_that_was_forgotten_opens_nothing_more(visitor: Visitor) -> None:
    page = await visitor.opens("/")
    await page.get_by_role("button", name="API key").click()
    await page.get_by_role("menuitem", name="Forget the key in this browser").click()

    await expect(page.get_by_role("heading", name="Enter your API key")).to_be_visible()
