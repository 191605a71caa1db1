"""A file stands with each run that produced it: it is there until the last of them is deleted.

The projection is emptied: the projector fills it again from the log, with what is new in it.
"""

from agentkit.migrations import run_script

revision = "v0013"
down_revision = "v0012"

EMPTY = """
TRUNCATE gateway.runs, gateway.steps, gateway.instances, gateway.approvals, gateway.errors,
         gateway.artifacts, gateway.left_out, gateway.hours;
UPDATE gateway.totals
SET runs = 0, pending = 0, running = 0, completed = 0, failed = 0, cancelled = 0,
    finished_duration_ms = 0;
UPDATE gateway.checkpoint SET last_seq = 0;
"""

UP = (
    EMPTY
    + """
ALTER TABLE gateway.artifacts DROP CONSTRAINT artifacts_pkey;
ALTER TABLE gateway.artifacts ADD PRIMARY KEY (sha256, run_id);
CREATE INDEX artifacts_by_run ON gateway.artifacts (run_id);
COMMENT ON COLUMN gateway.artifacts.run_id IS 'a run that produced it';
ALTER TABLE gateway.checkpoint ADD COLUMN files_noted_since timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN gateway.checkpoint.files_noted_since IS
    'before, a file that was there already was not noted as put again';
CREATE INDEX runs_ended ON gateway.runs (completed_at, run_id)
    WHERE completed_at IS NOT NULL;
"""
)

DOWN = (
    EMPTY
    + """
DROP INDEX gateway.runs_ended;
ALTER TABLE gateway.checkpoint DROP COLUMN files_noted_since;
DROP INDEX gateway.artifacts_by_run;
ALTER TABLE gateway.artifacts DROP CONSTRAINT artifacts_pkey;
ALTER TABLE gateway.artifacts ADD PRIMARY KEY (sha256);
COMMENT ON COLUMN gateway.artifacts.run_id IS 'the first run that produced it';
"""
)


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
