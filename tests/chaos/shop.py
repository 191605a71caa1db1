"""The simulator's own books: what it sold, whole and in part, and what it spoilt."""

from typing import Any, NamedTuple

import httpx2


class Sales(NamedTuple):
    """`calls` were answered whole, with `tokens` in all; `again` had been answered before.

    `cut` broke off on the way after they had told something of their usage, `told` tokens; what
    they `used` until then is a little more, and some that had told nothing are counted as well:
    those are `silent`.
    Of all that was `asked`, so many were `spoilt` on purpose.
    """

    calls: int
    tokens: int
    again: int
    cut: int
    told: int
    used: int
    silent: int
    asked: int
    spoilt: int

    @property
    def spoilt_share(self) -> float:
        return self.spoilt / self.asked if self.asked else 0.0


NOTHING = Sales(0, 0, 0, 0, 0, 0, 0, 0, 0)


async def sales(simulator_url: str) -> Sales:
    async with httpx2.AsyncClient(timeout=30, base_url=simulator_url) as http:
        books = (await http.get("/simulator/sold")).json()
        asked = (await http.get("/simulator/requests", params={"last": 0})).json()
        faults = (await http.get("/simulator/faults")).json()
    return Sales(
        calls=sum(row["calls"] for row in books["sold"]),
        tokens=_tokens(books["sold"], "usage"),
        again=sum(each["times"] - 1 for each in asked["repeated"]),
        cut=sum(row["calls"] - row["silent"] for row in books["cut"]),
        told=_tokens(books["cut"], "told"),
        used=_tokens(books["cut"], "used"),
        silent=sum(row["silent"] for row in books["cut"]),
        asked=sum(asked["requests"].values()),
        spoilt=sum(rule["hits"] for rule in faults),
    )


def _tokens(rows: list[dict[str, Any]], counts: str) -> int:
    return sum(sum(row[counts].values()) for row in rows)
