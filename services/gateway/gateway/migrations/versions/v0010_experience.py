"""How long tasks took: an index by which the last ones of each are found."""

from agentkit.migrations import run_script

revision = "v0010"
down_revision = "v0009"

UP = """
CREATE INDEX steps_by_task ON gateway.steps (agent, task, simulated, completed_at)
    WHERE status = 'completed' AND duration_ms IS NOT NULL;
"""

DOWN = """
DROP INDEX gateway.steps_by_task;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
