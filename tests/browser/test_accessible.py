"""Every view as an automatic audit sees it: in both themes, at a desk and on a phone."""

import pytest
from playwright.async_api import Page, expect

from .axe import violations
from .views import TABS, VIEWS
from .visitor import DESK, PHONE, Language, Screen, Theme, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(60, func_only=True),
]

LOADING = {"ko": "불러오는 중", "en": "Loading"}
LOOKS = {
    "dark-ko": (DESK, "dark", "ko"),
    "light-en": (DESK, "light", "en"),
    "phone": (PHONE, "light", "ko"),
}
looks = pytest.mark.parametrize(("screen", "theme", "language"), LOOKS.values(), ids=LOOKS)
themes = pytest.mark.parametrize("theme", ["dark", "light"])


async def loaded(page: Page, language: Language = "en") -> None:
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.get_by_role("status", name=LOADING[language])).to_have_count(0)


@looks
@pytest.mark.usefixtures("runs")
async def test_every_view_is_accessible(
    visitor: Visitor, screen: Screen, theme: Theme, language: Language
) -> None:
    page = await visitor.opens("/nothing", screen=screen, theme=theme, language=language)
    found = list[str]()
    for name, path in VIEWS.items():
        await page.goto(f"{visitor.up.url}{path}")
        await loaded(page, language)
        found += [f"{name}: {each}" for each in await violations(page)]

    assert found == []


@themes
async def test_each_tab_of_a_run_is_accessible(
    visitor: Visitor, runs: dict[str, str], theme: Theme
) -> None:
    page = await visitor.opens(f"/runs/{runs['completed']}", theme=theme)
    await loaded(page)
    found = list[str]()
    for name in TABS:
        await page.get_by_role("tab", name=name).click()
        await expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        await loaded(page)
        found += [f"{name}: {each}" for each in await violations(page)]

    assert found == []


@themes
@pytest.mark.parametrize("run", ["failed", "asking"])
async def test_a_run_that_wants_a_person_is_accessible(
    visitor: Visitor, runs: dict[str, str], run: str, theme: Theme
) -> None:
    page = await visitor.opens(f"/runs/{runs[run]}", theme=theme)
    await loaded(page)

    assert await violations(page) == []


@themes
async def test_what_opens_over_a_page_is_accessible(visitor: Visitor, theme: Theme) -> None:
    page = await visitor.opens("/channels", theme=theme)
    await loaded(page)
    found = list[str]()
    for keys, name in (("Control+k", "Command palette"), ("?", "Keyboard shortcuts")):
        await page.keyboard.press(keys)
        await expect(page.get_by_role("dialog", name=name)).to_be_visible()
        found += [f"{name}: {each}" for each in await violations(page)]
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="New channel").first.click()
    await expect(page.get_by_role("dialog", name="New channel")).to_be_visible()

    assert found + await violations(page) == []
