"""The key of whoever has the data folder: it opens everything, and `yaa` finds it there."""

import os
from datetime import UTC, datetime
from pathlib import Path

from asyncpg import Pool
from pydantic import SecretStr

from agentkit.settings import Settings
from gateway import database, key_store
from gateway.keys import ALL_SCOPES, PlainKey
from yaa.address import key_file

NAME = "admin"


async def keep_admin_key(data_dir: Path, database_url: str) -> None:
    """See that the folder has a key that opens everything in this database."""
    settings = Settings(database_url=SecretStr(database_url))
    async with database.open_pool(settings, size=1) as pool:
        if not await _opens(pool, _kept(key_file(data_dir))):
            await _make(pool, key_file(data_dir))


def _kept(file: Path) -> PlainKey | None:
    try:
        return PlainKey.parse(file.read_text().strip())
    except (FileNotFoundError, UnicodeDecodeError):
        return None


async def _opens(pool: Pool, plain: PlainKey | None) -> bool:
    key = None if plain is None else await key_store.find_key(pool, plain.key_id)
    return (
        plain is not None
        and key is not None
        and key.is_opened_by(plain)
        and key.is_usable(datetime.now(UTC))
        and key.may(ALL_SCOPES)
    )


async def _make(pool: Pool, file: Path) -> None:
    plain = PlainKey.new()
    await key_store.add_key(
        pool, plain, name=NAME, scopes=[ALL_SCOPES], created_by="yaa up", expires_at=None
    )
    file.parent.mkdir(mode=0o700, exist_ok=True)
    scratch = file.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
        new.write(f"{plain.text}\n")
    scratch.replace(file)
