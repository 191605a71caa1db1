"""Real servers for tests, as a pytest plugin: a nats-server starts in 10 ms, PostgreSQL in 400.

Nothing heavy is imported until a test asks for it.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from yaa.embedded.nats import NatsServer
    from yaa.embedded.postgres import Postgres
    from yaa.embedded.running import Running

_databases = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have whole stacks: these mostly wait, and others fill the time."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


class NatsUnderTest:
    """A nats-server of the test's own that can be killed and started again with its data."""

    def __init__(self, running: "Running[NatsServer]") -> None:
        self._running = running

    @property
    def url(self) -> str:
        return self._running.server.url

    @property
    def name(self) -> str:
        return self._running.server.instance

    @property
    def pid(self) -> int:
        assert self._running.process is not None, "the server is not running"  # noqa: S101 -- test code
        return self._running.process.pid

    def start(self) -> None:
        self._running.start()

    def stop(self) -> None:
        self._running.stop()

    def kill(self) -> None:
        self._running.kill()


class NatsClusterUnderTest:
    """Three nodes of one cluster; any of them can be killed and started again."""

    def __init__(self, nodes: tuple[NatsUnderTest, ...]) -> None:
        self.nodes = nodes

    @property
    def url(self) -> str:
        return ",".join(node.url for node in self.nodes)

    def node_called(self, name: str) -> NatsUnderTest:
        """Return the node that the broker calls `name`, say as the leader of a stream."""
        return next(node for node in self.nodes if node.name == name)


class PostgresUnderTest:
    """A PostgreSQL without fsync. Tests take `database_url`; `create` and `drop` serve fixtures."""

    def __init__(self, running: "Running[Postgres]") -> None:
        self._running = running

    @property
    def url(self) -> str:
        return self._running.server.url

    @property
    def home(self) -> Path:
        return self._running.server.home

    @property
    def pid(self) -> int:
        assert self._running.process is not None, "the server is not running"  # noqa: S101 -- test code
        return self._running.process.pid

    def start(self) -> None:
        self._running.start()

    def stop(self) -> None:
        self._running.stop()

    def kill(self) -> None:
        """End it as a crash would, its sessions too: by themselves they notice a moment later."""
        import psutil  # type: ignore[import-untyped]  # noqa: PLC0415 -- only who kills one; no types

        sessions = psutil.Process(self.pid).children(recursive=True)
        self._running.kill()
        for session in sessions:
            with suppress(psutil.NoSuchProcess):
                session.kill()

    def create(self, template: str = "template1") -> str:
        """Return the URL of a new database that is a copy of `template`."""
        name = f"test_{next(_databases)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self._running.server.url_of(name)

    def drop(self, url: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        import psycopg  # noqa: PLC0415 -- only tests with a database pay for it

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def _access(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Let every service under test use its own key, and the tests one that may do everything."""
    from agentkit.accounts import config_of  # noqa: PLC0415 -- only tests with NATS pay for it
    from agentkit.service import agent_names  # noqa: PLC0415 -- the same
    from contracts import subjects  # noqa: PLC0415 -- the same

    keys = tmp_path_factory.mktemp("keys")
    access = config_of(keys, (*agent_names(), "echo"), operators=(subjects.OPERATOR, "test"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YAA_NATS_KEYS_DIR", str(keys))
        yield access


def denials(log: Path) -> list[str]:
    """Return what a broker has denied: a service that works needs nothing it may not do."""
    return [line for line in log.read_text().splitlines() if "Violation" in line]


def _nats(home: Path, access: str) -> Iterator[NatsUnderTest]:
    from yaa.embedded.nats import NatsServer  # noqa: PLC0415 -- only tests with NATS pay for it
    from yaa.embedded.ports import free_port  # noqa: PLC0415 -- the same
    from yaa.embedded.running import Running  # noqa: PLC0415 -- the same

    running = Running(NatsServer(home, free_port(), access))
    running.start()
    yield NatsUnderTest(running)
    running.stop()
    assert denials(running.server.log) == []  # noqa: S101 -- test code


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory, _access: str) -> Iterator[NatsUnderTest]:
    """One nats-server for the whole session: its streams are everybody's."""
    yield from _nats(tmp_path_factory.mktemp("nats"), _access)


@pytest.fixture
def fresh_nats(tmp_path_factory: pytest.TempPathFactory, _access: str) -> Iterator[NatsUnderTest]:
    """An empty nats-server for one test, which may kill it."""
    yield from _nats(tmp_path_factory.mktemp("nats"), _access)


@pytest.fixture
def nats_url(fresh_nats: NatsUnderTest) -> str:
    """The address of an empty nats-server for one test."""
    return fresh_nats.url


@pytest.fixture
def nats_cluster(
    tmp_path_factory: pytest.TempPathFactory, _access: str
) -> Iterator[NatsClusterUnderTest]:
    """Three empty nodes, which take streams as soon as they have elected a leader."""
    from yaa.embedded.nats import NatsServer  # noqa: PLC0415 -- only tests with NATS pay for it
    from yaa.embedded.ports import free_port  # noqa: PLC0415 -- the same
    from yaa.embedded.running import Running  # noqa: PLC0415 -- the same

    ports = [free_port() for _ in range(3)]
    nodes = [
        Running(
            NatsServer(
                tmp_path_factory.mktemp("nats"),
                free_port(),
                _access,
                routes=(port, *(other for other in ports if other != port)),
            )
        )
        for port in ports
    ]
    for node in nodes:
        node.start()
    yield NatsClusterUnderTest(tuple(map(NatsUnderTest, nodes)))
    for node in nodes:
        node.stop()
        assert denials(node.server.log) == []  # noqa: S101 -- test code


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresUnderTest]:
    """One PostgreSQL for the whole session."""
    from yaa.embedded.ports import free_port  # noqa: PLC0415 -- only tests with a database pay for it
    from yaa.embedded.postgres import Postgres  # noqa: PLC0415 -- the same
    from yaa.embedded.running import Running  # noqa: PLC0415 -- the same

    home = tmp_path_factory.mktemp("postgres")
    running = Running(Postgres(home, free_port(), durable=False))
    running.start()
    yield PostgresUnderTest(running)
    running.stop()


@pytest.fixture
def database_url(postgres_server: PostgresUnderTest) -> Iterator[str]:
    """An empty database for one test."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture(scope="session")
def _migrated_template(postgres_server: PostgresUnderTest) -> str:
    from agentkit.migrate import migrate, packages  # noqa: PLC0415 -- alembic is heavy

    url = postgres_server.create()
    for package in packages():
        migrate(url, package)
    return url.rpartition("/")[2]


@pytest.fixture
def migrated_database_url(
    postgres_server: PostgresUnderTest, _migrated_template: str
) -> Iterator[str]:
    """A database for one test with every table in place."""
    url = postgres_server.create(_migrated_template)
    yield url
    postgres_server.drop(url)
