"""What an operator keeps in order: keys, channels, schedules, runs that are not wanted any more."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from hooks import Hooks

from .past import API, asking_again, get, post, published_often, sign_anew
from .visitor import AWAY, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(60, func_only=True),
]

FILES = "**/api/v1/artifacts/**"
SHELF = 24
"""Videos on a page of the library."""


async def test_a_key_is_shown_once_opens_what_it_may_and_is_deactivated(visitor: Visitor) -> None:
    page = await visitor.opens("/settings")
    await page.get_by_role("button", name="New key").click()
    await page.get_by_role("dialog").get_by_label("Name", exact=True).fill("hana")
    await page.get_by_role("dialog").get_by_role("button", name="Create").click()
    made = page.get_by_role("dialog", name="A key for hana")
    key = await made.get_by_role("code").inner_text()
    done = made.get_by_role("button", name="Done")
    await expect(done).to_be_disabled()
    await made.get_by_role("checkbox").check()
    await done.click()
    await expect(page.get_by_text(key)).to_have_count(0)

    reader = await visitor.opens("/channels", key=key)
    await expect(reader.get_by_role("button", name="New channel").first).to_be_disabled()
    await reader.context.close()

    await page.get_by_role("button", name="Deactivate the key of hana").click()
    await page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    await expect(page.get_by_text("The key of hana was deactivated")).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="hana")).to_have_count(0)


async def test_a_trial_shows_whether_people_are_reached_and_why_not(
    visitor: Visitor, hooks: Hooks
) -> None:
    page = await visitor.opens("/settings")
    trial = page.get_by_role("button", name="Send a test message")
    told = page.get_by_role("status").filter(has_text="Webhook")
    await trial.click()
    await expect(told).to_have_text("Webhook took the message")
    assert "test" in {each["type"] for each in hooks.taken["/hook"]}

    with hooks.refusing("not today"):
        await trial.click()

        await expect(told).to_contain_text("did not take it")
        await expect(told).to_contain_text("the webhook answered 403: not today")


async def test_a_brand_guide_is_seen_as_it_is_written_and_saved_without_its_mistake(
    visitor: Visitor,
) -> None:
    post(visitor.up, f"{API}/channels", channel_id="guided", name="Guided", language="ko")
    page = await visitor.opens("/channels/guided")
    guide = page.get_by_role("textbox", name="Brand guide")
    save = page.get_by_role("button", name="Save")
    await expect(save).to_be_disabled()

    await guide.fill("tone: 차분하게\navoid:\n\t- 과장")
    await expect(guide).to_have_attribute("aria-invalid", "true")
    await expect(guide).to_have_accessible_description(re.compile("Indent with spaces"))
    await save.click()
    assert get(visitor.up, "/channels/guided")["brand_guide"] == ""
    await page.get_by_role("button", name="Go to line 3").click()
    await expect(guide).to_be_focused()
    await page.keyboard.type("  - 과장")

    await expect(guide).not_to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("heading", name="avoid")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="과장")).to_be_visible()
    await save.click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert get(visitor.up, "/channels/guided")["brand_guide"] == "tone: 차분하게\navoid:\n  - 과장"


async def test_trends_are_of_all_runs_or_of_those_of_a_channel(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    run = await asyncio.to_thread(visitor.up.detail, runs["completed"])
    post(visitor.up, f"{API}/channels", channel_id="idle", name="Idle", language="ko")
    page = await visitor.opens("/")
    trends = page.get_by_role("region", name="Trends")
    channel = trends.get_by_role("combobox", name="Channel")
    nothing = trends.get_by_text("No run ended in these days")
    cost = trends.get_by_text("What runs cost is known of all channels and pipelines together")
    await expect(channel).to_have_value("")
    await expect(nothing.or_(cost)).to_have_count(0)

    await channel.select_option("idle")
    await expect(nothing).to_have_count(2)
    await expect(cost).to_be_visible()
    await page.reload()
    await expect(channel).to_have_value("idle")
    await expect(nothing).to_have_count(2)

    await channel.select_option(run["channel_id"])
    await expect(page).to_have_url(re.compile(rf"/\?channel_id={run['channel_id']}$"))
    await expect(cost).to_be_visible()
    await expect(nothing).to_have_count(0)


async def test_filters_stand_in_the_address_and_come_back_with_it(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    run = await asyncio.to_thread(visitor.up.detail, runs["completed"])
    page = await visitor.opens("/runs")
    rows = page.get_by_role("grid", name="Runs").get_by_role("row")
    await page.get_by_role("button", name="Completed", exact=True).click()
    await page.get_by_role("combobox", name="Channel").select_option(run["channel_id"])
    await page.get_by_role("searchbox", name="Search topics").fill(run["topic"])
    await expect(page).to_have_url(re.compile(r"status=completed.*channel_id=demo.*text="))

    await page.reload()
    await expect(page.get_by_role("searchbox")).to_have_value(run["topic"])
    await rows.get_by_role("link", name=run["topic"]).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(run["topic"])
    await page.go_back()
    await expect(page.get_by_role("searchbox")).to_have_value(run["topic"])
    await page.go_back()

    await expect(page).to_have_url(re.compile(r"/runs\?status=completed&channel_id=demo$"))
    await expect(page.get_by_role("searchbox")).to_have_value("")
    chosen = page.get_by_role("button", name="Completed", exact=True)
    await expect(chosen).to_have_attribute("aria-pressed", "true")


async def test_a_schedule_is_added_paused_and_deleted(visitor: Visitor) -> None:
    page = await visitor.opens("/schedules")
    await page.get_by_role("link", name="Add schedule").first.click()
    form = page.get_by_role("dialog", name="Add schedule")
    await form.get_by_label("Topic", exact=True).fill("오늘의 과학")
    await form.get_by_role("button", name="Add schedule").click()

    schedule = page.get_by_role("list", name="Schedules").get_by_role("listitem").first
    await expect(schedule).to_contain_text("오늘의 과학")
    await schedule.get_by_role("button", name=re.compile("^Pause")).click()
    await schedule.get_by_role("button", name=re.compile("^Resume")).click()
    await expect(schedule.get_by_role("button", name=re.compile("^Pause"))).to_be_visible()
    await schedule.get_by_role("button", name=re.compile("^Delete")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    await expect(page.get_by_text("No schedules yet")).to_be_visible()


async def test_many_runs_are_cancelled_at_once_and_taken_up_again(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    topics = ("물은 왜 투명할까", "불은 왜 뜨거울까")
    cancelled = [asking_again(visitor.up, runs["completed"], topic) for topic in topics]
    page = await visitor.opens("/runs?status=running")
    for topic in topics:
        await page.get_by_role("checkbox", name=f"Select “{topic}”").check()
    await page.get_by_role("button", name="Cancel runs (2)").click()
    dialog = page.get_by_role("dialog", name="Cancel 2 runs?")
    await dialog.get_by_role("button", name="Cancel runs").click()
    await expect(dialog.get_by_role("status")).to_have_text("2 cancelled · 0 failed")
    await dialog.get_by_role("button", name="Close").last.click()

    for topic in topics:
        await expect(page.get_by_role("link", name=topic)).to_have_count(0)
    await page.get_by_role("button", name="Clear filters").click()
    for topic in topics:
        row = page.get_by_role("row").filter(has_text=topic)
        await expect(row).to_contain_text("Cancelled")
        await page.get_by_role("checkbox", name=f"Select “{topic}”").check()
    await page.get_by_role("button", name="Retry runs (2)").click()
    dialog = page.get_by_role("dialog", name="Retry 2 runs?")
    await dialog.get_by_role("button", name="Retry runs").click()
    await expect(dialog.get_by_role("status")).to_have_text("2 started again · 0 failed")

    links = await dialog.get_by_role("link", name="Open new run").all()
    made = [str(await link.get_attribute("href")).rpartition("/")[2] for link in links]
    parents = [get(visitor.up, f"/pipeline/runs/{run_id}")["parent"]["run_id"] for run_id in made]
    assert sorted(parents) == sorted(cancelled)
    for run_id in made:
        post(visitor.up, f"{API}/pipeline/runs/{run_id}/cancel")


async def test_what_was_published_plays_in_the_library(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    run = visitor.up.detail(runs["completed"])
    title = run["result"]["publication"]["title"]
    page = await visitor.opens("/library")
    await page.get_by_role("button", name=f"Play: {title}").first.click()

    player = page.get_by_role("dialog", name=title)
    await expect(player.locator("video")).to_be_visible()
    await expect(player.get_by_role("link", name="Download")).to_have_attribute(
        "href", re.compile("/api/v1/artifacts/")
    )
    await page.keyboard.press("Escape")
    await expect(player).to_be_hidden()


async def test_addresses_of_files_that_are_good_no_more_are_asked_for_within_the_hour(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    up = visitor.up
    run = await asyncio.to_thread(up.detail, runs["completed"])
    with visitor.expects(*AWAY, "ERR_FAILED", "401"):
        async with published_often(up, runs["completed"], SHELF):
            page = await visitor.opens("/nothing")
            await page.clock.install()
            await page.route(FILES, lambda route: route.abort())
            await page.goto(f"{up.url}/library")
            cards = page.get_by_role("list", name="Library").get_by_role("listitem")
            card = cards.filter(has_text=run["result"]["publication"]["title"]).first
            await expect(card).to_be_visible()
            await expect(card.get_by_role("presentation")).to_have_count(0)
            download = card.get_by_role("link", name="Download")
            before = str(await download.get_attribute("href"))
            await page.keyboard.press("End")
            await expect(cards.nth(SHELF)).to_be_attached()
            await page.keyboard.press("Home")
            await page.unroute(FILES)

            await sign_anew(up)
            await asyncio.to_thread(up.detail, runs["completed"])
            refused = await page.request.get(f"{up.url}{before}")
            await page.clock.fast_forward("01:00:00")

            await expect(download).not_to_have_attribute("href", before)
            await expect(card.get_by_role("presentation")).to_be_visible()
            await expect(card.get_by_role("presentation")).to_have_js_property(
                "complete", value=True
            )
    assert refused.status == 401
