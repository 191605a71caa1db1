"""What the commands about keys do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from asyncpg import Pool
from pydantic import TypeAdapter, ValidationError
from rich.text import Text

from agentkit.settings import Settings
from gateway import database, key_store
from gateway.keys import SCOPES, ApiKey, KeyName, PlainKey, Scope, in_order
from yaa.actions import out
from yaa.errors import UsageError, YaaError
from yaa.figures import age_of
from yaa.lists import table_of
from yaa.person import me
from yaa.servers import server_settings
from yaa.views import printable

COLUMNS = ("id", "name", "scopes", "state", "used", "expires", "made by")

_name: TypeAdapter[str] = TypeAdapter(KeyName)


def create(data_dir: Path, name: str, scopes: Sequence[str], expires_days: int | None) -> None:
    """Make a key. It alone goes to stdout, what is said about it to stderr."""
    plain, whose, opens = PlainKey.new(), _name_of(name), [_scope_of(each) for each in scopes]
    days = None if expires_days is None else timedelta(days=expires_days)

    async def job(pool: Pool) -> ApiKey:
        return await key_store.add_key(
            pool,
            plain,
            name=whose,
            scopes=opens,
            created_by=me() or "an operator",
            expires_at=None if days is None else datetime.now(UTC) + days,
        )

    key = _run(data_dir, job)
    may = ", ".join(in_order(key.scopes))
    typer.echo(f"the key of {printable(key.name)} for {may}; it is shown only now:", err=True)
    typer.echo(plain.text)


def show_all(data_dir: Path) -> None:
    table = table_of(COLUMNS)
    for key in _run(data_dir, key_store.list_keys):
        table.add_row(*map(Text, _cells(key)))
    out().print(table)


def deactivate(data_dir: Path, key_id: str) -> None:
    async def job(pool: Pool) -> ApiKey | None:
        return await key_store.deactivate_key(pool, key_id)

    key = _run(data_dir, job)
    if key is None:
        raise UsageError(f"there is no key {key_id!r}: yaa keys list has their ids")
    out().print(f"the key {key.key_id} of {printable(key.name)} opens nothing any more")


def _name_of(text: str) -> str:
    try:
        return _name.validate_python(text)
    except ValidationError as error:
        why = error.errors(include_url=False, include_context=False)[0]["msg"]
        raise UsageError(f"{text!r} cannot be the name of a key: {why}") from None


def _scope_of(text: str) -> Scope:
    for scope in SCOPES:
        if scope == text:
            return scope
    raise UsageError(f"{text!r} is no scope of a key: use one of {', '.join(SCOPES)}")


def _cells(key: ApiKey) -> tuple[str, ...]:
    return (
        key.key_id,
        printable(key.name),
        " ".join(in_order(key.scopes)),
        _state(key),
        "never" if key.last_used_at is None else age_of(key.last_used_at),
        "never" if key.expires_at is None else f"{key.expires_at:%Y-%m-%d}",
        printable(key.created_by),
    )


def _state(key: ApiKey) -> str:
    if key.deactivated_at is not None:
        return "deactivated"
    return "active" if key.is_usable(datetime.now(UTC)) else "expired"


def _run[T](data_dir: Path, job: Callable[[Pool], Awaitable[T]]) -> T:
    return asyncio.run(_on_database(server_settings(Settings, data_dir), job))


async def _on_database[T](settings: Settings, job: Callable[[Pool], Awaitable[T]]) -> T:
    try:
        async with database.open_pool(settings, size=1) as pool:
            if missing := await database.missing(pool):
                raise YaaError("; ".join(missing))
            return await job(pool)
    except (*database.AWAY, TimeoutError) as error:
        why = f"{type(error).__name__}: {error}"
        raise YaaError(
            f"the database went away ({why}): see that it runs, then do it again"
        ) from error
