"""What runs are listed by: each choice of filters has an index with the order of time.

Instead of a column the indexes have the key that `gateway.listing` asks for, so that no other
index will do. They end with the time: what was asked for in the same microsecond is sorted.
"""

from agentkit.migrations import run_script

revision = "v0006"
down_revision = "v0005"

UP = """
ALTER TABLE gateway.runs
    ADD COLUMN topic_words tsvector NOT NULL
        GENERATED ALWAYS AS (to_tsvector('simple', topic)) STORED;

DROP INDEX gateway.runs_newest;
DROP INDEX gateway.runs_by_status;
DROP INDEX gateway.runs_by_channel;

CREATE INDEX runs_newest ON gateway.runs (created_at);
CREATE INDEX runs_by_channel ON gateway.runs (channel_id, timezone('UTC', created_at));
CREATE INDEX runs_by_pipeline ON gateway.runs (pipeline, timezone('UTC', created_at));
CREATE INDEX runs_by_status ON gateway.runs (status, timezone('UTC', created_at));
CREATE INDEX runs_by_channel_pipeline ON gateway.runs (
    (channel_id || '/' || pipeline), timezone('UTC', created_at)
);
CREATE INDEX runs_by_channel_status ON gateway.runs (
    (channel_id || '/' || status), timezone('UTC', created_at)
);
CREATE INDEX runs_by_pipeline_status ON gateway.runs (
    (pipeline || '/' || status), timezone('UTC', created_at)
);
CREATE INDEX runs_by_channel_pipeline_status ON gateway.runs (
    (channel_id || '/' || pipeline || '/' || status), timezone('UTC', created_at)
);
CREATE INDEX runs_by_words ON gateway.runs USING gin (topic_words)
    WITH (gin_pending_list_limit = 256);
"""

DOWN = """
DROP INDEX gateway.runs_by_words;
DROP INDEX gateway.runs_by_channel_pipeline_status;
DROP INDEX gateway.runs_by_pipeline_status;
DROP INDEX gateway.runs_by_channel_status;
DROP INDEX gateway.runs_by_channel_pipeline;
DROP INDEX gateway.runs_by_status;
DROP INDEX gateway.runs_by_pipeline;
DROP INDEX gateway.runs_by_channel;
DROP INDEX gateway.runs_newest;
CREATE INDEX runs_newest ON gateway.runs (created_at DESC, run_id DESC);
CREATE INDEX runs_by_status ON gateway.runs (status, created_at DESC, run_id DESC);
CREATE INDEX runs_by_channel ON gateway.runs (channel_id, created_at DESC, run_id DESC);

ALTER TABLE gateway.runs DROP COLUMN topic_words;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
