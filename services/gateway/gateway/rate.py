"""How much each key may ask of this process: a bucket of requests that fills up again."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

MINUTE_S = 60
KEPT = 10_000

type Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a key has left. `wait_s` is 0 unless its request is one too many."""

    limit: int
    remaining: int
    full_s: int
    wait_s: int

    @property
    def headers(self) -> dict[str, str]:
        """Return the fields of the IETF draft `ratelimit-headers`."""
        return {
            "RateLimit-Policy": f'"key";q={self.limit};w={MINUTE_S}',
            "RateLimit": f'"key";r={self.remaining};t={self.full_s}',
        }


class RateLimit:
    """Allows every key `limit` requests at once, and as many in each minute."""

    def __init__(self, limit: int, clock: Clock = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._buckets = dict[str, tuple[float, float]]()

    def take(self, key_id: str) -> Allowance:
        """Take one request from what `key_id` has left."""
        now, each_s = self._clock(), MINUTE_S / self._limit
        left, at = self._buckets.pop(key_id, (float(self._limit), now))
        left = min(self._limit, left + (now - at) / each_s)
        is_allowed = left >= 1
        left -= is_allowed
        self._keep(key_id, left, now)
        return Allowance(
            limit=self._limit,
            remaining=int(left),
            full_s=math.ceil((self._limit - left) * each_s),
            wait_s=0 if is_allowed else math.ceil((1 - left) * each_s),
        )

    def _keep(self, key_id: str, left: float, now: float) -> None:
        """Keep a bucket as the newest, and forget the one that was used longest ago if need be."""
        self._buckets[key_id] = (left, now)
        if len(self._buckets) > KEPT:
            del self._buckets[next(iter(self._buckets))]
