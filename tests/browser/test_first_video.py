"""The way of a new operator: a key, a channel, a plan, a run, its video and what it cost."""

import asyncio
import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from playwright.async_api import Locator, Page, expect

from yaa.client import KEY_HEADER

from .past import faults
from .visitor import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(150, func_only=True),
]

TOPIC = "왜 하늘은 파란가"
STEPS = ("Research", "Script", "SEO", "Media", "Edit", "Publish")
SLOWLY = {"fault": "drip:4", "path": "messages", "times": 3}
"""The models take their time, so that one can read along."""
MONEY = re.compile(r"\$\d+\.\d+")
LENGTH = "element => element.textContent.length"
PLAYED = "video => video.currentTime"
PLAY = "video => { video.muted = true; return video.play(); }"
SEEK = "(video, second) => { video.pause(); video.currentTime = second; }"
HAS_PICTURE = "video => video.readyState >= 2 && !video.seeking"


async def test_an_operator_makes_a_first_video(visitor: Visitor) -> None:
    page = await visitor.opens("/", key="")
    await enter_key(page, visitor.up.key[KEY_HEADER])
    await create_channel(page, name="Sky for all", channel_id="sky")
    await plan(page)

    with faults(visitor.up, SLOWLY):
        await page.get_by_role("button", name="Start", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(TOPIC)
        await read_along(page)
    await watch_steps_end(page)
    await play(page)

    run = await asyncio.to_thread(visitor.up.detail, page.url.rpartition("/")[2].partition("?")[0])
    await find_cost(page, dollars(run["cost_usd"]))


async def enter_key(page: Page, key: str) -> None:
    await page.get_by_placeholder("yaa_…").fill(key)
    await page.get_by_role("button", name="Save and continue").click()


async def create_channel(page: Page, *, name: str, channel_id: str) -> None:
    await page.get_by_role("navigation").get_by_role("link", name="Channels").click()
    await page.get_by_role("button", name="New channel").first.click()
    dialog = page.get_by_role("dialog", name="New channel")
    await dialog.get_by_label("Name", exact=True).fill(name)
    await dialog.get_by_label("Channel id").fill(channel_id)
    await dialog.get_by_role("button", name="Create").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(name)


async def plan(page: Page) -> None:
    """See what would happen and what it would cost, without anything being started."""
    await page.get_by_role("link", name="New run for this channel").click()
    await page.get_by_role("textbox", name="Topic").fill(TOPIC)

    await expect(page.get_by_role("combobox", name="Channel")).to_have_value("sky")
    await expect(page.get_by_role("img", name=re.compile("The steps in order"))).to_be_visible()
    await expect(definition(page, "Expected cost")).to_have_text(MONEY)
    await expect(definition(page, "Steps")).to_have_text(str(len(STEPS)))


async def read_along(page: Page) -> None:
    """See what a model writes, while it writes."""
    await expect(page.get_by_role("status").filter(has_text=re.compile("^Live$"))).to_be_visible()
    written = page.get_by_role("log").first
    await expect(written).to_have_text(re.compile(r"\w{2}"))
    before = await written.evaluate(LENGTH)

    await expect(written).to_have_text(re.compile(rf"^[\s\S]{{{before + 5},}}"))


async def watch_steps_end(page: Page) -> None:
    """See one step after the other end, without asking for anything."""
    steps = page.get_by_role("list", name="Steps").get_by_role("button")
    await expect(steps).to_have_count(len(STEPS))
    for name in STEPS:
        step = steps.filter(has_text=re.compile(f"^{name}"))
        await expect(step).to_contain_text("Completed", timeout=60_000)

    title = page.get_by_role("main").locator("header").first
    await expect(title.get_by_text("Completed", exact=True)).to_be_visible()


async def play(page: Page) -> None:
    """Play the video from its place and from another one."""
    await page.get_by_role("tab", name="Video").click()
    video = page.get_by_label("The video", exact=True)
    await video.evaluate(PLAY)
    await page.wait_for_function(
        f"video => ({PLAYED})(video) > 0.3", arg=await video.element_handle()
    )
    length = await video.evaluate("video => video.duration")

    await video.evaluate(SEEK, length - 1)
    await page.wait_for_function(HAS_PICTURE, arg=await video.element_handle())

    assert length > 5
    assert await video.evaluate(PLAYED) == pytest.approx(length - 1, abs=0.2)


async def find_cost(page: Page, cost: str) -> None:
    """See what the run has cost on its own page and in the usage of the day."""
    facts = page.get_by_role("region", name="Facts")
    await expect(definition(facts, "Cost")).to_have_text(cost)
    await page.get_by_role("navigation").get_by_role("link", name="Usage").click()
    await page.get_by_role("tab", name="Runs").click()

    await expect(page.get_by_role("row").filter(has_text=TOPIC)).to_contain_text(cost)


def dollars(usd: float) -> str:
    """Return a price as the page writes it."""
    return f"${Decimal(str(usd)).quantize(Decimal('0.0001'), ROUND_HALF_UP)}"


def definition(where: Page | Locator, term: str) -> Locator:
    """Return what stands beside a term."""
    return (
        where.get_by_role("term")
        .filter(has_text=re.compile(f"^{term}$"))
        .locator("xpath=following-sibling::dd[1]")
    )
