"""How far what is on a page has moved by itself: the browser's own layout shifts."""

import asyncio
from itertools import count
from typing import Any

from playwright.async_api import Page, Request, Route

from agentkit.testing import wait_until

API = "**/api/v1/**"
STREAM = "/events"
SHORTEST_S = 0.2
STEP_S = 0.12
STEPS = 5
ROUNDS = 3
"""What has come may lead to more."""
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
OBSERVE = """
window.shifts = [];
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
        if (!entry.hadRecentInput) {
            window.shifts.push({
                value: entry.value,
                what: entry.sources.map(({node, previousRect, currentRect}) =>
                    `${(node?.outerHTML ?? node?.textContent ?? '?').slice(0, 120)}`
                    + ` from ${previousRect.x},${previousRect.y} ${previousRect.height}px`
                    + ` to ${currentRect.x},${currentRect.y} ${currentRect.height}px`),
            });
        }
    }
}).observe({type: 'layout-shift', buffered: true});
"""


class Late:
    """A page whose answers of the API come late, some later than others; it notes its shifts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._asked = set[Request]()
        self._numbers = count()
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    async def goes_to(self, address: str) -> None:
        """Return when all that is asked for has come and been drawn."""
        await self.page.add_init_script(OBSERVE)
        await self.page.route(API, self._late)
        await self.page.goto(address)
        for _ in range(ROUNDS):
            await wait_until(lambda: not self._asked)
            await self.page.evaluate(DRAWN)

    async def leaves(self) -> None:
        await self.page.unroute_all(behavior="ignoreErrors")
        await self.page.context.close()

    def _begun(self, request: Request) -> None:
        if not request.url.endswith(STREAM):
            self._asked.add(request)

    def _ended(self, request: Request) -> None:
        self._asked.discard(request)

    async def _late(self, route: Route) -> None:
        if not route.request.url.endswith(STREAM):
            await asyncio.sleep(SHORTEST_S + STEP_S * (next(self._numbers) % STEPS))
        await route.continue_()


async def shifts(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await page.evaluate("window.shifts")
    return found


def told(found: list[dict[str, Any]]) -> str:
    """Return how far everything has moved, and what has."""
    lines = (f"  {each['value']:.4f} {'; '.join(each['what'])}" for each in found)
    return "\n".join((f"{total(found):.4f}", *lines))


def total(found: list[dict[str, Any]]) -> float:
    value: float = sum(each["value"] for each in found)
    return value
