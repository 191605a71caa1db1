"""Channels, and the projection of the event log: runs, steps, errors, artifacts, totals."""

from agentkit.migrations import run_script

revision = "v0001"
down_revision = None

UP = """
CREATE TABLE gateway.channels (
    channel_id  text PRIMARY KEY,
    name        text NOT NULL,
    language    text NOT NULL,
    brand_guide text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

INSERT INTO gateway.channels (channel_id, name, language, brand_guide)
VALUES (
    'demo', 'Demo', 'ko',
    E'audience: curious beginners\\ntone: warm, clear, no hype\\navoid: [exaggeration, jargon]\\n'
);

CREATE TABLE gateway.runs (
    run_id        text PRIMARY KEY,
    channel_id    text NOT NULL,
    topic         text NOT NULL,
    brand_name    text NOT NULL,
    pipeline      text NOT NULL,
    brief         json NOT NULL,
    dry_run       boolean NOT NULL,
    simulated     boolean NOT NULL,
    status        text NOT NULL,
    current_agent text,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    completed_at  timestamptz
);
COMMENT ON COLUMN gateway.runs.brief IS 'an ArtifactRef; jsonb would refuse \\u0000';
CREATE INDEX runs_newest ON gateway.runs (created_at DESC, run_id DESC);
CREATE INDEX runs_by_status ON gateway.runs (status, created_at DESC, run_id DESC);
CREATE INDEX runs_by_channel ON gateway.runs (channel_id, created_at DESC, run_id DESC);

CREATE TABLE gateway.steps (
    run_id       text NOT NULL REFERENCES gateway.runs ON DELETE CASCADE,
    step         text NOT NULL,
    position     integer NOT NULL,
    agent        text NOT NULL,
    task         text NOT NULL,
    needs        json NOT NULL,
    status       text NOT NULL,
    attempt      integer NOT NULL,
    requested_at timestamptz,
    completed_at timestamptz,
    duration_ms  bigint,
    output       json,
    simulated    boolean NOT NULL,
    PRIMARY KEY (run_id, step)
);
COMMENT ON COLUMN gateway.steps.output IS 'an ArtifactRef; jsonb would refuse \\u0000';

CREATE TABLE gateway.errors (
    run_id    text NOT NULL REFERENCES gateway.runs ON DELETE CASCADE,
    step      text NOT NULL,
    attempt   integer NOT NULL,
    agent     text NOT NULL,
    error     text NOT NULL,
    message   text NOT NULL,
    retryable boolean NOT NULL,
    PRIMARY KEY (run_id, step, attempt)
);

CREATE TABLE gateway.artifacts (
    sha256     text PRIMARY KEY,
    size_bytes bigint NOT NULL,
    media_type text NOT NULL,
    name       text NOT NULL,
    run_id     text NOT NULL
);
COMMENT ON COLUMN gateway.artifacts.run_id IS 'the first run that produced it';

CREATE TABLE gateway.totals (
    only_row             boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    runs                 bigint NOT NULL DEFAULT 0,
    pending              bigint NOT NULL DEFAULT 0,
    running              bigint NOT NULL DEFAULT 0,
    completed            bigint NOT NULL DEFAULT 0,
    failed               bigint NOT NULL DEFAULT 0,
    finished_duration_ms bigint NOT NULL DEFAULT 0
);
INSERT INTO gateway.totals DEFAULT VALUES;

CREATE TABLE gateway.checkpoint (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last_seq    bigint NOT NULL DEFAULT 0,
    log_created timestamptz
);
COMMENT ON COLUMN gateway.checkpoint.log_created IS 'tells this log from another';
INSERT INTO gateway.checkpoint DEFAULT VALUES;
"""

DOWN = """
DROP TABLE gateway.checkpoint;
DROP TABLE gateway.totals;
DROP TABLE gateway.artifacts;
DROP TABLE gateway.errors;
DROP TABLE gateway.steps;
DROP TABLE gateway.runs;
DROP TABLE gateway.channels;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
