"""The bill held against the provider's books, after every round: what may be lost, and how much."""

from collections.abc import Iterator
from dataclasses import dataclass

from chaos.shop import NOTHING, Sales

CALL_TOKENS = 1000
"""No call of the three agents comes to more: of so many calls lost, so many tokens are at most."""


@dataclass(frozen=True, slots=True)
class Balance:
    """All calls so far: what the provider sold, and how many calls and tokens are billed.

    `unknown` are calls on the bill that were given up before anything was heard of their usage.
    """

    sales: Sales = NOTHING
    billed: int = 0
    tokens: int = 0
    unknown: int = 0

    @property
    def unread(self) -> int:
        """Return how many told of their usage and were given up before anybody read it.

        So it is on a busy machine: they are on the bill, as calls without a price.
        """
        missing = self.sales.calls + self.sales.cut - self.billed
        return max(0, min(missing, self.unknown - self.sales.silent))

    @property
    def lost(self) -> int:
        """Return how many calls were sold and are not on the bill."""
        return self.sales.calls + self.sales.cut - self.billed - self.unread

    @property
    def short(self) -> int:
        """Return how many tokens the bill has too few, by what the provider had told at least."""
        return max(0, self.sales.tokens + self.sales.told - self.tokens)

    @property
    def over(self) -> int:
        """Return how many tokens the bill has too many, by all that can have been used."""
        return max(0, self.tokens - self.sales.tokens - self.sales.used)

    def misses(self, before: "Balance", may_be_lost: int, may_be_doubled: int = 0) -> Iterator[str]:
        """Yield what is wrong with a round that began with the balance `before`.

        In it so many calls at most `may_be_lost`. With none the bill is right to the token. What
        was lost is sold again, and what two bought at the same time `may_be_doubled`; nothing else.
        """
        if not 0 <= self.lost <= before.lost + may_be_lost:
            yield (
                f"{self.sales.calls} calls were sold and {self.sales.cut} cut, {self.billed} are "
                f"billed and {self.unread} unread: {self.lost} are lost, {before.lost} before "
                f"this round and in it only {may_be_lost} can be"
            )
        unread = max(0, self.unread - before.unread)
        may_be_short = (may_be_lost + unread) * CALL_TOKENS
        if self.over or self.short > before.short + may_be_short:
            yield (
                f"{self.tokens} tokens are billed, {self.sales.tokens} were sold and "
                f"{self.sales.told} to {self.sales.used} cut: {self.over} too many, "
                f"{self.short} too few and {before.short} before this round"
            )
        again = self.sales.again - before.sales.again
        if again > max(0, self.lost - before.lost) + unread + may_be_doubled:
            yield (
                f"{again} calls were sold again in this round, although {self.lost - before.lost} "
                f"were lost, {unread} unread and {may_be_doubled} can have been made twice"
            )
