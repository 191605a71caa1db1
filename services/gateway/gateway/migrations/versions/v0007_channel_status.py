"""Runs of a channel that stand in a certain way, however few of them there are."""

from agentkit.migrations import run_script

revision = "v0007"
down_revision = "v0004"

UP = """
CREATE INDEX runs_by_channel_and_status
    ON gateway.runs (channel_id, status, created_at DESC, run_id DESC);
"""

DOWN = """
DROP INDEX gateway.runs_by_channel_and_status;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
