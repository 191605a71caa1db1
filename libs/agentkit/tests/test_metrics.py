"""Labels stay few, and a duration names its trace."""

from prometheus_client import Histogram

from agentkit import tracing
from agentkit.metrics import Few, took

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_label_has_only_so_many_values_and_then_one_for_the_rest() -> None:
    few = Few(2)

    told = [few.of(channel) for channel in ("news", "demo", "news", "tides", "demo", "coffee")]

    assert told == ["news", "demo", "news", "other", "demo", "other"]


def test_a_duration_is_told_with_its_trace_where_there_is_one() -> None:
    histogram = Histogram("test_seconds", "A test's.", ["who"], buckets=(1, 10), registry=None)

    took(histogram, 0.5, "a")
    with tracing.within(PARENT):
        took(histogram, 5, "a")

    (family,) = histogram.collect()
    examples = [each.exemplar for each in family.samples if each.name.endswith("_bucket")]
    assert [each.labels if each else None for each in examples] == [
        None,
        {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"},
        None,
    ]
