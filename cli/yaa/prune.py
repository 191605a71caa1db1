"""`yaa prune`: delete runs that ended long ago, with all there is of them but the bill."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from asyncpg import Pool
from rich.filesize import decimal

from agentkit.wire import Connection
from contracts import subjects
from gateway.projector import Projector, Told
from gateway.retention import Deleted, Retention, RetentionError
from gateway.settings import ProjectorSettings
from yaa.errors import UsageError, YaaError
from yaa.figures import plural, seconds_of
from yaa.jobs import Job, run_job
from yaa.person import me
from yaa.servers import server_settings

LEAST, MOST = timedelta(days=1), timedelta(days=36_500)


def prune(data_dir: Path, age: str, *, dry_run: bool, sure: bool) -> None:
    """Delete what ended so long ago, once the person is sure."""
    before = datetime.now(UTC) - _age_of(age)
    settings = server_settings(ProjectorSettings, data_dir)
    runs = _count(settings, before)
    what = f"{plural(runs, 'run')} that ended before {before.astimezone():%Y-%m-%d %H:%M}"
    if dry_run:
        typer.echo(f"would delete {what}")
        return
    if runs and not sure:
        _make_sure(what)
    deleted = _delete(settings, before)
    files = f"{plural(deleted.files, 'file')} ({decimal(deleted.bytes)})"
    typer.echo(f"deleted {plural(deleted.runs, 'run')} and {files}")
    if deleted.unbilled:
        typer.echo(
            f"kept {plural(deleted.unbilled, 'run')} of which not every call is on the bill yet: "
            "see that the usage service runs, and do it again"
        )


def _age_of(text: str) -> timedelta:
    seconds = seconds_of(text)
    if not LEAST.total_seconds() <= seconds <= MOST.total_seconds():
        raise UsageError(
            f"{text!r} is no age for runs to be deleted at: say one from 1d to {MOST.days}d"
        )
    return timedelta(seconds=seconds)


def _make_sure(what: str) -> None:
    try:
        is_sure = typer.confirm(f"Delete {what}, files and all, for ever?")
    except typer.Abort as error:
        typer.echo()
        raise UsageError("nobody answered, so nothing was deleted: add --yes") from error
    if not is_sure:
        raise YaaError("nothing was deleted")


def _count(settings: ProjectorSettings, before: datetime) -> int:
    async def job(pool: Pool, connection: Connection, _told: Told) -> int:
        return await _retention(pool, connection, settings).count(before)

    return _do(settings, "looking for old runs", job)


def _delete(settings: ProjectorSettings, before: datetime) -> Deleted:
    async def job(pool: Pool, connection: Connection, _told: Told) -> Deleted:
        keeper = _retention(pool, connection, settings)
        return await keeper.enforce(before, requested_by=me() or subjects.OPERATOR)

    return _do(settings, "deleting", job)


def _do[T](settings: ProjectorSettings, doing: str, job: Job[T]) -> T:
    try:
        return run_job(settings, doing, job, name=subjects.RETENTION)[0]
    except RetentionError as error:
        raise YaaError(str(error)) from error


def _retention(pool: Pool, connection: Connection, settings: ProjectorSettings) -> Retention:
    projector = Projector(pool, connection, batch=settings.projector_batch)
    return Retention(pool, connection, projector.catch_up)
