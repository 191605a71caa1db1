"""`yaa projections`: make the projection anew, or hold it against the log."""

from pathlib import Path

from asyncpg import Pool
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentkit.wire import Connection
from contracts import subjects
from gateway.projector import Projector, Told
from gateway.settings import ProjectorSettings
from gateway.verify import TableCheck, Verification
from gateway.verify import verify as verify_projection
from yaa.jobs import run_job
from yaa.servers import server_settings

EQUAL, DIFFERENT = 0, 1
CHECKSUM_DIGITS = 16


def rebuild(data_dir: Path) -> None:
    settings = server_settings(ProjectorSettings, data_dir)

    async def job(pool: Pool, connection: Connection, told: Told) -> int:
        projector = Projector(pool, connection, batch=settings.projector_batch)
        return await projector.rebuild(told)

    events, seconds = run_job(settings, "reading the log", job, name=subjects.PROJECTIONS)
    rate = events / seconds if seconds else 0
    Console().print(
        f"projection rebuilt from {events:,} events in {seconds:.1f} s, {rate:,.0f} a second"
    )


def verify(data_dir: Path) -> int:
    settings = server_settings(ProjectorSettings, data_dir)
    doing = "holding the tables against the log"
    found, _ = run_job(settings, doing, verify_projection, name=subjects.PROJECTIONS)
    console = Console()
    console.print(_table_of(found))
    if found.left_out:
        console.print(f"{found.left_out} events were left out: gateway.left_out names them")
    if found.is_equal:
        console.print(f"equal to the log up to event {found.last_seq:,}")
        return EQUAL
    console.print("the projection differs from the log: make it anew with yaa projections rebuild")
    return DIFFERENT


def _table_of(found: Verification) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "right", "left", "left"):
        table.add_column(justify=justify)
    for each in found.tables.values():
        table.add_row(
            each.name, f"{each.rows:,}", f"{each.checksum:0{CHECKSUM_DIGITS}x}", _told(each)
        )
    return table


def _told(table: TableCheck) -> Text:
    if not table.difference:
        return Text("OK", style="green")
    return Text(f"differs: {table.difference}", style="red")
