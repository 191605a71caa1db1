"""Servers in a data folder: started, kept alive, stopped, found again."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import nats
import psutil
import pytest

from agentkit.accounts import config_of
from agentkit.nats import connected
from agentkit.settings import Settings
from contracts import subjects
from yaa.embedded import identity, postgres
from yaa.embedded.keeper import Keeper
from yaa.embedded.lock import locked
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import Ports, free_port, is_free
from yaa.embedded.postgres import Postgres
from yaa.embedded.records import MARK, Record, Records, belongs_to, mark_of
from yaa.embedded.running import Running
from yaa.embedded.server import Server
from yaa.errors import UsageError, YaaError

pytestmark = pytest.mark.integration


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 -- what is awaited is another process
            await asyncio.sleep(0.01)


@asynccontextmanager
async def kept(server: Server, records: Records) -> AsyncIterator[Keeper]:
    async with asyncio.TaskGroup() as group:
        keeper = Keeper(server, records)
        keeper.start(group)
        await keeper.ready.wait()
        yield keeper
        await keeper.stop()


def python(code: str, argument: str, mark: str = "") -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-c", code, argument]
    environment = {**os.environ, MARK: mark}
    return subprocess.Popen(argv, start_new_session=True, env=environment)  # noqa: S603 -- our own


def sleeper(argument: str, mark: str = "") -> subprocess.Popen[bytes]:
    child = python("import time; time.sleep(60)", argument, mark)
    while argument not in psutil.Process(child.pid).cmdline():
        time.sleep(0.01)  # it has not become what it is to be yet
    return child


def pid_of(records: Records, name: str) -> int:
    return next(record.pid for record in records.all() if record.name == name)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path)


async def test_a_killed_nats_comes_back_on_its_port_with_its_streams(
    tmp_path: Path, records: Records
) -> None:
    keys = tmp_path / "keys"
    server = NatsServer(tmp_path / "nats", free_port(), config_of(keys, []))
    settings = Settings(nats_url=server.url, nats_keys_dir=keys)
    async with (
        kept(server, records),
        connected(settings, name=subjects.OPERATOR) as connection,
    ):
        await connection.jetstream().add_stream(name="KEPT", subjects=["kept"])
        first = pid_of(records, "nats")

        os.kill(first, signal.SIGKILL)
        await until(lambda: pid_of(records, "nats") != first)
        await until(lambda: server.is_ready(0))

        await until(lambda: connection.is_connected)
        assert (await connection.jetstream().stream_info("KEPT")).config.name == "KEPT"
    assert list(records.all()) == []
    assert is_free(server.port)


async def test_the_log_of_a_release_without_accounts_is_taken_over(
    tmp_path: Path, records: Records
) -> None:
    async with kept(NatsServer(tmp_path / "nats", free_port(), ""), records) as before:
        connection = await nats.connect(before.server.url)
        js = connection.jetstream()
        await js.add_stream(name=subjects.RUNS, subjects=[subjects.ALL_RUNS])
        await js.add_consumer(subjects.RUNS, durable_name=subjects.PROJECTOR)
        await js.publish(subjects.beginning_of("r1"), b"kept")
        await connection.close()
    keys = tmp_path / "keys"

    server = NatsServer(tmp_path / "nats", free_port(), config_of(keys, []))
    settings = Settings(nats_url=server.url, nats_keys_dir=keys)
    async with kept(server, records), connected(settings, name=subjects.OPERATOR) as operator:
        js = operator.jetstream()
        message = await js.get_last_msg(subjects.RUNS, subjects.beginning_of("r1"))
        durable = await js.consumer_info(subjects.RUNS, subjects.PROJECTOR)

    assert message.data == b"kept"
    assert durable.num_pending == 1


def test_what_nats_keeps_already_takes_nothing_from_its_room(tmp_path: Path) -> None:
    kept_bytes = 1 << 40
    (tmp_path / "jetstream").touch()
    os.truncate(tmp_path / "jetstream", kept_bytes)  # takes no room: there is nothing in it

    NatsServer(tmp_path, free_port(), "").prepare()

    config = (tmp_path / "nats.conf").read_text()
    room = re.search(r"max_file_store: (\d+)", config)
    assert room is not None
    assert int(room[1]) > kept_bytes


async def test_a_killed_postgres_comes_back_with_its_data(tmp_path: Path, records: Records) -> None:
    server = Postgres(tmp_path / "postgres", free_port())
    async with kept(server, records):
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        first = pid_of(records, "postgres")

        os.kill(first, signal.SIGKILL)
        await until(lambda: pid_of(records, "postgres") != first)
        await until(lambda: server.is_ready(pid_of(records, "postgres")))

        again = await asyncpg.connect(server.url)
        assert await again.fetchval("SELECT answer FROM kept") == 42
        await again.close()
        connection.terminate()
    assert is_free(server.port)


async def test_a_stopped_postgres_needs_no_recovery(tmp_path: Path, records: Records) -> None:
    server = Postgres(tmp_path / "postgres", free_port())

    async with kept(server, records):
        pass
    async with kept(server, records):
        pass

    assert "not properly shut down" not in server.log.read_text()


async def test_a_server_that_cannot_start_says_why(tmp_path: Path, records: Records) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = NatsServer(tmp_path / "nats", taken.getsockname()[1], "")

        with pytest.RaisesGroup(pytest.RaisesExc(YaaError, match="nats did not start: .*in use")):
            async with kept(server, records):
                pass

    assert list(records.all()) == []


def test_postgres_runs_below_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    found = identity.unprivileged(closed / "data")

    assert (found is None) == (os.getuid() != 0)
    assert found is None or found.capability is not None


def test_binaries_below_a_closed_folder_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = postgres.binaries().parents[1]
    libraries = wheel.with_name(f"{wheel.name}.libs")
    shutil.copytree(wheel / "pginstall18", closed / wheel.name / "pginstall18")
    shutil.copytree(libraries, closed / libraries.name)
    moved = closed / wheel.name / "pginstall18" / "bin"
    monkeypatch.setattr(postgres, "binaries", lambda: moved)

    running = Running(Postgres(tmp_path / "postgres", free_port(), durable=False))
    running.start()
    running.stop()
    shutil.rmtree(closed)


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes somebody else")
def test_postgres_becomes_the_owner_of_the_data_that_is_there(tmp_path: Path) -> None:
    os.chown(tmp_path, 4321, 4322)

    found = identity.unprivileged(tmp_path)

    assert found is not None
    assert (found.uid, found.gid) == (4321, 4322)


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes somebody else")
def test_without_the_capability_a_closed_folder_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(identity, "_held_capabilities", lambda: 0)

    with pytest.raises(UsageError, match=r"'nobody' may not enter '.*': choose a --data-dir"):
        identity.unprivileged(closed / "data")


def test_a_second_holder_of_the_folder_is_told_of_the_first(tmp_path: Path) -> None:
    with locked(tmp_path, "http://127.0.0.1:8400"):
        expected = rf"already runs in .* \(process {os.getpid()} at http://127.0.0.1:8400\)"
        with pytest.raises(UsageError, match=expected), locked(tmp_path, "http://127.0.0.1:1"):
            pass

    with locked(tmp_path, "http://127.0.0.1:1"):
        assert json.loads((tmp_path / "lock").read_text())["url"] == "http://127.0.0.1:1"


@pytest.mark.parametrize("place", ["/proc/yaa", "{tmp}/file", "{tmp}/file/below"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    folder = Path(place.format(tmp=tmp_path))

    with pytest.raises(UsageError, match=rf"the data folder '{folder}' cannot be written \("):  # noqa: SIM117
        with locked(folder, ""):
            pass


def test_a_port_is_kept_while_it_is_free(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = Ports(file).of("nats")

    assert Ports(file).of("nats") == first
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        assert Ports(file).of("nats") != first


def test_no_two_names_have_the_same_port(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    file.write_text(json.dumps(dict.fromkeys(("nats", "writer"), free_port())))

    ports = Ports(file)

    assert ports.of("nats") != ports.of("writer")


def test_an_unreadable_port_file_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text('["nats"')

    assert is_free(Ports(tmp_path / "ports.json").of("nats"))


def test_a_leftover_of_a_killed_predecessor_is_ended(tmp_path: Path, records: Records) -> None:
    orphan = sleeper(str(tmp_path / "nats" / "nats.conf"))
    records.write(Record("nats", orphan.pid, ""))

    records.end_leftovers(grace_s=0.1)

    assert orphan.wait(5) == -signal.SIGKILL
    assert list(records.all()) == []


def test_what_a_leftover_had_started_is_ended_too(tmp_path: Path, records: Records) -> None:
    records.write(Record("media", _gone(), ""))
    render = sleeper("render", mark_of(tmp_path, "media"))
    foreign = sleeper("render", mark_of(tmp_path.with_name("other"), "media"))

    records.end_leftovers()

    assert render.wait(5) == -signal.SIGKILL
    assert foreign.poll() is None
    foreign.kill()
    foreign.wait()


def _gone() -> int:
    process = python("", "")
    process.wait()
    return process.pid


def test_a_stranger_with_the_pid_of_a_child_is_left_alone(tmp_path: Path, records: Records) -> None:
    stranger = sleeper(f"{tmp_path}-of-another")
    records.write(Record("nats", stranger.pid, ""))

    records.end_leftovers()

    assert stranger.poll() is None
    assert list(records.all()) == []
    stranger.kill()
    stranger.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the children")
async def test_children_end_with_a_killed_parent_and_the_next_one_starts(
    tmp_path: Path, records: Records
) -> None:
    parent = python(PARENT, str(tmp_path))
    await until((tmp_path / "up").exists)
    children = [record.pid for record in records.all()]
    assert len(children) == 2

    parent.kill()
    parent.wait()
    records.end_leftovers()

    assert not any(belongs_to(pid, tmp_path) for pid in children)
    server = Postgres(tmp_path / "postgres", free_port())
    async with kept(server, records), kept(NatsServer(tmp_path / "nats", free_port(), ""), records):
        assert all(psutil.pid_exists(record.pid) for record in records.all())


PARENT = """
import asyncio, sys
from pathlib import Path
from yaa.embedded.keeper import Keeper
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.postgres import Postgres
from yaa.embedded.records import Records

async def main(folder):
    nats = NatsServer(folder / "nats", free_port(), "")
    servers = nats, Postgres(folder / "postgres", free_port())
    async with asyncio.TaskGroup() as group:
        for keeper in (keepers := [Keeper(server, Records(folder)) for server in servers]):
            keeper.start(group)
        for keeper in keepers:
            await keeper.ready.wait()
        (folder / "up").touch()

asyncio.run(main(Path(sys.argv[1])))
"""
