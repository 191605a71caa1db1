"""What the dashboards of all agents show."""

from deploy.observability.panels import Panel, Query, Section
from deploy.observability.queries import A_WHILE, now, p95, quantiles, rate, risen, share


def work(name: str) -> Section:
    """Return how an agent works."""
    own = f'agent="{name}"'
    in_hand = now("yaa_consumer_unacknowledged", "durable", f'durable="agent-{name}"')
    failed = risen("yaa_steps_total", "", f'{own},outcome="failed"', window=A_WHILE)
    ended = risen("yaa_steps_total", "", own, window=A_WHILE)
    return Section(
        "Steps",
        (
            Panel(
                "Attempts",
                "Attempts that ended, a second.",
                "ops",
                (Query(rate("yaa_steps_total", "outcome", own), "{{outcome}}"),),
                stacked=True,
            ),
            Panel(
                "Failed",
                "Share of the attempts.",
                "percentunit",
                (Query(share(failed, ended), "failed"),),
            ),
            Panel(
                "Tried again",
                "Attempts in the last hour that were requested because one had failed.",
                "short",
                (Query(risen("yaa_step_retries_total", "agent", own), "{{agent}}"),),
            ),
            Panel(
                "Time of an attempt",
                "Run time, without the wait before it.",
                "s",
                quantiles("yaa_step_seconds", own, window=A_WHILE),
            ),
            Panel(
                "Wait before an attempt",
                "From the request of an attempt to its beginning.",
                "s",
                quantiles("yaa_step_wait_seconds", own, window=A_WHILE),
            ),
            Panel(
                "Requests",
                "Those that wait for a worker and those that one works on.",
                "short",
                (Query(now("yaa_steps_waiting", "", own), "waiting"), Query(in_hand, "in hand")),
            ),
        ),
    )


def purchases(name: str) -> Section:
    """Return what an agent buys: it tells of the calls, the bill tells what they cost."""
    by, for_ = f'service="{name}"', f'agent="{name}"'
    return Section(
        "Models",
        (
            Panel(
                "Time of a model call",
                "95 % of the answers came within, all tries included.",
                "s",
                (Query(p95("yaa_llm_seconds", "model", by), "{{model}}"),),
            ),
            Panel(
                "Tokens",
                "Tokens a second that were paid for.",
                "short",
                (Query(rate("yaa_llm_tokens_total", "model", by), "{{model}}"),),
                stacked=True,
            ),
            Panel(
                "Spent in an hour",
                "Those to the simulator are shown with what they would have cost.",
                "currencyUSD",
                (
                    Query(
                        risen("yaa_cost_usd_total", "model, simulated", for_),
                        "{{model}} (simulated: {{simulated}})",
                    ),
                ),
                stacked=True,
            ),
            Panel(
                "Incidents",
                "What went wrong with providers in the last hour, by what was done about it.",
                "short",
                (
                    Query(
                        risen("yaa_provider_incidents_total", "provider, kind", by),
                        "{{provider}} {{kind}}",
                    ),
                ),
                stacked=True,
            ),
            Panel(
                "Circuits",
                "Replicas by whether they ask a provider.",
                "short",
                (
                    Query(
                        f"sum by (provider, state) (yaa_provider_circuits{{{by}}})",
                        "{{provider}} {{state}}",
                    ),
                ),
            ),
            Panel(
                "Calls saved",
                "Calls in the last hour that the journal answered instead of a provider.",
                "short",
                (Query(risen("yaa_calls_saved_total", "provider", by), "{{provider}}"),),
            ),
        ),
    )
