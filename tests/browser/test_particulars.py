"""What views take and tell besides: pipelines, options, reasons, rights, days."""

import csv
import re
from urllib.parse import quote, urlsplit

import pytest
from playwright.async_api import Request, expect

from .past import asked_often, get, post
from .visitor import PHONE, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(90, func_only=True),
]


async def test_a_list_of_runs_tells_their_pipelines(visitor: Visitor, runs: dict[str, str]) -> None:
    topic = get(visitor.up, f"/pipeline/runs/{runs['completed']}")["topic"]
    page = await visitor.opens("/runs")
    await expect(page.get_by_role("columnheader", name="Pipeline")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=topic)
    await expect(row.get_by_role("gridcell", name="video", exact=True)).to_be_visible()

    await page.goto(f"{visitor.up.url}/")
    recent = page.get_by_role("list", name="Recent runs").get_by_role("link").first
    await expect(recent).to_contain_text("video")
    phone = await visitor.opens(f"/runs?text={quote(topic)}", screen=PHONE)
    await expect(phone.get_by_role("row").filter(has_text=topic)).to_contain_text("video")


async def test_a_schedule_takes_what_a_new_run_takes(visitor: Visitor) -> None:
    page = await visitor.opens("/schedules?add=true")
    form = page.get_by_role("dialog", name="Add schedule")
    await form.get_by_label("Topic", exact=True).fill("내일의 과학")
    await form.get_by_label("Language").select_option(label="English")
    await form.get_by_label("Deadline in minutes").fill("30")
    await form.get_by_role("button", name="Add schedule").click()
    await expect(form).to_have_count(0)

    (schedule,) = get(visitor.up, "/schedules")["items"]
    order = schedule["order"]
    assert (order["language"], order["deadline_s"]) == ("en", 1800)
    await page.get_by_role("button", name="Delete “내일의 과학”").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("No schedules yet")).to_be_visible()


async def test_a_run_is_paused_for_a_reason_that_its_page_tells(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    page = await visitor.opens(f"/runs/{runs['asking']}")
    await page.get_by_role("button", name="Pause", exact=True).click()
    dialog = page.get_by_role("dialog", name="Pause this run?")
    await dialog.get_by_label("Reason").fill("the prices are being checked")
    await dialog.get_by_role("button", name="Pause").click()

    await expect(dialog).to_have_count(0)
    why = page.get_by_role("region", name="Why is it waiting?")
    await expect(why).to_contain_text("the prices are being checked")
    await page.get_by_role("button", name="Resume", exact=True).click()
    await expect(why).not_to_contain_text("the prices are being checked")


async def test_a_key_that_may_only_look_is_told_so_where_it_may_not_act(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    made = post(visitor.up, "/admin/api-keys", name="reader", scopes=["read"], expires_days=1)
    page = await visitor.opens(f"/runs/{runs['failed']}?step=media", key=made["key"])
    steps = page.get_by_role("list", name="Steps")
    await expect(steps.get_by_role("button", name="Rerun from this step")).to_be_disabled()
    await expect(steps).to_contain_text("This key lacks the run scope")

    await page.goto(f"{visitor.up.url}/runs/{runs['asking']}")
    asked = page.get_by_role("region", name="“Publish” needs your approval")
    await expect(asked.get_by_role("button", name="Approve")).to_be_disabled()
    await expect(asked).to_contain_text("This API key may not decide (scope approve).")
    await expect(page.get_by_role("button", name="Pause")).to_be_disabled()


async def test_a_chart_of_agents_takes_one_answer_and_says_whose_days_it_has(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    assert runs
    asked = list[str]()

    def heard(request: Request) -> None:
        asked.append(urlsplit(request.url).path)

    page = await visitor.opens("/usage", timezone_id="Asia/Seoul")
    await expect(page.get_by_text("Days are in Asia/Seoul.")).to_be_visible()
    page.on("request", heard)
    await page.get_by_role("tab", name="Agents").click()

    await expect(page.get_by_text("Days of this chart: UTC")).to_be_visible()
    await expect(page.get_by_role("region", name="By agent")).to_contain_text("writer")
    assert asked.count("/api/v1/usage/days") == 1
    assert asked.count("/api/v1/usage/summary") <= 1


async def test_what_a_run_has_cost_stands_beside_its_topic_and_leads_to_its_bill(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    run_id = runs["completed"]
    topic = get(visitor.up, f"/pipeline/runs/{run_id}")["topic"]
    items = get(visitor.up, "/usage/summary?group_by=run&limit=100")["items"]
    (sums,) = (each for each in items if each["run_id"] == run_id)
    cost = f"${sums['cost_usd']:.4f}"
    page = await visitor.opens("/usage?group_by=run")
    table = page.get_by_role("region", name="By run")
    row = table.get_by_role("row").filter(has=page.locator(f"a[href^='/runs/{run_id}']"))
    await expect(row.get_by_role("cell")).to_have_text(
        [
            re.compile(topic),
            f"{sums['calls']}",
            f"{sums['prompt_tokens']:,}",
            f"{sums['completion_tokens']:,}",
            f"${sums['money_saved_usd']:.4f}",
            cost,
        ]
    )

    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Download CSV").click()
    saved = (await (await saving.value).path()).read_text(encoding="utf-8-sig")
    lines = {line["Run id"]: line for line in csv.DictReader(saved.splitlines())}
    assert lines[run_id]["Topic"] == topic
    assert float(lines[run_id]["Cost"]) == sums["cost_usd"]
    await row.get_by_role("link").click()
    await expect(page.get_by_role("tabpanel", name="Cost")).to_contain_text(cost)


async def test_more_than_a_hundred_approvals_are_counted_no_further(
    visitor: Visitor, runs: dict[str, str]
) -> None:
    async with asked_often(visitor.up, runs["asking"], 100):
        page = await visitor.opens("/")
        bar, menu = page.get_by_role("banner"), page.get_by_role("navigation", name="Main")
        await expect(bar.get_by_role("link", name="100+ approvals waiting")).to_be_visible()
        await expect(menu.get_by_role("link", name="Approvals 100+")).to_be_visible()
        await expect(page.get_by_role("link", name="96+ more approvals")).to_be_visible()
        phone = await visitor.opens("/channels", screen=PHONE)
        await expect(phone.get_by_role("navigation", name="Main")).to_contain_text("100+")
    await page.reload()

    await expect(
        bar.get_by_role("link", name=re.compile(r"^\d+ approvals? waiting"))
    ).to_be_visible()
