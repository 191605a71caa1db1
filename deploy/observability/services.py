"""A dashboard for each service: what it is for, then its processes."""

from deploy.observability.agents import purchases, work
from deploy.observability.overview import FAILED_REQUESTS, SPENT_BY_AGENT
from deploy.observability.panels import Panel, Query, Section
from deploy.observability.queries import WINDOW, now, p95, quantiles, rate, risen
from deploy.services import Service

RUN_SECONDS = "yaa_pipeline_duration_seconds"

GATEWAY = Section(
    "The API",
    (
        Panel(
            "Requests",
            "Requests a second by route.",
            "reqps",
            (Query(rate("yaa_http_requests_total", "method, path"), "{{method}} {{path}}"),),
            stacked=True,
        ),
        Panel(
            "Failed",
            "Requests a second that were answered with 5xx, by route.",
            "reqps",
            (
                Query(
                    rate("yaa_http_requests_total", "method, path", 'status=~"5.."'),
                    "{{method}} {{path}}",
                ),
            ),
        ),
        Panel(
            "Refused",
            "Requests a second that were answered with 4xx, by status.",
            "reqps",
            (Query(rate("yaa_http_requests_total", "status", 'status=~"4.."'), "{{status}}"),),
        ),
        Panel(
            "Time to an answer",
            "From a request to the beginning of its answer.",
            "s",
            quantiles("yaa_http_request_duration_seconds"),
        ),
        Panel(
            "Time by route",
            "95 % of the answers to each route began within.",
            "s",
            (
                Query(
                    p95("yaa_http_request_duration_seconds", "path", window=WINDOW),
                    "{{path}}",
                ),
            ),
        ),
        Panel(
            "Error rate",
            "Share of the requests that were answered with 5xx.",
            "percentunit",
            (Query(FAILED_REQUESTS, "5xx"),),
        ),
        Panel(
            "Watchers",
            "Browsers that follow a run, by replica.",
            "short",
            (Query('sum by (instance) (yaa_sse_watchers{service="gateway"})', "{{instance}}"),),
        ),
        Panel(
            "Schedules",
            "Times of schedules that were settled in the last hour.",
            "short",
            (Query(risen("yaa_schedule_fires_total", "outcome"), "{{outcome}}"),),
        ),
        Panel(
            "Before the scheduler",
            "Times that have come and were not looked at yet.",
            "short",
            (Query(now("yaa_consumer_pending", "durable", 'durable="scheduler"'), "{{durable}}"),),
        ),
    ),
)


def reading(durables: str) -> Section:
    """Return how a service reads the log, through the durables that match."""
    of_it = f'durable=~"{durables}"'
    return Section(
        "Reading",
        (
            Panel(
                "Before it",
                "Messages that it was not given yet.",
                "short",
                (Query(now("yaa_consumer_pending", "durable", of_it), "{{durable}}"),),
            ),
            Panel(
                "In hand",
                "Messages that it was given and has not acknowledged.",
                "short",
                (Query(now("yaa_consumer_unacknowledged", "durable", of_it), "{{durable}}"),),
            ),
            Panel(
                "Batches",
                "Batches a second; one that failed comes again.",
                "ops",
                (
                    Query(
                        rate("yaa_reader_batches_total", "durable, outcome", of_it),
                        "{{durable}} {{outcome}}",
                    ),
                ),
            ),
        ),
    )


PROJECTOR = Section(
    "The projection",
    (
        Panel(
            "Behind",
            "Age of the oldest event that the tables do not have.",
            "s",
            (Query(now("yaa_consumer_lag_seconds", "durable"), "{{durable}}"),),
            width=12,
        ),
        Panel(
            "Events of the log",
            "Messages of the stream RUNS: all of them are to be in the tables.",
            "short",
            (Query(now("yaa_stream_messages", "stream", 'stream="RUNS"'), "{{stream}}"),),
            width=12,
        ),
    ),
)

ORCHESTRATOR = Section(
    "Runs",
    (
        Panel(
            "Runs that ended",
            "In the last five minutes, by status.",
            "short",
            (Query(risen("yaa_pipeline_runs_total", "status", window="5m"), "{{status}}"),),
            stacked=True,
        ),
        Panel(
            "Time of a run, by channel",
            "95 % of the runs took no longer.",
            "s",
            (Query(p95(RUN_SECONDS, "channel_id"), "{{channel_id}}"),),
        ),
        Panel(
            "Under way",
            "Runs that have not ended, by what they do.",
            "short",
            (Query(now("yaa_active_runs", "state"), "{{state}}"),),
            stacked=True,
        ),
        Panel(
            "Nothing has happened for",
            "Of the run that has waited longest in each state.",
            "s",
            (Query(now("yaa_active_run_idle_seconds", "state"), "{{state}}"),),
        ),
        Panel(
            "Tried again",
            "Attempts in the last hour that were requested because one had failed.",
            "short",
            (Query(risen("yaa_step_retries_total", "agent"), "{{agent}}"),),
        ),
        Panel(
            "Dead letters",
            "Requests in the last hour that no agent could end.",
            "short",
            (Query(risen("yaa_dead_letters_total", "agent"), "{{agent}}"),),
        ),
    ),
)

USAGE = Section(
    "The bill",
    (
        Panel(
            "Spent in an hour, by agent",
            "Those to the simulator are shown with what they would have cost.",
            "currencyUSD",
            (Query(SPENT_BY_AGENT, "{{agent}} (simulated: {{simulated}})"),),
            stacked=True,
        ),
        Panel(
            "Spent in an hour, by model",
            "Those to the simulator are shown with what they would have cost.",
            "currencyUSD",
            (
                Query(
                    risen("yaa_cost_usd_total", "provider, model, simulated"),
                    "{{provider}} {{model}} (simulated: {{simulated}})",
                ),
            ),
            stacked=True,
        ),
        Panel(
            "Calls",
            "Calls a second that came onto the bill.",
            "ops",
            (Query(rate("yaa_billed_calls_total", "provider, model"), "{{provider}} {{model}}"),),
            stacked=True,
        ),
        Panel(
            "Calls without a price",
            "In the last hour: give their model a price in YAA_PRICES_FILE.",
            "short",
            (
                Query(
                    risen("yaa_unpriced_calls_total", "provider, model"), "{{provider}} {{model}}"
                ),
            ),
        ),
    ),
)


def processes(name: str) -> Section:
    """Return how the replicas of a service are."""
    own = f'service="{name}"'
    return Section(
        "Processes",
        (
            Panel(
                "Ready",
                "1 when the process misses nothing that it needs.",
                "short",
                (Query(f"max by (instance) (yaa_ready{{{own}}})", "{{instance}}"),),
            ),
            Panel(
                "Memory",
                "Resident memory.",
                "bytes",
                (
                    Query(
                        f"max by (instance) (process_resident_memory_bytes{{{own}}})",
                        "{{instance}}",
                    ),
                ),
            ),
            Panel(
                "CPU",
                "Cores in use.",
                "short",
                (Query(rate("process_cpu_seconds_total", "instance", own), "{{instance}}"),),
            ),
            Panel(
                "Up for",
                "Time since the process was started.",
                "s",
                (
                    Query(
                        f"time() - max by (instance) (process_start_time_seconds{{{own}}})",
                        "{{instance}}",
                    ),
                ),
            ),
            Panel(
                "Open files",
                "Files and connections, and how many there may be.",
                "short",
                (
                    Query(f"max by (instance) (process_open_fds{{{own}}})", "{{instance}}"),
                    Query(f"min(process_max_fds{{{own}}})", "limit"),
                ),
            ),
            Panel(
                "Garbage collections",
                "Of Python's oldest generation, a second.",
                "ops",
                (
                    Query(
                        rate("python_gc_collections_total", "instance", f'{own},generation="2"'),
                        "{{instance}}",
                    ),
                ),
            ),
        ),
    )


OWN = {
    "gateway": (GATEWAY,),
    "notifier": (reading("notifier-.*"),),
    "orchestrator": (ORCHESTRATOR, reading("orchestrator.*")),
    "projector": (PROJECTOR, reading("projector")),
    "usage": (USAGE, reading("usage")),
}


def sections_of(service: Service) -> tuple[Section, ...]:
    """Return what is shown of a service."""
    own = _of_agent(service) if service.is_agent else OWN.get(service.name, ())
    return (*own, processes(service.name))


def _of_agent(service: Service) -> tuple[Section, ...]:
    buys = (purchases(service.name),) if "providers" in service.needs else ()
    return (work(service.name), *buys)
