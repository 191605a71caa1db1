"""Under which Idempotency-Key a channel was made: a try that was never answered is known again."""

from agentkit.migrations import run_script

revision = "v0011"
down_revision = "v0010"

UP = """
ALTER TABLE gateway.channels ADD COLUMN made_under text;
"""

DOWN = """
ALTER TABLE gateway.channels DROP COLUMN made_under;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
