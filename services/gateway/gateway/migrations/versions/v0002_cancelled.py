"""Cancelled runs: why, and how many."""

from agentkit.migrations import run_script

revision = "v0002"
down_revision = "v0001"

UP = """
ALTER TABLE gateway.runs ADD COLUMN cancel_reason text NOT NULL DEFAULT '';
COMMENT ON COLUMN gateway.runs.cancel_reason IS 'as given; empty when none was';

ALTER TABLE gateway.totals ADD COLUMN cancelled bigint NOT NULL DEFAULT 0;
"""

DOWN = """
ALTER TABLE gateway.totals DROP COLUMN cancelled;

ALTER TABLE gateway.runs DROP COLUMN cancel_reason;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
