"""Every query about the keys of the API."""

from collections.abc import Collection, Mapping
from datetime import datetime

from asyncpg import Pool

from gateway.keys import ApiKey, KeyExistsError, PlainKey, Scope, in_order

ADD_KEY = """
INSERT INTO gateway.api_keys (key_id, name, scopes, secret_sha256, created_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING key_id, name, scopes, secret_sha256, created_at, created_by, expires_at, last_used_at,
          deactivated_at
"""

FIND_KEY = """
SELECT key_id, name, scopes, secret_sha256, created_at, created_by, expires_at, last_used_at,
       deactivated_at
FROM gateway.api_keys
WHERE key_id = $1
"""

LIST_KEYS = """
SELECT key_id, name, scopes, secret_sha256, created_at, created_by, expires_at, last_used_at,
       deactivated_at
FROM gateway.api_keys
ORDER BY created_at, key_id
"""

DEACTIVATE_KEY = """
UPDATE gateway.api_keys
SET deactivated_at = coalesce(deactivated_at, now())
WHERE key_id = $1
RETURNING key_id, name, scopes, secret_sha256, created_at, created_by, expires_at, last_used_at,
          deactivated_at
"""

NOTE_USES = """
UPDATE gateway.api_keys AS keys
SET last_used_at = greatest(keys.last_used_at, used.at)
FROM unnest($1::text[], $2::timestamptz[]) AS used (key_id, at)
WHERE keys.key_id = used.key_id
"""

SIGNED_WITH = """
SELECT secret
FROM gateway.signing
"""


async def add_key(  # noqa: PLR0913 -- one for each column
    pool: Pool,
    plain: PlainKey,
    *,
    name: str,
    scopes: Collection[Scope],
    created_by: str,
    expires_at: datetime | None,
) -> ApiKey:
    """Keep a new key.

    Raises:
        KeyExistsError: there is one of this id.
    """
    row = await pool.fetchrow(
        ADD_KEY,
        plain.key_id,
        name,
        list(in_order(scopes)),
        plain.secret_sha256,
        created_by,
        expires_at,
    )
    if row is None:
        raise KeyExistsError
    return ApiKey.of_row(row)


async def find_key(pool: Pool, key_id: str) -> ApiKey | None:
    row = await pool.fetchrow(FIND_KEY, key_id)
    return None if row is None else ApiKey.of_row(row)


async def list_keys(pool: Pool) -> list[ApiKey]:
    """Return all keys, the oldest first, those that open nothing any more included."""
    return [ApiKey.of_row(row) for row in await pool.fetch(LIST_KEYS)]


async def deactivate_key(pool: Pool, key_id: str) -> ApiKey | None:
    """Let a key open nothing from now on; None when there is none of this id."""
    row = await pool.fetchrow(DEACTIVATE_KEY, key_id)
    return None if row is None else ApiKey.of_row(row)


async def note_uses(pool: Pool, used: Mapping[str, datetime]) -> None:
    """Keep when keys were used last."""
    await pool.execute(NOTE_USES, list(used), list(used.values()))


async def signing_secret(pool: Pool) -> bytes:
    """Return what the addresses of files are signed with."""
    secret: bytes = await pool.fetchval(SIGNED_WITH)
    return secret
