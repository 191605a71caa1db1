"""What was not paid again: calls that a run found in its journal. No part of the bill."""

from agentkit.migrations import run_script

revision = "v0002"
down_revision = "v0001"

UP = """
CREATE TABLE usage.saved_calls (
    id             uuid PRIMARY KEY,
    run_id         text NOT NULL,
    step           text NOT NULL,
    attempt        integer NOT NULL,
    agent          text NOT NULL,
    provider       text NOT NULL,
    model          text NOT NULL,
    total_tokens   bigint NOT NULL,
    cost_usd_micro bigint,
    price_basis    text,
    simulated      boolean NOT NULL,
    saved_at       timestamptz NOT NULL,
    CHECK ((cost_usd_micro IS NULL) = (price_basis IS NULL))
);
CREATE INDEX saved_calls_by_run ON usage.saved_calls (run_id, step);
COMMENT ON TABLE usage.saved_calls IS 'no part of the bill: answers that were paid before';
COMMENT ON COLUMN usage.saved_calls.id IS 'UUIDv5 of the subject of the note: its identity';
COMMENT ON COLUMN usage.saved_calls.run_id IS 'the run that did not pay';
COMMENT ON COLUMN usage.saved_calls.cost_usd_micro IS
    'at the price in force when it was saved; null is unpriced';

CREATE VIEW usage.run_savings AS
SELECT
    run_id,
    sum(cost_usd_micro)::bigint AS saved_usd_micro,
    count(*) AS saved_calls,
    count(*) FILTER (WHERE cost_usd_micro IS NULL) AS unpriced_calls
FROM usage.saved_calls
GROUP BY run_id;

CREATE VIEW usage.step_savings AS
SELECT
    run_id,
    step,
    sum(cost_usd_micro)::bigint AS saved_usd_micro,
    count(*) AS saved_calls,
    count(*) FILTER (WHERE cost_usd_micro IS NULL) AS unpriced_calls
FROM usage.saved_calls
GROUP BY run_id, step;

COMMENT ON VIEW usage.run_savings IS 'read by others; money is null when no call has a price';
COMMENT ON VIEW usage.step_savings IS 'read by others; money is null when no call has a price';
"""

DOWN = """
DROP VIEW usage.step_savings, usage.run_savings;
DROP TABLE usage.saved_calls;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
