"""docs/QUEUES.md says of streams and durables what the broker is provisioned with."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from nats.js.api import ConsumerConfig, DiscardPolicy, StreamConfig

from agentkit.provision import buckets, durables, notices_durable, stream_names, streams
from contracts import subjects

PAGE = (Path(__file__).parents[3] / "docs" / "QUEUES.md").read_text()


def table(head: str) -> dict[str, tuple[str, ...]]:
    """Return the other cells of each row by its first one, of the table that begins with `head`."""
    _, _, rest = PAGE.partition(f"\n| {head} |")
    rows = [line for line in rest.partition("\n\n")[0].splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {first.strip("`"): tuple(others) for first, *others in cells}


def streams_provisioned() -> Iterator[tuple[str, tuple[str, str]]]:
    for config in streams():
        heard = ", ".join(f"`{subject}`" for subject in config.subjects or [])
        yield config.name or "", (heard, rule_of(config))
    for bucket in buckets():
        lasts = f", {days_of(bucket.ttl)}" if bucket.ttl else ""
        yield f"KV_{bucket.bucket}", ("", f"the last of each key{lasts}")
    yield f"OBJ_{subjects.ARTIFACTS_BUCKET}", ("", "")


def rule_of(config: StreamConfig) -> str:
    if config.max_age:
        return days_of(config.max_age)
    assert config.max_msgs_per_subject == 1
    if config.discard == DiscardPolicy.NEW and config.discard_new_per_subject:
        return "one message per subject, refuses a second one"
    return "one message per subject, a second one takes its place"


def days_of(seconds: float) -> str:
    days = timedelta(seconds=seconds).days
    return f"{days} day" + ("s" if days > 1 else "")


def row_of(stream: str, config: ConsumerConfig) -> tuple[str, str, str, str]:
    filters = config.filter_subjects or [config.filter_subject]
    takes = ", ".join(f"`{each}`" for each in filters) if all(filters) else "everything"
    takes += ", headers only" if config.headers_only else ""
    gives_up = f"{config.max_deliver} deliveries" if config.max_deliver else "never"
    return (f"`{stream}`", takes, f"{config.ack_wait:.0f} s", gives_up)


def test_every_stream_is_told_as_it_is() -> None:
    told = {name: cells[:2] for name, cells in table("stream").items()}

    assert told == dict(streams_provisioned())
    assert set(told) == set(stream_names())


def test_every_durable_is_told_as_it_is() -> None:
    told = {name: cells[:4] for name, cells in table("durable").items()}

    made = (*durables(["<agent>"]), (subjects.RUNS, notices_durable("<target>")))
    assert told == {config.durable_name: row_of(stream, config) for stream, config in made}


def test_the_subjects_that_the_page_names_are_those_of_the_contract() -> None:
    text = PAGE.partition("Not stored:")[2].partition("\n\n")[0]

    assert re.findall(r"`([a-z]+\.[^`]+)`", text)[:5] == [
        subjects.live("<run>", "<step>"),
        subjects.control("<run>"),
        subjects.log_level("<service>"),
        subjects.QUOTES,
        subjects.TRIALS,
    ]
