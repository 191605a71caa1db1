"""Every view in both themes, as an automatic audit sees it, at a desk and on a phone."""

import pytest
from playwright.async_api import expect

from .axe import violations
from .views import VIEWS
from .visitor import DESK, PHONE, Screen, Theme, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(60),
]


@pytest.mark.parametrize("path", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize(
    ("screen", "theme"), [(DESK, "dark"), (PHONE, "light")], ids=["desk", "phone"]
)
async def test_a_view_is_accessible(
    visitor: Visitor, path: str, screen: Screen, theme: Theme
) -> None:
    page = await visitor.opens(path, screen=screen, theme=theme, language="ko")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.get_by_role("status", name="불러오는 중")).to_have_count(0)

    assert await violations(page) == []
