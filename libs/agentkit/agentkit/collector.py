"""Takes spans as a collector does, over HTTP, for tests."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SentSpan

PATH = "/v1/traces"


@dataclass(frozen=True, slots=True)
class Taken:
    """A span as it was sent; ids in hexadecimal."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str | bool | int | float]
    links: tuple[str, ...]
    events: tuple[str, ...]
    has_failed: bool


@dataclass(slots=True)
class Collector:
    """What was sent so far. `raw` is all of it, to look for what must not be in it."""

    url: str
    spans: list[Taken] = field(default_factory=list[Taken])
    raw: bytes = b""

    def of_trace(self, trace_id: str) -> list[Taken]:
        return [span for span in self.spans if span.trace_id == trace_id]

    def take(self, body: bytes) -> None:
        self.raw += body
        for of_service in ExportTraceServiceRequest.FromString(body).resource_spans:
            said = {each.key: each.value.string_value for each in of_service.resource.attributes}
            for scope in of_service.scope_spans:
                self.spans += (_taken(said["service.name"], span) for span in scope.spans)


@contextmanager
def collecting() -> Iterator[Collector]:
    """Take spans on a port of this machine while in the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_packed = self.headers.get("Content-Encoding") == "gzip"
            collector.take(gzip.decompress(body) if is_packed else body)
            self.send_response(200 if self.path == PATH else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _taken(service: str, span: SentSpan) -> Taken:
    values = ((each.key, each.value, each.value.WhichOneof("value")) for each in span.attributes)
    return Taken(
        service,
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        {key: getattr(value, kind) for key, value, kind in values if kind},
        tuple(link.trace_id.hex() for link in span.links),
        tuple(event.name for event in span.events),
        span.status.code == span.status.STATUS_CODE_ERROR,
    )
