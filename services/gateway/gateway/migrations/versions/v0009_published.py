"""When runs were published, and indexes by which those that were are listed."""

from agentkit.migrations import run_script

revision = "v0009"
down_revision = "v0008"

UP = """
ALTER TABLE gateway.runs ADD COLUMN published_at timestamptz;
COMMENT ON COLUMN gateway.runs.published_at IS 'null unless it has completed and something was';

UPDATE gateway.runs
SET published_at = found.at
FROM (
    SELECT run_id, max(COALESCE(steps.completed_at, runs.completed_at)) AS at
    FROM gateway.steps
    JOIN gateway.runs USING (run_id)
    WHERE runs.status = 'completed'
      AND output::text LIKE '{"kind":"Publication",%'
    GROUP BY run_id
) AS found
WHERE runs.run_id = found.run_id;

CREATE INDEX runs_published ON gateway.runs (dry_run, completed_at)
    WHERE published_at IS NOT NULL;
CREATE INDEX runs_published_by_channel ON gateway.runs (
    channel_id, dry_run, timezone('UTC', completed_at)
)
    WHERE published_at IS NOT NULL;
"""

DOWN = """
DROP INDEX gateway.runs_published_by_channel;
DROP INDEX gateway.runs_published;
ALTER TABLE gateway.runs DROP COLUMN published_at;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
