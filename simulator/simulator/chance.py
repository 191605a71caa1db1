"""Variety without randomness: the same key always makes the same choices, on any machine."""

import hashlib
from collections.abc import Sequence


class Chance:
    """Choices drawn from a key. Python's own generator may change between versions."""

    def __init__(self, *key: object) -> None:
        self._key = "\x1f".join(map(str, key))
        self._drawn = 0

    def of(self, *key: object) -> "Chance":
        """Return an independent source, so that one choice more here moves none there."""
        return Chance(self._key, *key)

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to `limit`, which it never reaches."""
        self._drawn += 1
        content = f"{self._key}\x1e{self._drawn}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest()) % limit

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.below(1_000_001) / 1_000_000

    def pick[T](self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def shuffled[T](self, items: Sequence[T]) -> list[T]:
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in items]
