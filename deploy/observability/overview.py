"""The dashboard to look at first."""

from deploy.observability.panels import Panel, Query, Section
from deploy.observability.queries import A_WHILE, WINDOW, now, p95, quantiles, rate, risen, share

PAID = 'simulated="false"'
ENDED = 'status=~"completed|failed"'
SPENT_BY_AGENT = risen("yaa_cost_usd_total", "agent, simulated")
FAILED_RUNS = share(
    risen("yaa_pipeline_runs_total", where='status="failed"'),
    risen("yaa_pipeline_runs_total", where=ENDED),
)
FAILED_REQUESTS = share(
    rate("yaa_http_requests_total", "", 'status=~"5..",path!~"/health/.*"'),
    rate("yaa_http_requests_total", "", 'path!~"/health/.*|/metrics"'),
)
FAILED_ATTEMPTS = share(
    risen("yaa_steps_total", "agent", 'outcome="failed"', window=A_WHILE),
    risen("yaa_steps_total", "agent", window=A_WHILE),
)


def _stat(title: str, description: str, unit: str, expr: str, alarm: float | None = None) -> Panel:
    return Panel(title, description, unit, (Query(expr),), "stat", width=4, alarm=alarm)


NOW = Section(
    "Now",
    (
        _stat(
            "Runs under way",
            "Runs that have not ended, those that wait for a turn or for a person included.",
            "short",
            f"sum({now('yaa_active_runs', 'state')})",
        ),
        _stat(
            "Runs failed",
            "Share of the runs that ran to an end in the last hour.",
            "percentunit",
            FAILED_RUNS,
            alarm=0.2,
        ),
        _stat(
            "Requests",
            "HTTP requests a second, of all gateways.",
            "reqps",
            rate("yaa_http_requests_total", ""),
        ),
        _stat(
            "Requests failed",
            "Share of the requests that were answered with 5xx.",
            "percentunit",
            FAILED_REQUESTS,
            alarm=0.05,
        ),
        _stat(
            "Waiting",
            "Events for the orchestrator, requests for agents and runs that wait for their turn.",
            "short",
            now("yaa_queue_depth", "", 'queue="pipeline"'),
        ),
        _stat(
            "Spent in the last hour",
            "Calls on the bill, without those to the simulator.",
            "currencyUSD",
            f"{risen('yaa_cost_usd_total', where=PAID)} or vector(0)",
        ),
        _stat(
            "Completed in the last hour",
            "Runs that ended well.",
            "short",
            risen("yaa_pipeline_runs_total", where='status="completed"'),
        ),
        _stat(
            "Wait for a person",
            "Runs in which nothing goes on until somebody approves.",
            "short",
            now("yaa_active_runs", "", 'state="waiting_for_approval"'),
        ),
        _stat(
            "Dead letters in the last hour",
            "Requests that killed their agent, or that it could not read: yaa dead list.",
            "short",
            risen("yaa_dead_letters_total"),
            alarm=0.5,
        ),
        _stat(
            "Projection behind",
            "Age of the oldest event that the tables do not have.",
            "s",
            now("yaa_consumer_lag_seconds", "", 'durable="projector"'),
            alarm=60,
        ),
        _stat(
            "Processes that cannot work",
            "They are up and miss the broker, the database or a consumer.",
            "short",
            "count(yaa_ready == 0) or vector(0)",
            alarm=1,
        ),
        _stat(
            "Alerts",
            "Alerts that fire: docs/RUNBOOK.md says what to do.",
            "short",
            'count(ALERTS{alertstate="firing"}) or vector(0)',
            alarm=1,
        ),
    ),
)

REQUESTS = Section(
    "Requests",
    (
        Panel(
            "Request volume",
            "Requests a second by status.",
            "reqps",
            (Query(rate("yaa_http_requests_total", "status"), "{{status}}"),),
            stacked=True,
        ),
        Panel(
            "Error rate",
            "Share of the requests that were answered with 5xx.",
            "percentunit",
            (Query(FAILED_REQUESTS, "5xx"),),
        ),
        Panel(
            "Time to an answer",
            "From a request to the beginning of its answer.",
            "s",
            quantiles("yaa_http_request_duration_seconds"),
        ),
    ),
)

RUNS = Section(
    "Runs",
    (
        Panel(
            "Run status",
            "Runs that have not ended, by what they do.",
            "short",
            (Query(now("yaa_active_runs", "state"), "{{state}}"),),
            stacked=True,
        ),
        Panel(
            "Runs that ended",
            "In the last five minutes, by status.",
            "short",
            (Query(risen("yaa_pipeline_runs_total", "status", window="5m"), "{{status}}"),),
            stacked=True,
        ),
        Panel(
            "Time of a run",
            "From the request of a run to its end.",
            "s",
            quantiles("yaa_pipeline_duration_seconds", window=A_WHILE),
        ),
        Panel(
            "Nothing has happened for",
            "Of the run that has waited longest in each state.",
            "s",
            (Query(now("yaa_active_run_idle_seconds", "state"), "{{state}}"),),
        ),
        Panel(
            "Watchers",
            "Browsers that follow a run.",
            "short",
            (Query("sum(yaa_sse_watchers)", "watchers"),),
        ),
        Panel(
            "Schedules",
            "Times of schedules that were settled in the last five minutes.",
            "short",
            (Query(risen("yaa_schedule_fires_total", "outcome", window="5m"), "{{outcome}}"),),
        ),
    ),
)

QUEUES = Section(
    "Queues",
    (
        Panel(
            "Queue depth",
            "What moves runs and nobody has taken yet, and events that are not in the tables yet.",
            "short",
            (Query(now("yaa_queue_depth", "queue"), "{{queue}}"),),
        ),
        Panel(
            "Before each reader",
            "Messages that a durable consumer was not given yet.",
            "short",
            (Query(now("yaa_consumer_pending", "durable"), "{{durable}}"),),
        ),
        Panel(
            "In hand",
            "Messages that a reader was given and has not acknowledged.",
            "short",
            (Query(now("yaa_consumer_unacknowledged", "durable"), "{{durable}}"),),
        ),
        Panel(
            "Projection behind",
            "Age of the oldest event that the tables do not have.",
            "s",
            (Query(now("yaa_consumer_lag_seconds", "durable"), "{{durable}}"),),
        ),
        Panel(
            "Batches that failed",
            "Batches a second that a reader could not handle; they come again.",
            "ops",
            (
                Query(
                    rate("yaa_reader_batches_total", "durable", 'outcome="failed"'), "{{durable}}"
                ),
            ),
        ),
        Panel(
            "Kept by the broker",
            "What the streams take on its disk.",
            "bytes",
            (Query(now("yaa_stream_bytes", "stream"), "{{stream}}"),),
            stacked=True,
        ),
    ),
)

STEPS = Section(
    "Steps",
    (
        Panel(
            "Attempts",
            "Attempts that ended, a second, by agent.",
            "ops",
            (Query(rate("yaa_steps_total", "agent"), "{{agent}}"),),
            stacked=True,
        ),
        Panel(
            "Attempts that failed",
            "Share of the attempts of each agent.",
            "percentunit",
            (Query(FAILED_ATTEMPTS, "{{agent}}"),),
        ),
        Panel(
            "Tried again",
            "Attempts in the last five minutes that were requested because one had failed.",
            "short",
            (Query(risen("yaa_step_retries_total", "agent", window="5m"), "{{agent}}"),),
        ),
        Panel(
            "Time of an attempt",
            "95 % of the attempts took no longer.",
            "s",
            (Query(p95("yaa_step_seconds", "agent"), "{{agent}}"),),
        ),
        Panel(
            "Wait before an attempt",
            "95 % of the attempts waited no longer from their request to their beginning.",
            "s",
            (Query(p95("yaa_step_wait_seconds", "agent"), "{{agent}}"),),
        ),
        Panel(
            "Wait for a worker",
            "Requests that no worker of the agent has taken.",
            "short",
            (Query(now("yaa_steps_waiting", "agent"), "{{agent}}"),),
        ),
    ),
)

MODELS = Section(
    "Models and money",
    (
        Panel(
            "Time of a model call",
            "95 % of the answers came within, all tries included.",
            "s",
            (Query(p95("yaa_llm_seconds", "model"), "{{model}}"),),
        ),
        Panel(
            "Tokens",
            "Tokens a second that were paid for.",
            "short",
            (Query(rate("yaa_llm_tokens_total", "provider, model"), "{{provider}} {{model}}"),),
            stacked=True,
        ),
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
                    risen("yaa_cost_usd_total", "model, simulated"),
                    "{{model}} (simulated: {{simulated}})",
                ),
            ),
            stacked=True,
        ),
        Panel(
            "Calls without a price",
            "In the last hour. They are on the bill as unpriced, never as 0.",
            "short",
            (Query(risen("yaa_unpriced_calls_total", "provider, model"), "{{model}}"),),
        ),
        Panel(
            "Calls saved",
            "Calls in the last hour that the journal answered instead of a provider.",
            "short",
            (Query(risen("yaa_calls_saved_total", "provider"), "{{provider}}"),),
        ),
        Panel(
            "Incidents",
            "What went wrong with providers in the last five minutes, by what was done about it.",
            "short",
            (
                Query(
                    risen("yaa_provider_incidents_total", "provider, kind", window="5m"),
                    "{{provider}} {{kind}}",
                ),
            ),
            stacked=True,
        ),
        Panel(
            "Circuits",
            "Agents by whether they ask a provider.",
            "short",
            (Query("sum by (provider, state) (yaa_provider_circuits)", "{{provider}} {{state}}"),),
        ),
    ),
)

PROCESSES = Section(
    "Processes",
    (
        Panel(
            "Replicas that can work",
            "Processes that miss nothing, by service.",
            "short",
            (Query("sum by (service) (yaa_ready)", "{{service}}"),),
        ),
        Panel(
            "Memory",
            "Resident memory by service, all replicas together.",
            "bytes",
            (Query("sum by (service) (process_resident_memory_bytes)", "{{service}}"),),
            stacked=True,
        ),
        Panel(
            "CPU",
            "Cores in use by service, all replicas together.",
            "short",
            (
                Query(
                    f"sum by (service) (rate(process_cpu_seconds_total[{WINDOW}]))", "{{service}}"
                ),
            ),
            stacked=True,
        ),
        Panel(
            "Alerts",
            "Alerts that fire or are about to: docs/RUNBOOK.md says what to do.",
            "short",
            (Query("sum by (alertname, severity, alertstate) (ALERTS)"),),
            kind="table",
            width=12,
        ),
        Panel(
            "Releases",
            "How many processes run which release.",
            "short",
            (Query("count by (service, version) (yaa_build_info)"),),
            kind="table",
            width=12,
        ),
    ),
)

SECTIONS = (NOW, REQUESTS, RUNS, QUEUES, STEPS, MODELS, PROCESSES)
