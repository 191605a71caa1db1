"""What others read of the bill: each call, what a day cost, and when a run began to call."""

from agentkit.migrations import run_script

revision = "v0003"
down_revision = "v0002"

UP = """
ALTER TABLE usage.run_totals
    ADD COLUMN prompt_tokens     bigint NOT NULL DEFAULT 0,
    ADD COLUMN completion_tokens bigint NOT NULL DEFAULT 0,
    ADD COLUMN first_at          timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN usage.run_totals.first_at IS
    'of the first call of the run, be it paid or saved; a run that only saved has no calls here';

INSERT INTO usage.run_totals AS total (
    run_id, cost_usd_micro, total_tokens, unpriced_calls, simulated_calls, calls,
    prompt_tokens, completion_tokens, first_at
)
SELECT run_id, 0, 0, 0, 0, 0, sum(prompt_tokens), sum(completion_tokens), min(at)
FROM (
    SELECT run_id, prompt_tokens, completion_tokens, created_at AS at FROM usage.usage_events
    UNION ALL
    SELECT run_id, 0, 0, rejected_at FROM usage.rejected_calls
    UNION ALL
    SELECT run_id, 0, 0, saved_at FROM usage.saved_calls
) AS calls
GROUP BY run_id
ON CONFLICT (run_id) DO UPDATE SET
    prompt_tokens = excluded.prompt_tokens,
    completion_tokens = excluded.completion_tokens,
    first_at = excluded.first_at;
CREATE INDEX run_totals_newest ON usage.run_totals (first_at);

CREATE TABLE usage.day_savings (
    day             date NOT NULL,
    agent           text NOT NULL,
    provider        text NOT NULL,
    model           text NOT NULL,
    simulated       boolean NOT NULL,
    saved_usd_micro bigint NOT NULL,
    unpriced_calls  bigint NOT NULL,
    calls           bigint NOT NULL,
    PRIMARY KEY (day, agent, provider, model, simulated)
);
COMMENT ON TABLE usage.day_savings IS 'no part of the bill';
COMMENT ON COLUMN usage.day_savings.day IS 'in UTC';
INSERT INTO usage.day_savings
SELECT
    (saved_at AT TIME ZONE 'UTC')::date, agent, provider, model, simulated,
    COALESCE(sum(cost_usd_micro), 0), count(*) FILTER (WHERE cost_usd_micro IS NULL), count(*)
FROM usage.saved_calls
GROUP BY 1, 2, 3, 4, 5;

CREATE INDEX usage_events_newest ON usage.usage_events (created_at);
CREATE INDEX usage_events_by_agent ON usage.usage_events (agent, timezone('UTC', created_at));
CREATE INDEX usage_events_by_model ON usage.usage_events (model, timezone('UTC', created_at));
CREATE INDEX usage_events_by_agent_model ON usage.usage_events (
    (agent || '/' || model), timezone('UTC', created_at)
);

CREATE OR REPLACE VIEW usage.run_costs AS
SELECT
    run_id,
    CASE WHEN unpriced_calls < calls OR calls = 0 THEN cost_usd_micro END AS cost_usd_micro,
    total_tokens,
    unpriced_calls,
    calls,
    simulated_calls,
    prompt_tokens,
    completion_tokens,
    first_at
FROM usage.run_totals;

CREATE VIEW usage.calls AS
SELECT
    id, run_id, step, attempt, agent, capability, provider, model,
    prompt_tokens, completion_tokens, total_tokens, cost_usd_micro, simulated, created_at
FROM usage.usage_events;

CREATE VIEW usage.day_costs AS
SELECT
    day, agent, provider, model, simulated,
    cost_usd_micro, prompt_tokens, completion_tokens, unpriced_calls, calls,
    0::bigint AS saved_usd_micro, 0::bigint AS unpriced_saved_calls, 0::bigint AS saved_calls
FROM usage.day_totals
UNION ALL
SELECT
    day, agent, provider, model, simulated,
    0, 0, 0, 0, 0,
    saved_usd_micro, unpriced_calls, calls
FROM usage.day_savings;

COMMENT ON VIEW usage.calls IS 'read by others; cost is null when the call has no price';
COMMENT ON VIEW usage.day_costs IS 'read by others, to be added up; days are in UTC';
"""

DOWN = """
DROP VIEW usage.day_costs, usage.calls, usage.run_costs;
DROP INDEX usage.usage_events_by_agent_model;
DROP INDEX usage.usage_events_by_model;
DROP INDEX usage.usage_events_by_agent;
DROP INDEX usage.usage_events_newest;
DROP TABLE usage.day_savings;

DELETE FROM usage.run_totals WHERE calls = 0;
DROP INDEX usage.run_totals_newest;
ALTER TABLE usage.run_totals
    DROP COLUMN prompt_tokens,
    DROP COLUMN completion_tokens,
    DROP COLUMN first_at;

CREATE VIEW usage.run_costs AS
SELECT
    run_id,
    CASE WHEN unpriced_calls < calls THEN cost_usd_micro END AS cost_usd_micro,
    total_tokens,
    unpriced_calls,
    calls,
    simulated_calls
FROM usage.run_totals;
COMMENT ON VIEW usage.run_costs IS 'read by others; cost is null when no call has a price';
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
