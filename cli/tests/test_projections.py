"""`yaa projections` on a real broker and a real database."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from agentkit.nats import append, connected
from agentkit.provision import provision
from agentkit.settings import Settings
from contracts.artifacts import ArtifactRef
from contracts.events import RunFailed, RunRequested
from contracts.pipeline import Pipeline, StepSpec
from yaa import jobs
from yaa.embedded.records import Record, Records
from yaa.errors import UsageError, YaaError
from yaa.projections import verify
from yaa.servers import server_settings
from yaa.testing import NatsUnderTest, PostgresUnderTest

BRIEF = ArtifactRef(kind="Brief", sha256="0" * 64, size_bytes=2, inline={})
PIPELINE = Pipeline(pipeline="small", steps=(StepSpec(step="script", agent="writer", task="x"),))


@pytest.fixture
def servers(nats_url: str, migrated_database_url: str) -> dict[str, str]:
    """Return the variables that name servers with one failed run on the log."""
    asyncio.run(_record(nats_url))
    return {"YAA_NATS_URL": nats_url, "YAA_DATABASE_URL": migrated_database_url}


async def _record(nats_url: str) -> None:
    async with connected(Settings(nats_url=nats_url), name="test") as connection:
        await provision(connection, [])
        js, at = connection.jetstream(), datetime.now(UTC)
        request = RunRequested(
            run_id="a", at=at, pipeline=PIPELINE, brief=BRIEF, channel_id="demo", topic="sky"
        )
        assert await append(js, request)
        assert await append(js, RunFailed(run_id="a", at=at, errors=()))


def test_it_is_rebuilt_and_verified_and_a_difference_is_named(servers: dict[str, str]) -> None:
    built = yaa("projections", "rebuild", **servers)
    equal = yaa("projections", "verify", **servers)
    with psycopg.connect(servers["YAA_DATABASE_URL"], autocommit=True) as database:
        database.execute("UPDATE gateway.runs SET status = 'running'")
    different = yaa("projections", "verify", **servers)

    assert built.returncode == 0, built.stderr
    assert "rebuilt from 2 events" in built.stdout
    assert equal.returncode == 0, equal.stderr
    assert "equal to the log up to event 2" in equal.stdout
    assert different.returncode == 1
    assert "a: another status than by the log" in different.stdout
    assert "yaa projections rebuild" in different.stdout


def test_the_servers_of_a_running_stack_are_found_in_its_folder(
    tmp_path: Path,
    fresh_nats: NatsUnderTest,
    postgres_server: PostgresUnderTest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("YAA_NATS_URL", "YAA_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "postgres").symlink_to(postgres_server.home)
    records = Records(tmp_path)
    records.write(Record("nats", os.getpid(), fresh_nats.url))
    records.write(Record("postgres", os.getpid(), postgres_server.url))

    found = server_settings(Settings, tmp_path)

    assert found.nats_url == fresh_nats.url
    assert found.nats_keys_dir == tmp_path / "keys"
    assert found.database_url.get_secret_value() == postgres_server.url


def test_without_a_stack_the_ways_to_one_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("YAA_NATS_URL", "YAA_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(UsageError, match=r"no yaa runs in .*: start it with yaa up"):
        verify(tmp_path)


def test_a_broker_that_does_not_answer_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YAA_NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setattr(jobs, "CONNECT_S", 0.3)

    with pytest.raises(YaaError, match=r"the broker at nats://127.0.0.1:1 does not answer"):
        verify(tmp_path)


def test_a_database_that_does_not_answer_is_told_in_one_sentence(nats_url: str) -> None:
    nowhere = {"YAA_DATABASE_URL": "postgresql://postgres@127.0.0.1:1/postgres"}
    done = yaa("projections", "verify", YAA_NATS_URL=nats_url, **nowhere)

    assert done.returncode == 1
    assert done.stderr.startswith("yaa: postgresql does not answer")
    assert len(done.stderr.splitlines()) == 1


def yaa(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "yaa", *arguments],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, **environment},
    )
