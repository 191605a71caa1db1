"""What belongs together has one trace, whoever goes on with it; it is sent only where asked to."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from agentkit import tracing
from agentkit.collector import Collector, collecting
from agentkit.errors import SettingsError
from agentkit.otlp import CLOSING
from yaa.embedded.ports import free_port

FOREIGN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        yield collector


def test_outside_of_a_span_there_is_no_trace() -> None:
    assert (tracing.trace_id(), tracing.traceparent()) == ("", "")


def test_a_trace_is_made_and_goes_on_inside() -> None:
    with tracing.span("a", "outer"):
        outer = tracing.trace_id()
        with tracing.span("a", "inner"):
            inner, carried = tracing.trace_id(), tracing.traceparent()

    assert re.fullmatch("[0-9a-f]{32}", outer)
    assert inner == outer
    assert carried.startswith(f"00-{outer}-")


def test_the_trace_of_whoever_asks_is_taken_over() -> None:
    with tracing.span("a", "work", parent=FOREIGN):
        assert tracing.trace_id() == TRACE_ID


def test_what_others_have_noted_of_a_trace_is_carried_on() -> None:
    with tracing.span("a", "work", parent=FOREIGN, state="congo=t61,rojo=00f"):
        with tracing.span("a", "inner"):
            inner = tracing.tracestate()
        carried = tracing.traceparent(), tracing.tracestate()
    with tracing.span("a", "later", parent=carried[0], state=carried[1]):
        later = tracing.tracestate()

    assert (inner, later) == ("congo=t61,rojo=00f", "congo=t61,rojo=00f")


@pytest.mark.parametrize("given", ["", "nonsense", "a=1\r\nx: y", f"a={'x' * 600}"])
def test_notes_that_are_none_are_left_behind(given: str) -> None:
    with tracing.span("a", "work", parent=FOREIGN, state=given):
        assert (tracing.trace_id(), tracing.tracestate()) == (TRACE_ID, "")


@pytest.mark.parametrize(
    "given", ["", "nonsense", "00-0-0-0", f"ff{FOREIGN[2:]}", f"{FOREIGN}-1", "x" * 4000]
)
def test_what_is_no_trace_begins_a_new_one(given: str) -> None:
    with tracing.span("a", "outer"), tracing.span("a", "work", parent=given):
        found = tracing.trace_id()

        assert found
        assert found != TRACE_ID
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", tracing.traceparent())


def test_spans_are_sent_with_who_did_what_for_whom(collector: Collector) -> None:
    with tracing.exporting():
        with tracing.span("gateway", "ask", parent=FOREIGN, attributes={"n": 1}):
            tracing.link(f"00-{'a' * 32}-{'b' * 16}-01")
            carried = tracing.traceparent()
        with tracing.span("writer", "write", parent=carried):
            tracing.note("met", {"kind": "retried"})

    asked, written = collector.spans
    assert (asked.service, asked.name, asked.attributes) == ("gateway", "ask", {"n": 1})
    assert (asked.trace_id, asked.parent_id) == (TRACE_ID, "00f067aa0ba902b7")
    assert asked.links == ("a" * 32,)
    assert (written.service, written.parent_id) == ("writer", asked.span_id)
    assert written.events == ("met",)


def test_a_failure_is_told_in_one_word_and_not_in_its_own(collector: Collector) -> None:
    with (
        tracing.exporting(),
        pytest.raises(ValueError, match="secret"),
        tracing.span("a", "work"),
    ):
        raise ValueError("a secret")

    (span,) = collector.spans
    assert span.has_failed
    assert span.attributes == {"error.type": "ValueError"}
    assert b"secret" not in collector.raw


def test_a_process_that_sends_nothing_does_not_even_load_what_sends() -> None:
    script = (
        "import sys\n"
        "from agentkit import tracing\n"
        "with tracing.exporting(), tracing.span('a', 'work') as span:\n"
        "    print(span.is_recording(), tracing.traceparent())\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])\n"
    )

    done = subprocess.run(  # noqa: S603 -- our own script
        [sys.executable, "-c", script], env={}, capture_output=True, text=True, check=True
    )

    span, loaded = done.stdout.splitlines()
    assert re.fullmatch("False 00-[0-9a-f]{32}-[0-9a-f]{16}-01", span)
    assert loaded == "[]"


@pytest.mark.parametrize(
    ("variable", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")]
)
def test_sending_can_be_switched_off(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    with tracing.exporting(), tracing.span("a", "work") as span:
        assert not span.is_recording()

    assert collector.raw == b""


def test_a_protocol_that_is_not_spoken_is_refused(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert collector.url
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")

    with pytest.raises(SettingsError, match=r"'grpc'.*4318"), tracing.exporting():
        pass


def test_a_collector_that_is_away_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"http://127.0.0.1:{free_port()}")

    with tracing.exporting():
        with tracing.span("a", "work"):
            pass
        began = time.monotonic()

    assert time.monotonic() - began < 5
    for thread in threading.enumerate():
        if thread.name == CLOSING:  # what it tries again by chance is no business of later tests
            thread.join()
