"""How long a provider asked to be left alone: its step is not tried again before."""

from agentkit.migrations import run_script

revision = "v0004"
down_revision = "v0003"

UP = """
ALTER TABLE gateway.errors
    ADD COLUMN retry_after_s double precision NOT NULL DEFAULT 0;
"""

DOWN = """
ALTER TABLE gateway.errors
    DROP COLUMN retry_after_s;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
