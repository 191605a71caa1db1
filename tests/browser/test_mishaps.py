"""What goes wrong, and what a page makes of it: failures, refusals, a server that goes away."""

import re

import pytest
from playwright.async_api import expect

from .past import asking_again, decide, pause_often, recorded
from .scrolling import all_events
from .visitor import AWAY, Language, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(120, func_only=True),
]

NOBODY = "01890000-0000-7000-8000-000000000000"
FOLLOWED = re.compile("^(Live|Reconnecting|Polling)")
LOOK_AGAIN = "window.dispatchEvent(new Event('visibilitychange'))"
"""As a tab does to which somebody comes back: the page asks at once."""
COUNT = re.compile(r"^\d+ of \d+$")


async def test_a_run_that_failed_says_why_and_goes_on_when_it_is_retried(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    run = visitor.up.detail(runs["failed"])
    page = await visitor.opens(f"/runs/{run['run_id']}")
    why = page.get_by_role("region", name="The run failed")
    await expect(why).to_contain_text("Media")
    await expect(why).to_contain_text("scene")

    await page.get_by_role("button", name="Retry", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Start retry").click()

    await expect(page).not_to_have_url(re.compile(run["run_id"]))
    await expect(page.get_by_role("heading", level=1)).to_have_text(run["topic"])
    await expect(page.get_by_role("main").get_by_text("Reused").first).to_be_visible()
    steps = page.get_by_role("list", name="Steps").get_by_role("button")
    await expect(steps.filter(has_text="Publish")).to_contain_text("Completed", timeout=60_000)
    related = page.get_by_role("list", name="Related runs").get_by_role("link")
    await expect(related).to_contain_text(run["run_id"])


async def test_a_server_that_is_started_again_under_a_page_costs_it_no_event(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    up = visitor.up
    run_id = asking_again(up, runs["completed"], "바람은 어디서 올까")
    page = await visitor.opens(f"/runs/{run_id}?tab=events")
    followed = page.get_by_role("status").filter(has_text=FOLLOWED)
    await expect(followed).to_have_text("Live")
    await expect(page.get_by_role("status").filter(has_text=COUNT)).to_be_visible()

    with visitor.expects(*AWAY):
        up.kill("gateway")
        await expect(followed).not_to_have_text("Live")
        await pause_often(up, run_id, 3)
        await expect(followed).to_have_text("Live", timeout=40_000)
    decide(up, run_id, "approve")
    title = page.get_by_role("main").locator("header").first
    await expect(title.get_by_text("Completed", exact=True)).to_be_visible(timeout=30_000)

    seen = await all_events(page)
    assert seen.ids == recorded(up, run_id)


async def test_a_run_that_there_is_not_is_said_to_be_unknown(visitor: Visitor) -> None:
    with visitor.expects("404"):
        page = await visitor.opens(f"/runs/{NOBODY}")

        await expect(page.get_by_role("alert")).to_contain_text(NOBODY)
        await expect(page.get_by_role("button", name="Try again")).to_be_visible()


async def test_a_korean_page_says_in_korean_what_was_refused_and_what_the_api_said_on_a_click(
    visitor: Visitor,
) -> None:
    with visitor.expects("404"):
        page = await visitor.opens(f"/runs/{NOBODY}", language="ko")
        alert = page.get_by_role("main").get_by_role("alert")
        await expect(alert).to_contain_text("그런 작업은 없어요.")
    said = alert.get_by_text(f"there is no run '{NOBODY}'")
    await expect(said).to_be_hidden()

    await alert.get_by_text("자세히").click()

    await expect(said).to_be_visible()


async def test_a_channel_that_there_is_not_is_said_to_be_unknown(visitor: Visitor) -> None:
    with visitor.expects("404"):
        page = await visitor.opens("/channels/nobody")

        await expect(page.get_by_text("There is no channel “nobody”")).to_be_visible()


async def test_an_id_that_is_taken_is_refused_beside_its_field(visitor: Visitor) -> None:
    page = await visitor.opens("/channels")
    await page.get_by_role("button", name="New channel").first.click()
    dialog = page.get_by_role("dialog", name="New channel")
    await dialog.get_by_label("Name").fill("Another demo")
    await dialog.get_by_label("Channel id").fill("demo")

    with visitor.expects("409"):
        await dialog.get_by_role("button", name="Create").click()
        field = dialog.get_by_label("Channel id")
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_have_accessible_description(re.compile("'demo'"))

    await field.fill("another-demo")
    await expect(field).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(
    ("language", "label", "told"),
    [
        ("en", "Deadline in minutes", "is 3000000 s: give a run from 1 s to 30 days"),
        ("ko", "마감 (분)", "쓸 수 없는 마감이에요. 1초에서 30일 사이로 정해 주세요."),
    ],
)
async def test_what_the_api_does_not_take_is_refused_at_its_field(
    visitor: Visitor, language: Language, label: str, told: str
) -> None:
    page = await visitor.opens("/new", language=language)
    deadline = page.get_by_label(label)
    with visitor.expects("422"):
        await deadline.fill("50000")

        await expect(deadline).to_have_attribute("aria-invalid", "true")
        await expect(deadline).to_have_accessible_description(re.compile(re.escape(told)))

    await deadline.fill("30")
    await expect(deadline).not_to_have_attribute("aria-invalid", "true")


async def test_who_decides_too_late_is_told_who_was_first(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    up = visitor.up
    run_id = asking_again(up, runs["completed"], "달은 왜 따라올까")
    page = await visitor.opens(f"/approvals?run_id={run_id}&step=publish")
    await page.get_by_role("button", name="Approve", exact=True).click()
    dialog = page.get_by_role("dialog", name="Approve this?")
    await expect(dialog).to_be_visible()

    decide(up, run_id, "reject")
    with visitor.expects("409"):
        await dialog.get_by_role("button", name="Approve").click()

        question = page.get_by_role("article", name="Request for approval")
        await expect(question).to_contain_text(re.compile("rejected by minji|Decided by minji"))
        await expect(dialog).to_be_hidden()


async def test_an_outage_is_shown_in_the_bar_until_it_is_over(visitor: Visitor) -> None:
    page = await visitor.opens("/runs")
    bar = page.get_by_role("banner")
    await expect(bar.get_by_role("button", name="Healthy")).to_be_visible()
    with visitor.expects(*AWAY):
        await page.context.set_offline(True)
        await page.evaluate(LOOK_AGAIN)
        await expect(bar.get_by_role("button", name="Disconnected")).to_be_visible()
        await page.context.set_offline(False)
        await page.evaluate(LOOK_AGAIN)

        await expect(bar.get_by_role("button", name="Healthy")).to_be_visible()
