"""What calls of each hour cost and what was saved: the days of any zone are made of hours."""

from agentkit.migrations import run_script

revision = "v0004"
down_revision = "v0003"

UP = """
CREATE TABLE usage.hour_totals (
    hour           timestamptz PRIMARY KEY,
    cost_usd_micro bigint NOT NULL,
    unpriced_calls bigint NOT NULL,
    calls          bigint NOT NULL
);
COMMENT ON COLUMN usage.hour_totals.hour IS 'its beginning, in UTC';
INSERT INTO usage.hour_totals
SELECT
    date_trunc('hour', created_at, 'UTC'), COALESCE(sum(cost_usd_micro), 0),
    count(*) FILTER (WHERE cost_usd_micro IS NULL), count(*)
FROM usage.usage_events
GROUP BY 1;

CREATE TABLE usage.hour_savings (
    hour            timestamptz PRIMARY KEY,
    saved_usd_micro bigint NOT NULL,
    unpriced_calls  bigint NOT NULL,
    calls           bigint NOT NULL
);
COMMENT ON TABLE usage.hour_savings IS 'no part of the bill';
COMMENT ON COLUMN usage.hour_savings.hour IS 'its beginning, in UTC';
INSERT INTO usage.hour_savings
SELECT
    date_trunc('hour', saved_at, 'UTC'), COALESCE(sum(cost_usd_micro), 0),
    count(*) FILTER (WHERE cost_usd_micro IS NULL), count(*)
FROM usage.saved_calls
GROUP BY 1;

CREATE VIEW usage.hour_costs AS
SELECT
    hour, cost_usd_micro, unpriced_calls, calls,
    0::bigint AS saved_usd_micro, 0::bigint AS unpriced_saved_calls, 0::bigint AS saved_calls
FROM usage.hour_totals
UNION ALL
SELECT hour, 0, 0, 0, saved_usd_micro, unpriced_calls, calls
FROM usage.hour_savings;

COMMENT ON VIEW usage.hour_costs IS 'read by others, to be added up';
"""

DOWN = """
DROP VIEW usage.hour_costs;
DROP TABLE usage.hour_savings;
DROP TABLE usage.hour_totals;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
