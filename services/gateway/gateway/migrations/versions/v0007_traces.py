"""The trace that a run belongs to."""

from agentkit.migrations import run_script

revision = "v0007"
down_revision = "v0006"

UP = """
ALTER TABLE gateway.runs ADD COLUMN trace_id text NOT NULL DEFAULT '';
COMMENT ON COLUMN gateway.runs.trace_id IS '32 hexadecimal digits; empty when there is none';
"""

DOWN = """
ALTER TABLE gateway.runs DROP COLUMN trace_id;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
