"""The forms that queries of the dashboards have."""

from deploy.observability.panels import Query

WINDOW = "$__rate_interval"
A_WHILE = "15m"
"""For what ends so rarely that in a minute there may be none."""


def rate(metric: str, by: str, where: str = "", *, window: str = WINDOW) -> str:
    """Return how often something happens a second."""
    return f"sum{_by(by)} (rate({metric}{_where(where)}[{window}]))"


def risen(metric: str, by: str = "", where: str = "", *, window: str = "1h") -> str:
    """Return how often something has happened in a while."""
    return f"sum{_by(by)} (increase({metric}{_where(where)}[{window}]))"


def now(metric: str, by: str, where: str = "") -> str:
    """Return a gauge that all replicas tell alike."""
    return f"max{_by(by)} ({metric}{_where(where)})"


def share(part: str, whole: str) -> str:
    """Return a share of `whole`; none of a part is 0."""
    return f"({part} or 0 * {whole}) / {whole}"


def p95(metric: str, by: str, where: str = "", *, window: str = A_WHILE) -> str:
    """Return the time within which 95 % of all was done."""
    return quantile(0.95, metric, by, where, window=window)


def quantile(q: float, metric: str, by: str = "", where: str = "", *, window: str) -> str:
    """Return the time within which a share `q` of all was done."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, {rate(f'{metric}_bucket', labels, where, window=window)})"


def quantiles(metric: str, where: str = "", *, window: str = WINDOW) -> tuple[Query, ...]:
    return tuple(
        Query(quantile(q, metric, where=where, window=window), f"p{q * 100:.0f}")
        for q in (0.5, 0.95, 0.99)
    )


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""


def _where(matchers: str) -> str:
    return f"{{{matchers}}}" if matchers else ""
