"""What an automatic audit says of the accessibility of a page."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

SCRIPT = Path(__file__).parents[2] / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"


@cache
def script() -> str:
    return SCRIPT.read_text(encoding="utf-8")


async def violations(page: Page) -> list[str]:
    """Return a line for each rule that is broken and each element that breaks it."""
    await page.evaluate(script())
    found: dict[str, Any] = await page.evaluate(RUN, RULES)
    return [
        f"{broken['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]
