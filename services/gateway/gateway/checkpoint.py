"""How far the projection is, and of which log. Its row is the lock of all who write the tables."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Connection, Pool
from asyncpg.pool import PoolConnectionProxy

type Session = Connection | PoolConnectionProxy

LOCK = """
SELECT last_seq, log_created
FROM gateway.checkpoint
FOR UPDATE
"""

READ = """
SELECT last_seq, log_created
FROM gateway.checkpoint
"""

MOVE = """
UPDATE gateway.checkpoint
SET last_seq = $1
"""

NAME_LOG = """
UPDATE gateway.checkpoint
SET log_created = $1
"""

FORGET = """
UPDATE gateway.checkpoint
SET last_seq = 0, log_created = NULL
"""

LEAVE_OUT = """
INSERT INTO gateway.left_out (seq, subject, error)
VALUES ($1, $2, $3)
"""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    last_seq: int
    log_created: datetime | None


async def lock(session: Session) -> Checkpoint:
    """Return how far the projection is; nobody else can move it until the transaction ends."""
    return await _checkpoint(session, LOCK)


async def read(session: Session | Pool) -> Checkpoint:
    """Return how far the projection is right now, without holding it there."""
    return await _checkpoint(session, READ)


async def last_seq(pool: Pool) -> int:
    return (await read(pool)).last_seq


async def move(session: Session, last_seq: int) -> None:
    await session.execute(MOVE, last_seq)


async def name_log(session: Session, created: datetime) -> None:
    await session.execute(NAME_LOG, created)


async def forget(session: Session) -> None:
    """Begin before the first event of whatever log there is."""
    await session.execute(FORGET)


async def leave_out(session: Session, seq: int, subject: str, error: str) -> None:
    """Pass over an event that no table can hold, and say which."""
    await session.execute(LEAVE_OUT, seq, subject, error)
    await session.execute(MOVE, seq)


async def _checkpoint(session: Session | Pool, statement: str) -> Checkpoint:
    row = await session.fetchrow(statement)
    assert row is not None  # noqa: S101 -- the migration puts it there
    return Checkpoint(row["last_seq"], row["log_created"])
