"""Pictures of every view in every state, for people to look at: `make screenshots`.

They go into the folder YAA_SCREENSHOTS, else into .yaa/screenshots.
"""

import asyncio
import os
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from yaa.stack.under_test import Up

from .past import asking_run, failed_run, faults, post
from .views import TABS, VIEWS
from .visitor import DESK, PHONE, Language, Screen, Theme, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(120, func_only=True),
]

REPOSITORY = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("YAA_SCREENSHOTS", REPOSITORY / ".yaa" / "screenshots"))
NOBODY = "01890000-0000-7000-8000-000000000000"
HEIGHT = "document.documentElement.scrollHeight"
API = "**/api/v1/**"
LOADING = {"ko": "불러오는 중", "en": "Loading"}
LOOKS: dict[str, tuple[Screen, Theme, Language]] = {
    "desk-dark": (DESK, "dark", "ko"),
    "desk-light": (DESK, "light", "en"),
    "phone-dark": (PHONE, "dark", "en"),
    "phone-light": (PHONE, "light", "ko"),
}
BROKEN = (
    '{"type": "urn:yaa:problem:internal", "title": "Internal Server Error", "status": 500, '
    '"detail": "something went wrong inside the gateway: its log has more", '
    '"request_id": "01a1fc5f-a8a4-7643-8d70-d351c9262060"}'
)
looks = pytest.mark.parametrize("look", LOOKS)
views = pytest.mark.parametrize("name", VIEWS)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runs(up: Up) -> dict[str, str]:
    """Runs in every state, two more channels, a schedule and a key."""
    post(up, "/api/v1/channels", channel_id="sky", name="하늘 한 조각", language="ko")
    post(up, "/api/v1/channels", channel_id="deep", name="Deep Sea Minute", language="en")
    post(up, "/admin/api-keys", name="minji", scopes=["read", "run"], expires_days=90)
    order = {"channel_id": "sky", "topic": "오늘의 하늘"}
    post(up, "/api/v1/schedules", id="morning", cron="0 9 * * 1-5", tz="Asia/Seoul", order=order)
    failed = await asyncio.to_thread(failed_run, up, "눈은 왜 하얄까")
    completed = up.request("왜 하늘은 파란가", channel_id="sky")
    asking = await asyncio.to_thread(asking_run, up, "바다는 왜 하루에 두 번 물러날까")
    await asyncio.to_thread(up.wait_for_end, completed)
    return {"completed": completed, "failed": failed["run_id"], "asking": asking}


async def opened(visitor: Visitor, path: str, look: str) -> Page:
    screen, theme, language = LOOKS[look]
    return await visitor.opens(path, screen=screen, theme=theme, language=language)


async def loaded(page: Page, look: str) -> None:
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.get_by_role("status", name=LOADING[LOOKS[look][2]])).to_have_count(0)
    await page.wait_for_load_state("networkidle")


async def taken(page: Page, name: str, state: str, look: str) -> None:
    """Take the whole page in a window as high as it: what sticks to an edge is at its edge."""
    window = LOOKS[look][0]["viewport"]
    height = max(window["height"], await page.evaluate(HEIGHT))
    await page.set_viewport_size({"width": window["width"], "height": height})
    await page.screenshot(path=FOLDER / f"{name}-{state}-{look}.png")


@looks
async def test_the_way_in(visitor: Visitor, look: str) -> None:
    screen, theme, language = LOOKS[look]
    page = await visitor.opens("/", screen=screen, theme=theme, language=language, key="")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await taken(page, "welcome", "empty", look)


@looks
@views
async def test_views_that_have_nothing_to_show(visitor: Visitor, name: str, look: str) -> None:
    page = await opened(visitor, VIEWS[name], look)
    await loaded(page, look)
    await taken(page, name, "empty", look)


@looks
@views
@pytest.mark.usefixtures("runs")
async def test_views(visitor: Visitor, name: str, look: str) -> None:
    page = await opened(visitor, VIEWS[name], look)
    await loaded(page, look)
    await taken(page, name, "filled", look)


@looks
@views
async def test_views_that_are_loading(visitor: Visitor, name: str, look: str) -> None:
    released = asyncio.Event()

    async def held(route: Route) -> None:
        await released.wait()
        await route.abort()

    with visitor.expects("ERR_FAILED"):
        page = await opened(visitor, "/nothing", look)
        await expect(page.get_by_role("main")).to_be_visible()
        await page.route(API, held)
        await page.goto(f"{visitor.up.url}{VIEWS[name]}", wait_until="commit")
        await expect(page.locator("main .animate-pulse").first).to_be_visible()
        await taken(page, name, "loading", look)
        released.set()
        await page.unroute_all(behavior="ignoreErrors")


@looks
@views
async def test_views_of_what_cannot_be_had(visitor: Visitor, name: str, look: str) -> None:
    with visitor.expects("500"):
        page = await opened(visitor, "/nothing", look)
        await page.route(
            API,
            lambda route: route.fulfill(
                status=500, content_type="application/problem+json", body=BROKEN
            ),
        )
        await page.goto(f"{visitor.up.url}{VIEWS[name]}")
        await expect(page.get_by_role("main").get_by_role("alert").first).to_be_visible()
        await taken(page, name, "error", look)


@looks
async def test_a_run_tab_by_tab(visitor: Visitor, runs: dict[str, str], look: str) -> None:
    for tab in map(str.lower, TABS):
        page = await opened(visitor, f"/runs/{runs['completed']}?tab={tab}", look)
        await loaded(page, look)
        await taken(page, f"run-{tab}", "filled", look)
        await page.context.close()


@looks
@pytest.mark.parametrize("state", ["failed", "asking"])
async def test_a_run_that_wants_a_person(
    visitor: Visitor, runs: dict[str, str], state: str, look: str
) -> None:
    page = await opened(visitor, f"/runs/{runs[state]}", look)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await taken(page, "run", state, look)


@looks
async def test_a_run_that_goes_on(visitor: Visitor, look: str) -> None:
    with faults(visitor.up, {"fault": "drip:3", "path": "messages", "times": 2}):
        run_id = visitor.up.request(f"바람은 어디서 올까, {look}", dry_run=True)
        page = await opened(visitor, f"/runs/{run_id}", look)
        await expect(page.get_by_role("log").first).to_be_visible()
        await taken(page, "run", "live", look)
    await asyncio.to_thread(visitor.up.wait_for_end, run_id)


@looks
async def test_a_run_that_there_is_not(visitor: Visitor, look: str) -> None:
    with visitor.expects("404"):
        page = await opened(visitor, f"/runs/{NOBODY}", look)
        await expect(page.get_by_role("alert")).to_be_visible()
        await taken(page, "run", "error", look)
