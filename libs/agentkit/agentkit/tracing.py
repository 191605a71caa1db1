"""Traces: every request of a person has one, and the events of its run carry it on.

Its id is in each log line that belongs to it, whatever else is set. Spans are recorded only when a
standard variable names a collector, `OTEL_EXPORTER_OTLP_ENDPOINT` or `…_TRACES_ENDPOINT`: before,
a span is the mere id, and nothing of the SDK is loaded. Spans have names, places, times and
counts, never content: no message of an error, no prompt, no answer.
"""

import os
import random
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    INVALID_SPAN,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from agentkit.errors import SettingsError

if TYPE_CHECKING:
    from agentkit.otlp import Export

__all__ = ["Span", "SpanKind"]

NOTHING: Span = INVALID_SPAN
"""Stands for what is not traced."""

type Attributes = Mapping[str, str | bool | int | float]

HEADER = "traceparent"
STATE_HEADER = "tracestate"

_PROTOCOL = "http/protobuf"
_W3C = TraceContextTextMapPropagator()

_export: "Export | None" = None


@contextmanager
def exporting() -> Iterator[None]:
    """While in the block, send spans to the collector that the environment names, if it does.

    Raises:
        SettingsError: it is to be sent in a way that is not spoken here.
    """
    global _export  # noqa: PLW0603 -- like the log, it belongs to the process
    if not _is_wanted():
        yield
        return
    from agentkit.otlp import Export  # noqa: PLC0415 -- takes half a second and 7 MB

    _export = Export()
    try:
        yield
    finally:
        export, _export = _export, None
        export.close()


def _class_of(error: BaseException) -> str:
    return type(error).__name__


def span(  # noqa: PLR0913 -- each part of a span has a name
    service: str,
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str | None = None,
    state: str = "",
    attributes: Attributes | None = None,
    word_of: Callable[[BaseException], str] = _class_of,
) -> AbstractContextManager[Span]:
    """Do the block as a part of a trace, under the name of a service.

    Args:
        service: Who does it.
        name: What is done, one of few.
        kind: Whether it answers, asks, takes from a queue, or none of it.
        parent: The `traceparent` it is a part of, empty to begin a trace; by default what is
            being done now.
        state: The `tracestate` that came with it, which whoever is asked in turn is told.
        attributes: Closed sets, ids and counts.
        word_of: Says in a word what went wrong when the block raises.
    """
    context = None if parent is None else _context_of(parent, state)
    if _export is None:
        return _Within(_continued(context))
    return _recorded(_export.tracer(service).start_span(name, context, kind, attributes), word_of)


@contextmanager
def _recorded(begun: Span, word_of: Callable[[BaseException], str]) -> Iterator[Span]:
    with trace.use_span(
        begun, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ):
        try:
            yield begun
        except BaseException as error:
            fail(word_of(error))
            raise


def within(traceparent: str) -> AbstractContextManager[Span]:
    """Let what the block logs and measures belong to a trace; it is no span of its own."""
    return _Within(trace.get_current_span(_context_of(traceparent)))


class _Within:
    """The block belongs to a span that it does not end; much cheaper than `use_span`."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        self._token = attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(self, *_: object) -> None:
        detach(self._token)


def fail(error_type: str) -> None:
    """Say in a word of a closed set that what is being done has failed."""
    current = trace.get_current_span()
    current.set_attribute("error.type", error_type)
    current.set_status(StatusCode.ERROR)


def note(event: str, attributes: Attributes) -> None:
    """Let what is being done tell of something that happened meanwhile."""
    trace.get_current_span().add_event(event, attributes)


def link(traceparent: str) -> None:
    """Let what is being done refer to another trace."""
    other = trace.get_current_span(_context_of(traceparent)).get_span_context()
    if other.is_valid:
        trace.get_current_span().add_link(other)


def traceparent() -> str:
    """Return what others need to be a part of what is being done, empty when there is no trace."""
    return _carried().get(HEADER, "")


def tracestate() -> str:
    """Return what they need besides, which is what those before us have noted; mostly empty."""
    return _carried().get(STATE_HEADER, "")


def inject(headers: MutableMapping[str, str]) -> None:
    """Let whoever is asked with `headers` know which trace it is for."""
    _W3C.inject(headers)


def trace_id() -> str:
    """Return the id of the trace that what is being done is a part of, empty when there is none."""
    return _id_of(trace.get_current_span())


def trace_id_of(traceparent: str) -> str:
    """Return the id of the trace that a `traceparent` is of, empty when it is of none."""
    return _id_of(trace.get_current_span(_context_of(traceparent)))


def _carried() -> Mapping[str, str]:
    carrier = dict[str, str]()
    inject(carrier)
    return carrier


def _id_of(span: Span) -> str:
    context = span.get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""


def _continued(context: Context | None) -> Span:
    """Return the mere id of what is being done, or of a trace that begins."""
    parent = trace.get_current_span(context).get_span_context()
    return NonRecordingSpan(parent if parent.is_valid else _made())


def _made() -> SpanContext:
    trace_id, span_id = random.getrandbits(128), random.getrandbits(64)
    return SpanContext(trace_id, span_id, False, TraceFlags(TraceFlags.SAMPLED))  # noqa: FBT003


def _context_of(traceparent: str, tracestate: str = "") -> Context:
    if not traceparent:
        return Context()
    carrier = {HEADER: traceparent} | ({STATE_HEADER: tracestate} if tracestate else {})
    return _W3C.extract(carrier, Context())


def _is_wanted() -> bool:
    said = os.environ
    if said.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if said.get("OTEL_TRACES_EXPORTER", "otlp") == "none":
        return False
    if not any(said.get(f"OTEL_EXPORTER_OTLP_{part}ENDPOINT") for part in ("", "TRACES_")):
        return False
    protocol = said.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or said.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", _PROTOCOL
    )
    if protocol != _PROTOCOL:
        raise SettingsError(
            f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol!r} and traces are sent as {_PROTOCOL}: "
            "name the collector's port for it, usually 4318, and leave the variable out"
        )
    return True
