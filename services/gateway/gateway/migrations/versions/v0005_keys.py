"""Keys of the API, and the secret with which the addresses of files are signed."""

from agentkit.migrations import run_script

revision = "v0005"
down_revision = "v0004"

UP = """
CREATE TABLE gateway.api_keys (
    key_id         text PRIMARY KEY,
    name           text NOT NULL,
    scopes         text[] NOT NULL,
    secret_sha256  bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    created_by     text NOT NULL,
    expires_at     timestamptz,
    last_used_at   timestamptz,
    deactivated_at timestamptz
);
COMMENT ON TABLE gateway.api_keys IS 'a key is yaa_<key_id>_<secret>; the secret is not kept';
COMMENT ON COLUMN gateway.api_keys.name IS 'who uses it, in events';
COMMENT ON COLUMN gateway.api_keys.last_used_at IS 'to the minute';

CREATE TABLE gateway.signing (
    secret bytea NOT NULL
);
CREATE UNIQUE INDEX signing_once ON gateway.signing ((true));
COMMENT ON TABLE gateway.signing IS 'one row; delete and insert it to end all addresses given out';
INSERT INTO gateway.signing
VALUES (sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea));
"""

DOWN = """
DROP TABLE gateway.signing;
DROP TABLE gateway.api_keys;
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
