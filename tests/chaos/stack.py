"""The whole system, two processes of every service, each started again when it dies."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from agentkit.accounts import config_of
from agentkit.migrate import migrate, packages
from agentkit.nats import connected
from agentkit.outage import survives_outage
from agentkit.provision import provision
from agentkit.settings import Settings
from chaos.agents import AGENTS, RECEIVER
from chaos.matrix import ALL, LEADER, REPLICAS, SERVICES
from contracts import subjects
from yaa.address import key_file
from yaa.embedded.keeper import Keeper
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import Ports
from yaa.embedded.postgres import Postgres
from yaa.embedded.records import Records
from yaa.stack.admin_key import keep_admin_key
from yaa.stack.options import SIMULATOR, Options, tell_services
from yaa.stack.outside import ServiceProcess, supervised

HERE = Path(__file__).parent
LATENCY_S = 0.1
FAULTS = """[
    {"fault": "429:1", "share": 0.02}, {"fault": "500", "share": 0.02},
    {"fault": "529", "share": 0.02}, {"fault": "slow:4", "share": 0.02},
    {"fault": "cut", "share": 0.01}, {"fault": "malformed", "share": 0.005},
    {"fault": "invalid", "share": 0.005}
]"""
"""Ten requests of a hundred; `slow` is longer than a call may be silent, hence a timeout."""
ACTIVE = 5 / 6
"""Of so many clients the runs are active at once, the others wait for a slot."""
ONE_CHANNEL = 0.6
READY_TIMEOUT_S = 10
SETTINGS = {
    "YAA_LLM": "simulator",
    "YAA_WORKERS": "4",
    "YAA_REQUESTS_PER_MINUTE": "1000000",
    "YAA_CALLS__ANSWER_S": "2",
    "YAA_CALLS__BACKOFF_S": "0.2",
    "YAA_PIPELINES_DIR": str(HERE / "pipelines"),
    "YAA_SIMULATOR_LATENCY_S": str(LATENCY_S),
    "YAA_SIMULATOR_FAULTS": FAULTS,
}


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs. `failpoints` is the folder in which a process can be held.

    `nodes` maps what the brokers call themselves to the names of their records, `replicas` are the
    names and addresses of all services.
    """

    records: Records
    replicas: dict[str, str]
    nodes: dict[str, str]
    nats_url: str
    database_url: str
    simulator_url: str
    key: str
    failpoints: Path

    @property
    def gateways(self) -> tuple[str, ...]:
        return tuple(self.replicas[name] for name in self.replicas if name.startswith("gateway"))

    async def unready(self) -> str:
        """Return which replicas do not say that they are ready, empty when there is none."""
        async with httpx2.AsyncClient(timeout=READY_TIMEOUT_S) as http:
            answers = await asyncio.gather(
                *(_is_ready(http, url) for url in self.replicas.values())
            )
        silent = [name for name, ready in zip(self.replicas, answers, strict=True) if not ready]
        return f"{', '.join(silent)} never came back" if silent else ""

    async def pids_of(self, server: str) -> list[int]:
        """Return the process of a server; `leader` is the node that leads the log now."""
        if server == ALL:
            return [each.pid for each in self.records.all() if each.name != SIMULATOR]
        name = await self._leader() if server == LEADER else server
        return [each.pid for each in self.records.all() if each.name == name]

    @survives_outage
    async def _leader(self) -> str:
        async with connected(
            Settings(nats_url=self.nats_url), name=subjects.OPERATOR
        ) as connection:
            info = await connection.jetstream(timeout=1).stream_info(subjects.RUNS)
        if info.cluster is None or info.cluster.leader not in self.nodes:
            raise TimeoutError("nobody leads the log now")
        return self.nodes[info.cluster.leader]

    def name_of(self, pid: int) -> str:
        return next((record.name for record in self.records.all() if record.pid == pid), "?")


@asynccontextmanager
async def running(
    folder: Path, receiver: str, seed: int, *, nodes: int, clients: int
) -> AsyncIterator[Stack]:
    """Start everything, yield when it is ready, end everything when the block is left.

    With three `nodes` of nats-server each stream has a copy on every one.
    """
    options = Options(folder, 0, processes=True)
    options.logs.mkdir(parents=True)
    failpoints = folder / "failpoints"
    failpoints.mkdir()
    records, ports = Records(folder), Ports(folder / "ports.json")
    brokers = _brokers(options, ports, nodes)
    nats_url = ",".join(broker.url for broker in brokers)
    postgres = Postgres(folder / "postgres", ports.of("postgres"))
    servers = [*(Keeper(broker, records) for broker in brokers), Keeper(postgres, records)]
    async with _kept(servers):
        tell_services(options, brokers[0], postgres, ports)
        await _prepare(nats_url, postgres.url, replicas=nodes)
        await keep_admin_key(folder, postgres.url)
        os.environ.update(SETTINGS, YAA_SIMULATOR_SEED=str(seed), YAA_FAILPOINTS=str(failpoints))
        os.environ.update({"YAA_NATS_URL": nats_url, RECEIVER: receiver})
        os.environ.update(
            YAA_MAX_ACTIVE_RUNS=str(round(clients * ACTIVE)),
            YAA_MAX_ACTIVE_RUNS_PER_CHANNEL=str(round(clients * ACTIVE * ONE_CHANNEL)),
        )
        os.environ["PYTHONPATH"] = str(HERE.parent)
        services = list(_services(options, ports))
        simulator = ServiceProcess(SIMULATOR, ports.of(SIMULATOR), options, module=(SIMULATOR,))
        async with supervised((services, [simulator]), records):
            yield Stack(
                records=records,
                replicas={each.name: each.address for each in services},
                nodes={broker.instance: broker.name for broker in brokers},
                nats_url=nats_url,
                database_url=postgres.url,
                simulator_url=simulator.address,
                key=key_file(folder).read_text().strip(),
                failpoints=failpoints,
            )


async def _is_ready(http: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/health/ready")).is_success
    except httpx2.HTTPError:
        return False


def _brokers(options: Options, ports: Ports, nodes: int) -> list[NatsServer]:
    folder, access = options.data_dir, config_of(options.keys, AGENTS)
    if nodes == 1:
        return [NatsServer(folder / "nats", ports.of("nats"), access)]
    names = [f"nats-{number}" for number in range(1, nodes + 1)]
    routes = [ports.of(f"{name}-routes") for name in names]
    return [
        NatsServer(
            folder / name, ports.of(name), access, name=name, routes=(own, *set(routes) - {own})
        )
        for name, own in zip(names, routes, strict=True)
    ]


async def _prepare(nats_url: str, database_url: str, *, replicas: int) -> None:
    async with connected(Settings(nats_url=nats_url), name=subjects.PROVISION) as connection:
        await provision(connection, AGENTS, replicas=replicas)
    for package in packages():
        await asyncio.to_thread(migrate, database_url, package)


def _services(options: Options, ports: Ports) -> Iterable[ServiceProcess]:
    for number in range(1, REPLICAS + 1):
        for name in SERVICES:
            yield _replica(name, number, options, ports, module=("agentkit", name))
        for name in AGENTS:
            yield _replica(name, number, options, ports, module=("chaos.agents", name))


def _replica(
    name: str, number: int, options: Options, ports: Ports, *, module: tuple[str, ...]
) -> ServiceProcess:
    replica = f"{name}-{number}"
    return ServiceProcess(replica, ports.of(replica), options, module=module)


@asynccontextmanager
async def _kept(keepers: Sequence[Keeper]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        for keeper in keepers:
            keeper.start(group)
        try:
            for keeper in keepers:
                await keeper.ready.wait()
            yield
        finally:
            for keeper in reversed(keepers):
                await keeper.stop()
