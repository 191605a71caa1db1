"""Long lists, of which a page draws only what is in sight: scrolled through from top to end."""

from dataclasses import dataclass

from playwright.async_api import Page

LONGEST_MS = 90_000
FRAME = "new Promise(requestAnimationFrame)"
EVENTS = f"""async box => {{
    const ids = new Set();
    let most = 0;
    for (let top = 0; top < box.scrollHeight; top += box.clientHeight / 2) {{
        box.scrollTop = top;
        await {FRAME};
        await {FRAME};
        const rows = [...box.querySelectorAll('li')];
        rows.forEach(row => ids.add(Number(row.querySelector('span').textContent)));
        most = Math.max(most, rows.length);
    }}
    return [[...ids].sort((one, other) => one - other), most];
}}"""
RUNS = f"""async grid => {{
    const topics = [];
    let most = 0;
    let nodes = 0;
    const until = performance.now() + {LONGEST_MS};
    for (;;) {{
        await {FRAME};
        const rows = [...grid.querySelectorAll('[data-index]')];
        for (const row of rows) {{
            topics[Number(row.dataset.index)] = row.querySelector('a').textContent;
        }}
        most = Math.max(most, rows.length);
        nodes = Math.max(nodes, document.querySelectorAll('*').length);
        const left = document.documentElement.scrollHeight - innerHeight - scrollY;
        const isWhole = grid.getAttribute('aria-rowcount') !== '-1';
        if ((left < 1 && isWhole) || performance.now() > until) {{
            return [topics, most, nodes];
        }}
        scrollBy(0, innerHeight * 0.75);
    }}
}}"""


@dataclass(frozen=True)
class SeenEvents:
    """What was on the list; `most` is how many of its rows were drawn at once."""

    ids: list[int]
    most: int


@dataclass(frozen=True)
class SeenRuns:
    """The topics by their places, None where nothing was; the most rows and nodes at once."""

    topics: list[str | None]
    most: int
    nodes: int


async def all_events(page: Page) -> SeenEvents:
    box = page.get_by_role("region", name="Events", exact=True)
    return SeenEvents(*await box.evaluate(EVENTS))


async def all_runs(page: Page) -> SeenRuns:
    """Return what is on the list of runs, which asks for its pages as it is scrolled."""
    return SeenRuns(*await page.get_by_role("grid", name="Runs").evaluate(RUNS))
