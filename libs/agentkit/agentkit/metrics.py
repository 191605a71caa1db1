"""Every metric of the system. Labels come from closed sets only, never a run id.

A duration is told with the trace that it was met in, for scrapers that take exemplars.
"""

import platform
import time
from functools import lru_cache
from importlib.metadata import version
from math import frexp

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics

from agentkit import tracing

CHANNELS_TOLD = 100
BUYERS_TOLD = 200
EXEMPLAR_EVERY_S = 1.0


class Few:
    """The values of a label that is not a closed set: the first ones stand, the rest are one."""

    def __init__(self, limit: int, rest: str = "other") -> None:
        self._limit = limit
        self._rest = rest
        self._known = set[str]()

    def of(self, value: str) -> str:
        if value not in self._known and len(self._known) >= self._limit:
            return self._rest
        self._known.add(value)
        return value


def took(histogram: Histogram, seconds: float, *labels: str) -> None:
    """Observe a duration, and the trace of what is being done as its exemplar.

    One of each order of magnitude every second has an exemplar: nobody scrapes more of them, and
    they take as long as all the rest.
    """
    series, now = _series_of(histogram, labels), time.monotonic()
    order = (series, frexp(seconds)[1])
    trace_id = tracing.trace_id() if now >= _next_exemplar.get(order, 0) else ""
    if not trace_id:
        series.observe(seconds)
        return
    _next_exemplar[order] = now + EXEMPLAR_EVERY_S
    series.observe(seconds, {"trace_id": trace_id})


@lru_cache(maxsize=1000)
def _series_of(histogram: Histogram, labels: tuple[str, ...]) -> Histogram:
    """Return one series; to find it takes the library longer than to count."""
    return histogram.labels(*labels)


_next_exemplar = dict[tuple[Histogram, int], float]()


CHANNELS = Few(CHANNELS_TOLD)
"""The channels that have a label of their own."""
BUYERS = Few(BUYERS_TOLD)
"""The agents, providers and models that have: agents write the journal that names them."""

# else there is a series beside every count that says since when it is counted
disable_created_metrics()  # type: ignore[no-untyped-call]  # has no types

BUILD = Info("yaa_build", "The release that answers.")
BUILD.info({"version": version("yaa-agentkit"), "python": platform.python_version()})
READY = Gauge("yaa_ready", "Whether this process can work: 1 when /health/ready says so.")

PIPELINE_RUNS = Counter("yaa_pipeline_runs_total", "Runs that ended, by status.", ["status"])
PIPELINE_DURATION = Histogram(
    "yaa_pipeline_duration_seconds",
    "From the request of a run to its end.",
    ["channel_id"],
    buckets=(1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
)
HTTP_REQUESTS = Counter(
    "yaa_http_requests_total", "HTTP requests answered.", ["method", "path", "status"]
)
HTTP_SECONDS = Histogram(
    "yaa_http_request_duration_seconds",
    "From a request to the beginning of its answer.",
    ["method", "path"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SSE_WATCHERS = Gauge("yaa_sse_watchers", "Browsers that follow a run.")
QUEUE_DEPTH = Gauge(
    "yaa_queue_depth",
    "What the broker holds that nobody has taken yet; every replica tells the same, so take max.",
    ["queue"],
)
STEPS_WAITING = Gauge(
    "yaa_steps_waiting", "Attempts that wait for a worker, as yaa_queue_depth.", ["agent"]
)
CONSUMER_PENDING = Gauge(
    "yaa_consumer_pending", "Messages that a reader was not given yet.", ["durable"]
)
CONSUMER_UNACKNOWLEDGED = Gauge(
    "yaa_consumer_unacknowledged", "Messages that a reader has in hand.", ["durable"]
)
CONSUMER_LAG = Gauge(
    "yaa_consumer_lag_seconds", "Age of the oldest event that is not in the tables.", ["durable"]
)
STREAM_MESSAGES = Gauge("yaa_stream_messages", "Messages that the broker keeps.", ["stream"])
STREAM_BYTES = Gauge("yaa_stream_bytes", "What they take on its disk.", ["stream"])
ACTIVE_RUNS = Gauge("yaa_active_runs", "Runs that have not ended, by what they do.", ["state"])
ACTIVE_RUN_IDLE = Gauge(
    "yaa_active_run_idle_seconds",
    "For how long nothing has happened to the one that has waited longest.",
    ["state"],
)

STEPS = Counter("yaa_steps_total", "Attempts that ended.", ["agent", "outcome"])
STEP_SECONDS = Histogram(
    "yaa_step_seconds",
    "Run time of an attempt.",
    ["agent"],
    buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600),
)
STEP_WAIT = Histogram(
    "yaa_step_wait_seconds",
    "From the request of an attempt to its beginning.",
    ["agent"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600),
)
STEP_RETRIES = Counter(
    "yaa_step_retries_total", "Attempts requested because the one before failed.", ["agent"]
)

DEAD_LETTERS = Counter("yaa_dead_letters_total", "Requests that no agent could end.", ["agent"])

LLM_TOKENS = Counter("yaa_llm_tokens_total", "Tokens of paid calls.", ["provider", "model"])
LLM_SECONDS = Histogram(
    "yaa_llm_seconds",
    "Time to the whole answer of a paid call.",
    ["provider", "model"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 80),
)
CALLS_SAVED = Counter(
    "yaa_calls_saved_total", "Calls answered from the journal instead of bought.", ["provider"]
)
COST = Counter(
    "yaa_cost_usd_total",
    "US dollars of the calls on the bill; what is simulated is not paid.",
    ["agent", "provider", "model", "simulated"],
)
BILLED_CALLS = Counter(
    "yaa_billed_calls_total", "Calls on the bill.", ["agent", "provider", "model", "simulated"]
)
UNPRICED_CALLS = Counter(
    "yaa_unpriced_calls_total", "Calls whose price is not known.", ["provider", "model"]
)
PROVIDER_INCIDENTS = Counter(
    "yaa_provider_incidents_total",
    "What went wrong with a provider, by what was done about it.",
    ["provider", "kind"],
)
PROVIDER_CIRCUITS = Gauge(
    "yaa_provider_circuits",
    "Agents of this process by whether they ask a provider: closed, half_open or open.",
    ["provider", "state"],
)
READER_BATCHES = Counter("yaa_reader_batches_total", "Batches read.", ["durable", "outcome"])
SCHEDULE_FIRES = Counter(
    "yaa_schedule_fires_total", "Times of schedules that were settled.", ["outcome"]
)
