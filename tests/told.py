"""The metrics that services tell: as the docs list them, as the code has them, as a page says."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from prometheus_client import REGISTRY, Metric
from prometheus_client.parser import text_string_to_metric_families

MONITORING = Path(__file__).parent.parent / "docs" / "MONITORING.md"
ROW = re.compile(r"^\| (`(?:yaa|process|python)_[^|]*) \| ([^|]*) \|", re.MULTILINE)
METRIC = re.compile(r"`((?:yaa|process|python)_[a-z_]+)(?:\{([a-z_,]+)\})?`")
ENDINGS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",)}


class Told(NamedTuple):
    """A metric by its name in the docs, which has no `_bucket`, and its labels, without `le`."""

    name: str
    labels: frozenset[str]


def listed() -> Iterator[tuple[Told, frozenset[str]]]:
    """Yield every metric in the table of the docs, and who tells it."""
    for names, by in ROW.findall(MONITORING.read_text()):
        for name, labels in METRIC.findall(names):
            yield Told(name, _set(labels)), _set(by.replace(" ", ""))


def exported() -> Mapping[Told, tuple[str, ...]]:
    """Return every metric that this process has, and the series that it comes as."""
    found = {}
    for collector in dict.fromkeys(REGISTRY._names_to_collectors.values()):  # noqa: SLF001 -- there is no other list
        for family in collector.collect():
            labels = frozenset(getattr(collector, "_labelnames", None) or _labels(family))
            found[Told(_name(family), labels - {"le"})] = _series(family)
    return found


def seen(page: str) -> Iterator[Told]:
    """Yield every metric that a page has a value of; an unlabelled count of nothing is none."""
    for family in text_string_to_metric_families(page):
        if any(sample.value or sample.labels for sample in family.samples):
            yield Told(_name(family), _labels(family) - {"le"})


def _name(family: Metric) -> str:
    series = _series(family)
    return series[0] if len(series) == 1 else family.name


def _series(family: Metric) -> tuple[str, ...]:
    return tuple(family.name + ending for ending in ENDINGS.get(family.type, ("",)))


def _labels(family: Metric) -> frozenset[str]:
    return frozenset(label for sample in family.samples for label in sample.labels)


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split(",") if text else ())
