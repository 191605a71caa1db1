"""Money as the API tells it: US dollars, of whole millionths inside."""

MICRO = 1_000_000


def usd(micro: int | None) -> float | None:
    return None if micro is None else micro / MICRO


def usd_of_sum(micro: int, calls: int, unpriced: int) -> float | None:
    """Return what `calls` come to in dollars, None when none of them has a price."""
    return None if calls and unpriced == calls else usd(micro)
