"""The list of a run's events, of which a page draws only what is in sight."""

from dataclasses import dataclass

from playwright.async_api import Page

SCROLL = """async box => {
    const ids = new Set();
    let most = 0;
    for (let top = 0; top < box.scrollHeight; top += box.clientHeight / 2) {
        box.scrollTop = top;
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        const rows = [...box.querySelectorAll('li')];
        rows.forEach(row => ids.add(Number(row.querySelector('span').textContent)));
        most = Math.max(most, rows.length);
    }
    return [[...ids].sort((one, other) => one - other), most];
}"""


@dataclass(frozen=True)
class Seen:
    """What was on the list; `most` is how many of its rows were drawn at once."""

    ids: list[int]
    most: int


async def scrolled_through(page: Page) -> Seen:
    """Return what the list shows from its top to its end."""
    ids, most = await page.get_by_role("region", name="Events", exact=True).evaluate(SCROLL)
    return Seen(ids, most)
