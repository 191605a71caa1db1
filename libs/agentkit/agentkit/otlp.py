"""Sends spans to a collector. Importing this module takes half a second: `tracing` waits for it."""

from importlib.metadata import version
from threading import Thread

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer

CLOSING = "otlp"
"""The thread that sends what is left."""
CLOSE_S = 3.0
"""So long may a process that ends wait for a collector that does not answer."""


class Export:
    """One queue to the collector, for all services of this process.

    None of them is made known to other libraries: some would record what they are asked.
    """

    def __init__(self) -> None:
        self._processor = BatchSpanProcessor(OTLPSpanExporter())
        self._tracers = dict[str, Tracer]()

    def tracer(self, service: str) -> Tracer:
        if service not in self._tracers:
            self._tracers[service] = self._made(service)
        return self._tracers[service]

    def close(self) -> None:
        """Send what is left, in a bounded time."""
        closing = Thread(target=self._processor.shutdown, name=CLOSING, daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    def _made(self, service: str) -> Tracer:
        released = version("yaa-agentkit")
        about = {SERVICE_NAME: service, SERVICE_NAMESPACE: "yaa", SERVICE_VERSION: released}
        provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        provider.add_span_processor(self._processor)
        return provider.get_tracer("yaa", released)
