"""The way in, and what is around every view."""

import pytest
from playwright.async_api import expect

from .visitor import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(60),
]

INLINE_STYLE = (
    "document.head.append(Object.assign(document.createElement('style'), {textContent: 'p{}'}))"
)


async def test_a_page_that_breaks_the_content_policy_is_noticed(visitor: Visitor) -> None:
    page = await visitor.opens()
    await page.evaluate(f"() => {{ {INLINE_STYLE} }}")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()

    (complaint,) = visitor.complaints
    visitor.complaints.clear()
    assert "Content Security Policy" in complaint
