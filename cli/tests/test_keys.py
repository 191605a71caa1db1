"""`yaa keys` on a real database, and the key that `yaa up` keeps in its folder."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from asyncpg import Pool
from pydantic import SecretStr

from agentkit.settings import Settings
from gateway import database, key_store
from gateway.keys import ApiKey, PlainKey
from yaa.address import key_file
from yaa.stack.admin_key import keep_admin_key

type Yaa = Callable[..., subprocess.CompletedProcess[str]]


def on[T](url: str, job: Callable[[Pool], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = Settings(database_url=SecretStr(url))
        async with database.open_pool(settings, size=1) as pool:
            return await job(pool)

    return asyncio.run(run())


@pytest.fixture
def yaa(migrated_database_url: str) -> Yaa:
    def yaa(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 -- our own command
            [sys.executable, "-m", "yaa", *arguments],
            capture_output=True,
            check=False,
            text=True,
            env={**os.environ, "YAA_DATABASE_URL": migrated_database_url, "LOGNAME": "ann"},
        )

    return yaa


def test_a_key_is_made_listed_and_deactivated(yaa: Yaa, migrated_database_url: str) -> None:
    made = yaa(
        "keys", "create", "minji", "--scope", "run", "--scope", "read", "--expires-days", "9"
    )
    plain = PlainKey.parse(made.stdout.strip())
    assert plain, made.stderr
    listed = yaa("keys", "list")
    gone = yaa("keys", "deactivate", plain.key_id)
    again = yaa("keys", "list")
    [kept] = on(migrated_database_url, key_store.list_keys)

    assert made.stderr == "the key of minji for read, run; it is shown only now:\n"
    assert [plain.key_id, "minji", "read", "run", "active", "never"] == words(listed.stdout)[:6]
    assert gone.stdout == f"the key {plain.key_id} of minji opens nothing any more\n"
    assert words(again.stdout)[4] == "deactivated"
    assert kept.is_opened_by(plain)
    assert kept.created_by == "ann"
    assert plain.secret not in listed.stdout + again.stdout


def words(table: str) -> list[str]:
    return table.splitlines()[1].split()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("create", "x", "--scope", "root"), "'root' is no scope of a key: use one of read, run"),
        (("create", " ", "--scope", "run"), "' ' cannot be the name of a key"),
        (("create", "policy", "--scope", "run"), "which stands for nobody in person"),
        (("deactivate", "nope"), "there is no key 'nope': yaa keys list has their ids"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    yaa: Yaa, arguments: tuple[str, ...], sentence: str
) -> None:
    said = yaa("keys", *arguments)

    assert said.returncode == 2
    assert sentence in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_a_folder_keeps_one_key_that_only_its_owner_reads(
    tmp_path: Path, migrated_database_url: str
) -> None:
    keep(tmp_path, migrated_database_url)
    first = key_file(tmp_path).read_text()
    keep(tmp_path, migrated_database_url)
    [key] = on(migrated_database_url, key_store.list_keys)

    assert key_file(tmp_path).read_text() == first
    assert (key.name, key.scopes, key.expires_at) == ("admin", {"admin"}, None)
    assert stat.S_IMODE(key_file(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file(tmp_path).parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("found", ["", "garbage", "yaa_000000000000_" + "0" * 48, "\udcff"])
def test_a_key_that_opens_nothing_is_replaced(
    tmp_path: Path, migrated_database_url: str, found: str
) -> None:
    key_file(tmp_path).parent.mkdir()
    key_file(tmp_path).write_bytes(found.encode(errors="surrogateescape"))

    keep(tmp_path, migrated_database_url)

    assert opens(tmp_path, migrated_database_url)


def test_a_key_that_was_deactivated_is_replaced(tmp_path: Path, migrated_database_url: str) -> None:
    keep(tmp_path, migrated_database_url)
    before = PlainKey.parse(key_file(tmp_path).read_text().strip())
    assert before
    on(migrated_database_url, lambda pool: key_store.deactivate_key(pool, before.key_id))

    keep(tmp_path, migrated_database_url)

    assert opens(tmp_path, migrated_database_url)
    assert before.text not in key_file(tmp_path).read_text()


def keep(folder: Path, url: str) -> None:
    asyncio.run(keep_admin_key(folder, url))


def opens(folder: Path, url: str) -> bool:
    plain = PlainKey.parse(key_file(folder).read_text().strip())
    assert plain

    async def found(pool: Pool) -> ApiKey | None:
        return await key_store.find_key(pool, plain.key_id)

    key = on(url, found)
    return key is not None and key.is_opened_by(plain) and key.deactivated_at is None
