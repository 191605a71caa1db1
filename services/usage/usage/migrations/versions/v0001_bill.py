"""The bill: every paid call, the totals kept with it, and what could not be read."""

from agentkit.migrations import run_script

revision = "v0001"
down_revision = None

UP = """
CREATE TABLE usage.usage_events (
    id                uuid PRIMARY KEY,
    run_id            text NOT NULL,
    step              text NOT NULL,
    attempt           integer NOT NULL,
    agent             text NOT NULL,
    capability        text NOT NULL,
    provider          text NOT NULL,
    model             text NOT NULL,
    prompt_tokens     bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    total_tokens      bigint NOT NULL,
    buckets           jsonb NOT NULL,
    cost_usd_micro    bigint,
    cost_usd          numeric GENERATED ALWAYS AS (cost_usd_micro / 1000000.0) STORED,
    price_basis       text,
    simulated         boolean NOT NULL,
    created_at        timestamptz NOT NULL,
    CHECK ((cost_usd_micro IS NULL) = (price_basis IS NULL))
);
CREATE INDEX usage_events_by_run ON usage.usage_events (run_id, step);
COMMENT ON COLUMN usage.usage_events.id IS 'UUIDv5 of the subject of the call: its identity';
COMMENT ON COLUMN usage.usage_events.buckets IS 'what the provider counted, zeros left out';
COMMENT ON COLUMN usage.usage_events.cost_usd_micro IS 'null is unpriced';

CREATE TABLE usage.rejected_calls (
    id          uuid PRIMARY KEY,
    subject     text NOT NULL,
    run_id      text NOT NULL,
    step        text NOT NULL,
    reason      text NOT NULL,
    rejected_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE usage.rejected_calls IS
    'paid calls whose header cannot be billed; the totals count them as unpriced';

CREATE TABLE usage.run_totals (
    run_id          text PRIMARY KEY,
    cost_usd_micro  bigint NOT NULL,
    total_tokens    bigint NOT NULL,
    unpriced_calls  bigint NOT NULL,
    simulated_calls bigint NOT NULL,
    calls           bigint NOT NULL
);

CREATE TABLE usage.step_totals (
    run_id          text NOT NULL,
    step            text NOT NULL,
    cost_usd_micro  bigint NOT NULL,
    total_tokens    bigint NOT NULL,
    unpriced_calls  bigint NOT NULL,
    simulated_calls bigint NOT NULL,
    calls           bigint NOT NULL,
    PRIMARY KEY (run_id, step)
);

CREATE TABLE usage.day_totals (
    day               date NOT NULL,
    agent             text NOT NULL,
    provider          text NOT NULL,
    model             text NOT NULL,
    simulated         boolean NOT NULL,
    cost_usd_micro    bigint NOT NULL,
    prompt_tokens     bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    unpriced_calls    bigint NOT NULL,
    calls             bigint NOT NULL,
    PRIMARY KEY (day, agent, provider, model, simulated)
);
COMMENT ON COLUMN usage.day_totals.day IS 'in UTC';

CREATE TABLE usage.totals (
    only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    cost_usd_micro  bigint NOT NULL DEFAULT 0,
    total_tokens    bigint NOT NULL DEFAULT 0,
    unpriced_calls  bigint NOT NULL DEFAULT 0,
    simulated_calls bigint NOT NULL DEFAULT 0,
    calls           bigint NOT NULL DEFAULT 0
);
INSERT INTO usage.totals DEFAULT VALUES;

CREATE VIEW usage.run_costs AS
SELECT
    run_id,
    CASE WHEN unpriced_calls < calls THEN cost_usd_micro END AS cost_usd_micro,
    total_tokens,
    unpriced_calls,
    calls,
    simulated_calls
FROM usage.run_totals;

CREATE VIEW usage.step_costs AS
SELECT
    run_id,
    step,
    CASE WHEN unpriced_calls < calls THEN cost_usd_micro END AS cost_usd_micro,
    total_tokens,
    unpriced_calls,
    calls,
    simulated_calls
FROM usage.step_totals;

CREATE VIEW usage.total_costs AS
SELECT cost_usd_micro, total_tokens, unpriced_calls, calls, simulated_calls
FROM usage.totals;

COMMENT ON VIEW usage.run_costs IS 'read by others; cost is null when no call has a price';
COMMENT ON VIEW usage.step_costs IS 'read by others; cost is null when no call has a price';
COMMENT ON VIEW usage.total_costs IS 'read by others; one row';
"""

DOWN = """
DROP VIEW usage.total_costs, usage.step_costs, usage.run_costs;
DROP TABLE usage.totals;
DROP TABLE usage.day_totals;
DROP TABLE usage.step_totals;
DROP TABLE usage.run_totals;
DROP TABLE usage.rejected_calls;
DROP TABLE usage.usage_events;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
