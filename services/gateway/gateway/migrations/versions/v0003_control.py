"""What people do with runs: pauses, approvals, retries; and steps that run for each item.

The projection is emptied: the projector fills it again from the log, with what is new in it.
"""

from agentkit.migrations import run_script

revision = "v0003"
down_revision = "v0002"

UP = """
TRUNCATE gateway.runs, gateway.steps, gateway.errors, gateway.artifacts;
UPDATE gateway.totals
SET runs = 0, pending = 0, running = 0, completed = 0, failed = 0, cancelled = 0,
    finished_duration_ms = 0;
UPDATE gateway.checkpoint SET last_seq = 0;

ALTER TABLE gateway.runs
    ADD COLUMN requested_by         text NOT NULL DEFAULT '',
    ADD COLUMN priority             text NOT NULL DEFAULT 'normal',
    ADD COLUMN deadline_at          timestamptz,
    ADD COLUMN admitted_at          timestamptz,
    ADD COLUMN parent_run_id        text,
    ADD COLUMN parent_from_step     text,
    ADD COLUMN parent_kind          text,
    ADD COLUMN paused               boolean NOT NULL DEFAULT false,
    ADD COLUMN pause_n              integer,
    ADD COLUMN pause_at             timestamptz,
    ADD COLUMN pause_reason         text NOT NULL DEFAULT '',
    ADD COLUMN pause_by             text NOT NULL DEFAULT '',
    ADD COLUMN waiting_for_approval boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN gateway.runs.pause_n IS 'of the last pause, whether it is over or not';
CREATE INDEX runs_by_parent ON gateway.runs (parent_run_id, created_at)
    WHERE parent_run_id IS NOT NULL;

ALTER TABLE gateway.steps
    ADD COLUMN attempts        json NOT NULL DEFAULT '[]',
    ADD COLUMN items           integer,
    ADD COLUMN items_completed integer,
    ADD COLUMN items_failed    integer,
    ADD COLUMN items_running   integer,
    ADD COLUMN skip_reason     text NOT NULL DEFAULT '',
    ADD COLUMN reused          boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN gateway.steps.items IS 'how many the step runs for; null when it runs once';

CREATE TABLE gateway.instances (
    run_id       text NOT NULL REFERENCES gateway.runs ON DELETE CASCADE,
    step         text NOT NULL,
    index        integer NOT NULL,
    round        integer NOT NULL,
    agent        text NOT NULL,
    status       text NOT NULL,
    attempt      integer NOT NULL,
    requested_at timestamptz,
    completed_at timestamptz,
    duration_ms  bigint,
    output       json,
    simulated    boolean NOT NULL,
    attempts     json NOT NULL,
    PRIMARY KEY (run_id, step, index)
);
COMMENT ON COLUMN gateway.instances.round IS 'is over when it is not the attempt of the step';
CREATE INDEX instances_unfinished ON gateway.instances (run_id, step, index)
    WHERE status <> 'completed';

CREATE TABLE gateway.approvals (
    run_id                  text NOT NULL REFERENCES gateway.runs ON DELETE CASCADE,
    step                    text NOT NULL,
    round                   integer NOT NULL,
    risk                    text NOT NULL,
    digest                  text NOT NULL,
    agent                   text NOT NULL,
    task                    text NOT NULL,
    shown                   json NOT NULL,
    expected_cost_usd_micro bigint,
    dry_run                 boolean NOT NULL,
    requested_at            timestamptz NOT NULL,
    expires_at              timestamptz NOT NULL,
    on_expiry               text NOT NULL,
    requester_may_approve   boolean NOT NULL,
    revise                  text,
    status                  text NOT NULL,
    comment                 text NOT NULL,
    decided_by              text NOT NULL,
    decided_at              timestamptz,
    PRIMARY KEY (run_id, step, round)
);
COMMENT ON COLUMN gateway.approvals.shown IS 'ArtifactRefs by the name of the input';
COMMENT ON COLUMN gateway.approvals.status IS
    'waiting, approved, rejected, revised, expired (on_expiry says how it ended) or cancelled';
CREATE INDEX approvals_newest ON gateway.approvals (requested_at DESC, run_id, step, round);
CREATE INDEX approvals_waiting ON gateway.approvals (run_id) WHERE status = 'waiting';

CREATE TABLE gateway.left_out (
    seq     bigint PRIMARY KEY,
    subject text NOT NULL,
    error   text NOT NULL
);
COMMENT ON TABLE gateway.left_out IS 'events of the log that no table could hold';
"""

DOWN = """
DROP TABLE gateway.left_out;
DROP TABLE gateway.approvals;
DROP TABLE gateway.instances;

ALTER TABLE gateway.steps
    DROP COLUMN attempts,
    DROP COLUMN items,
    DROP COLUMN items_completed,
    DROP COLUMN items_failed,
    DROP COLUMN items_running,
    DROP COLUMN skip_reason,
    DROP COLUMN reused;

DROP INDEX gateway.runs_by_parent;
ALTER TABLE gateway.runs
    DROP COLUMN requested_by,
    DROP COLUMN priority,
    DROP COLUMN deadline_at,
    DROP COLUMN admitted_at,
    DROP COLUMN parent_run_id,
    DROP COLUMN parent_from_step,
    DROP COLUMN parent_kind,
    DROP COLUMN paused,
    DROP COLUMN pause_n,
    DROP COLUMN pause_at,
    DROP COLUMN pause_reason,
    DROP COLUMN pause_by,
    DROP COLUMN waiting_for_approval;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
