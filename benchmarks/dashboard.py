"""How smoothly the long lists of the dashboard scroll: 10,000 runs, and a run of 2,000 events.

The whole stack runs here with the simulator, the page in a Chromium without a screen, which draws
60 frames a second when it can. An empty list as high as ten thousand rows is scrolled as well: what
it takes is the machine's own share. Prints a small table and, as the last line, the same as JSON.

    PYTHONPATH=tests python benchmarks/dashboard.py
"""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any, Literal

from loguru import logger
from playwright.async_api import Browser, CDPSession, Locator, async_playwright, expect

from browser.past import asking_run, pause_often, repeat
from browser.visitor import DESK, PHONE, Screen, Visitor
from yaa.stack.under_test import Up, start, stop

RUNS = 10_000
PAUSES = 1_000
MEASURED_MS = 8_000
FRAME_MS = 1000 / 60
READING_PX, FLICK_PX = 40, 600
"""So far the list moves in a frame: 2,400 and 36,000 pixels a second."""
SCROLL = """async (list, [px, ms]) => {
    const box = list.matches('[role=grid]') ? document.scrollingElement : list;
    const frame = () => new Promise(requestAnimationFrame);
    box.scrollTop = 0;
    await frame();
    let at = await frame();
    const until = at + ms;
    const times = [];
    let still = 0;
    while (at < until) {
        const before = box.scrollTop;
        box.scrollTop += px;
        still += px > 0 && box.scrollTop === before;
        const next = await frame();
        times.push(next - at);
        at = next;
        const left = box.scrollHeight - box.clientHeight - box.scrollTop;
        if (px > 0 && left < 1 && list.getAttribute('aria-rowcount') !== '-1') {
            break;
        }
    }
    return [times, still, Math.round(box.scrollTop)];
}"""

EMPTY = """() => {
    document.body.innerHTML = '<div role="grid" aria-rowcount="10000"></div>';
    document.body.firstChild.style.height = '610000px';
}"""

type Role = Literal["grid", "region"]


@dataclass(frozen=True, slots=True)
class Scrolled:
    """The times between frames in milliseconds; `still` frames had to wait for the next page.

    `busy_s` is how long the thread that draws the page had a processor: unlike the times it hardly
    depends on what else the machine does.
    """

    name: str
    times: list[float]
    still: int
    far: int
    busy_s: float

    def figures(self) -> dict[str, Any]:
        cuts = quantiles(self.times, n=100, method="inclusive")
        dropped = sum(max(0, round(each / FRAME_MS) - 1) for each in self.times)
        return {
            "list": self.name,
            "frames": len(self.times),
            "pixels": self.far,
            "p50 ms": round(cuts[49], 1),
            "p95 ms": round(cuts[94], 1),
            "p99 ms": round(cuts[98], 1),
            "longest ms": round(max(self.times), 1),
            "dropped": f"{dropped / (dropped + len(self.times)):.1%}",
            "waiting": f"{self.still / len(self.times):.1%}",
            "busy ms": round(1000 * self.busy_s / len(self.times), 1),
        }


def main() -> int:
    logger.remove()
    with tempfile.TemporaryDirectory(prefix="yaa-bench-") as folder:
        up = start(Path(folder), latency_s=0.02)
        try:
            scrolled = asyncio.run(measured(up))
        finally:
            stop(up)
    figures = [each.figures() for each in scrolled]
    print(" " * 34 + "".join(f"{name:>12}" for name in [*figures[0]][1:]))
    for each in figures:
        name, *values = each.values()
        print(f"{name:<34}" + "".join(f"{value:>12}" for value in values))
    print(json.dumps(figures))
    return 0


async def measured(up: Up) -> list[Scrolled]:
    run_id = await asyncio.to_thread(asking_run, up, "바다는 왜 짤까")
    await repeat(up, run_id, RUNS)
    await pause_often(up, run_id, PAUSES)
    events = f"/runs/{run_id}?tab=events"
    async with chromium() as browser:
        visitor = Visitor(browser, up)
        runs = await listed(visitor, "/runs", "grid", "Runs", DESK)
        found = [
            await scrolled(runs, "standing still", 0),
            await scrolled(runs, "runs, desk, reading", READING_PX),
            await scrolled(runs, "runs, desk, flick", FLICK_PX),
        ]
        cards = await listed(visitor, "/runs", "grid", "Runs", PHONE)
        found.append(await scrolled(cards, "runs, phone, flick", FLICK_PX))
        log = await listed(visitor, events, "region", "Events", DESK)
        await expect(log.page.get_by_text("of 2,0")).to_be_visible(timeout=30_000)
        found.append(await scrolled(log, "events, reading", READING_PX))
        found.append(await scrolled(log, "events, flick", FLICK_PX))
        await runs.page.evaluate(EMPTY)
        empty = runs.page.get_by_role("grid")
        found.append(await scrolled(empty, "an empty list, reading", READING_PX))
        found.append(await scrolled(empty, "an empty list, flick", FLICK_PX))
        await visitor.leaves()
    return found


async def scrolled(found: Locator, name: str, px: int) -> Scrolled:
    inside = await found.page.context.new_cdp_session(found.page)
    await inside.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    await inside.send("Performance.enable")
    before = await busy_s(inside)
    times, still, far = await found.evaluate(SCROLL, [px, MEASURED_MS])
    after = await busy_s(inside)
    await inside.detach()
    return Scrolled(name, times, still, far, after - before)


async def busy_s(inside: CDPSession) -> float:
    """Return for how long the page's main thread has had a processor."""
    found = await inside.send("Performance.getMetrics")
    figures = {each["name"]: each["value"] for each in found["metrics"]}
    return float(figures["TaskDuration"])


async def listed(visitor: Visitor, path: str, role: Role, name: str, screen: Screen) -> Locator:
    page = await visitor.opens(path, screen=screen)
    found = page.get_by_role(role, name=name, exact=True)
    await expect(found).to_be_visible(timeout=30_000)
    return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("there is no chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        yield browser
        await browser.close()


if __name__ == "__main__":
    sys.exit(main())
