"""Money as the API tells it: US dollars, of whole millionths inside."""

MICRO = 1_000_000


def usd(micro: int | None) -> float | None:
    return None if micro is None else micro / MICRO
