"""The projection of a history, loaded as fast as PostgreSQL takes it."""

from collections.abc import AsyncIterator
from itertools import islice

import asyncpg
import history
from api_tables import template

from agentkit.wire import Connection
from gateway import checkpoint, log, rows, tables, totals
from gateway.fold import fold_all
from gateway.migrations.versions import v0008_hours

BLOCK_RUNS = 1000


async def fill(connection: Connection, database_url: str, runs: int) -> None:
    """Fill the projection with the runs of the history, unless it has them."""
    session = await asyncpg.connect(database_url)
    try:
        if not await checkpoint.last_seq(session):
            async with session.transaction():
                await _load(session, runs)
                await checkpoint.name_log(session, await log.created_at(connection))
                await checkpoint.move(session, await log.last_seq(connection))
            await session.execute("VACUUM ANALYZE")
    finally:
        await session.close()


async def _load(session: asyncpg.Connection, runs: int) -> None:
    run = fold_all(history.told())
    assert run is not None  # noqa: S101 -- it begins with its request
    steps = [rows.step_row(run.run_id, step) for step in run.steps.values()]
    for table, some in ((tables.RUNS, [rows.run_row(run)]), (tables.STEPS, steps)):
        schema, _, name = table.name.partition(".")
        await session.copy_to_table(
            name, schema_name=schema, columns=table.columns, source=_blocks(template(some), runs)
        )
    await totals.move(session, {}, [run] * runs)
    await session.execute(v0008_hours.FILL)


async def _blocks(text: bytes, runs: int) -> AsyncIterator[bytes]:
    each = (text % history.values_of(number) for number in range(runs))
    while block := b"".join(islice(each, BLOCK_RUNS)):
        yield block
