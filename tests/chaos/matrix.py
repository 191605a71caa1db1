"""Who is struck, with what, at which moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from chaos.agents import AGENTS

type Blow = Literal["kill", "term", "stop"]
type Moment = Literal["before", "middle", "after", "answered", "recorded"]

BLOWS: tuple[Blow, ...] = ("kill", "term", "stop")
OTHER_BLOWS: tuple[Blow, ...] = ("term", "stop")
MOMENTS: tuple[Moment, ...] = ("before", "middle", "after")
AGENT_MOMENTS: tuple[Moment, ...] = (*MOMENTS, "answered", "recorded")
SERVICES = ("gateway", "orchestrator", "projector", "usage")
SCHEDULER = "scheduler"
"""A part of every gateway; struck while it makes the run of a schedule."""
REPLICAS = 2
LEADER, ALL = "leader", "all"
SERVERS = {"nats": "maker", LEADER: "maker", "postgres": "projector", ALL: "maker"}
"""Whose work a server is struck in the middle of.

`leader` is the node of a cluster that leads the log, `all` is every process but the simulator.
"""
VICTIMS = (*SERVICES, SCHEDULER, *AGENTS, "nats", "postgres")

MEANINGS = {
    "kill": "`kill -9`",
    "term": "SIGTERM (PostgreSQL: SIGINT, as its image is stopped)",
    "stop": "SIGSTOP for 20 s",
    "before": "the work is in hand and nothing of it is done",
    "middle": "a part of it is done",
    "after": "it is done and not acknowledged",
    "answered": "an agent has a paid answer that is not on record",
    "recorded": "an agent's outcome is on the log and its request is not acknowledged",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One crash: `blow` hits `victim` at `moment`."""

    victim: str
    blow: Blow
    moment: Moment

    @property
    def name(self) -> str:
        return f"{self.victim}:{self.blow}:{self.moment}"

    @property
    def is_server(self) -> bool:
        return self.victim in SERVERS

    @property
    def losers(self) -> int:
        """Return at how many processes answers can arrive that are not read any more."""
        if self.victim == ALL:
            return len(AGENTS) * REPLICAS
        return int(self.victim in AGENTS and self.blow != "term")

    @property
    def doublers(self) -> int:
        """Return at how many processes a call can be made that another one has made meanwhile.

        One that sleeps is taken for dead, and a broker that starts again may not know whom it
        gave a request to just before.
        """
        if self.victim in {LEADER, "nats"}:
            return len(AGENTS) * REPLICAS
        return int(self.victim in AGENTS and self.blow == "stop")

    @property
    def needs_rest(self) -> bool:
        """Tell whether nothing else may be struck meanwhile: two of three nodes must stay."""
        return self.victim in {LEADER, ALL}

    @property
    def worker(self) -> str:
        """Whose work it is."""
        return SERVERS.get(self.victim, self.victim)

    @property
    def point(self) -> str:
        """Where the process with the work in hand is held.

        What an agent does outside comes after what it does for itself, so that its
        `after` is after the effect.
        """
        if self.worker in AGENTS and self.moment == "after":
            return f"{self.worker}.effect"
        return f"{self.worker}.{self.moment}"


def cell(name: str) -> Cell:
    """Return the cell called `victim:blow:moment`.

    Raises:
        ValueError: there is none.
    """
    known = (*every_cell(), *cluster_cells(), *power_cuts())
    found = next((each for each in known if each.name == name), None)
    if found is None:
        raise ValueError(
            f"there is no cell {name!r}: join one of {', '.join((*VICTIMS, LEADER, ALL))}, one of "
            f"{', '.join(BLOWS)} and one of {', '.join(AGENT_MOMENTS)} with colons"
        )
    return found


def every_cell() -> Iterable[Cell]:
    for blow in BLOWS:
        for moment in AGENT_MOMENTS:
            victims = VICTIMS if moment in MOMENTS else tuple(AGENTS)
            yield from (Cell(victim, blow, moment) for victim in victims)


def cluster_cells() -> Iterable[Cell]:
    """Return what is done to a cluster of three nodes: every time its leader is lost."""
    for blow in BLOWS:
        yield from (Cell(LEADER, blow, moment) for moment in MOMENTS)


def power_cuts() -> Iterable[Cell]:
    return (Cell(ALL, "kill", moment) for moment in MOMENTS)


ONE, CLUSTER = "one", "cluster"


@dataclass(frozen=True, slots=True)
class Part:
    """Rounds on a stack of their own, with so many nodes of nats-server."""

    name: str
    nodes: int
    rounds: Sequence[Sequence[Cell]]


def long_parts(seed: int) -> list[Part]:
    """Return all cells; a round has every victim once, in an order of its own."""
    random = Random(seed)  # noqa: S311 -- an order, no secret
    rounds = [
        [each for each in every_cell() if (each.blow, each.moment) == (blow, moment)]
        for blow in BLOWS
        for moment in AGENT_MOMENTS
    ]
    for cells in rounds:
        random.shuffle(cells)
    losses = [[each for each in cluster_cells() if each.blow == blow] for blow in BLOWS]
    return [Part(ONE, 1, [*rounds, [*power_cuts()]]), Part(CLUSTER, 3, losses)]


def short_parts(seed: int) -> list[Part]:
    """Return one kill of every victim at a moment that the seed chooses, and a few other blows."""
    random = Random(seed)  # noqa: S311 -- a choice, no secret
    kills = [Cell(victim, "kill", random.choice(MOMENTS)) for victim in VICTIMS]
    others = [
        Cell(victim, blow, random.choice(MOMENTS))
        for victim, blow in zip(random.sample(VICTIMS, 6), OTHER_BLOWS * 3, strict=True)
    ]
    cells = [*kills, *others]
    random.shuffle(cells)
    return [Part(ONE, 1, [cells])]
