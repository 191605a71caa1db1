"""Nothing on a page moves by itself: while answers come late, and while a run goes live."""

import asyncio

import pytest
from playwright.async_api import expect

from .past import faults
from .shifts import OBSERVE, Late, shifts, told, total
from .views import VIEWS
from .visitor import DESK, PHONE, Screen, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(90, func_only=True),
]

MOST = 0.1
"""What the browser's makers call good."""
MOST_LIVE = 0.02
"""What goes on by itself has to leave more in its place: somebody reads along."""
AT_ONCE = 5
SLOWLY = {"fault": "drip:2", "path": "messages", "times": 3}
screens = pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])


@screens
async def test_views_stay_where_they_are_while_answers_come_late(
    visitor: Visitor, runs: dict[str, str], screen: Screen
) -> None:
    paths = [*VIEWS.values(), *(f"/runs/{run_id}" for run_id in runs.values())]
    room = asyncio.Semaphore(AT_ONCE)

    async def moved(path: str) -> str:
        async with room:
            page = await visitor.opens("/nothing", screen=screen)
            late = Late(page)
            await late.goes_to(f"{visitor.up.url}{path}")
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await expect(page.get_by_role("status", name="Loading")).to_have_count(0)
            found = await shifts(page)
            await late.leaves()
            return f"{path} {told(found)}" if total(found) > MOST else ""

    found = await asyncio.gather(*map(moved, paths))

    assert "\n".join(filter(None, found)) == ""


async def test_a_run_stays_where_it_is_while_it_goes_live(visitor: Visitor) -> None:
    with faults(visitor.up, SLOWLY):
        run_id = visitor.up.request("바람은 왜 불까", dry_run=True)
        pages = [await visitor.opens("/nothing", screen=screen) for screen in (DESK, PHONE)]
        for page in pages:
            await page.add_init_script(OBSERVE)
            await page.goto(f"{visitor.up.url}/runs/{run_id}")
        for page in pages:
            title = page.get_by_role("main").locator("header").first
            ended = title.get_by_text("Completed", exact=True)
            await expect(ended).to_be_visible(timeout=60_000)

    for page in pages:
        found = await shifts(page)
        assert total(found) <= MOST_LIVE, told(found)
