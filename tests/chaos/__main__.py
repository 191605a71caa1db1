"""`python -m chaos`: crash everything, everywhere, under load, and look what is left."""

import argparse
import asyncio
import logging
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from loguru import logger

from agentkit.nats import connected
from agentkit.settings import Settings
from chaos import bill, page, stack
from chaos.audit import Audit
from chaos.crash import Crash, Striker
from chaos.load import Load
from chaos.matrix import CLUSTER, LEADER, ONE, Cell, Part, cell, long_parts, short_parts
from chaos.page import Result
from chaos.receiver import Receiver
from chaos.witness import Witness
from contracts import subjects

CLIENTS = 240
BETWEEN_S = 1.0
FULL = 5 / 6
"""So many of the clients have a run under way before anybody is struck."""
FULL_TIMEOUT_S = 60.0
ENDED_TIMEOUT_S = 240.0


def main() -> int:
    said = _arguments()
    seed = said.seed or secrets.randbelow(10_000) + 1
    parts = _parts(said, seed)
    folder = Path(tempfile.mkdtemp(prefix="yaa-chaos-"))
    folder.chmod(0o755)  # PostgreSQL may run as somebody else
    _quiet(folder / "chaos.log")
    print(f"seed {seed}, {said.clients} runs at a time, logs in {folder}", flush=True)
    began = time.monotonic()
    results = list[Result]()
    for part in parts:
        results += asyncio.run(_play(folder / part.name, part, seed, said.clients))
    if said.write:
        said.write.write_text(page.page_of(results, seed, said.clients, time.monotonic() - began))
    misses = page.misses_of(results)
    print(page.cells_of(results), f"\n{len(misses)} misses" if misses else "\nno miss")
    print(f"seed {seed}, {time.monotonic() - began:.0f} s", *misses, sep="\n  ")
    return 1 if misses else 0


def _parts(said: argparse.Namespace, seed: int) -> list[Part]:
    if said.only:
        cells = [cell(name) for name in said.only]
        if any(each.victim == LEADER for each in cells):
            return [Part(CLUSTER, 3, [cells])]
        return [Part(ONE, 1, [cells])]
    if said.short:
        return short_parts(seed)
    return long_parts(seed)


async def _play(folder: Path, part: Part, seed: int, clients: int) -> list[Result]:
    receiver = Receiver()
    async with (
        receiver.listening() as url,
        stack.running(folder, url, seed, nodes=part.nodes, clients=clients) as up,
        connected(Settings(nats_url=up.nats_url), name=subjects.OPERATOR) as connection,
        bill.opened(up.database_url, connection.jetstream()) as books,
    ):
        witness = Witness(connection)
        load = Load(up.gateways, up.key, witness, seed)
        striker = Striker(up, load, witness, books)
        audit = Audit(up, load, witness, receiver, books, connection)
        watching = asyncio.create_task(witness.watch())
        results = list[Result]()
        for cells in part.rounds:
            crashes = await _round(cells, load, striker, clients)
            verdict = await audit.of(crashes)
            results.append(Result(part.name, crashes, verdict))
            print(page.line_of(results[-1]), flush=True)
        watching.cancel()
    return results


async def _round(cells: Sequence[Cell], load: Load, striker: Striker, clients: int) -> list[Crash]:
    """Strike one cell after the other under load; return when all runs have ended."""
    loading = asyncio.create_task(load.run(clients))
    while len(load.under_way) < clients and not loading.done():  # noqa: ASYNC110 -- the log tells it
        await asyncio.sleep(0.1)
    crashes, recoveries = list[Crash](), list[asyncio.Task[None]]()
    for each in cells:
        await _full(load, clients)
        crash, recovery = await striker.strike(each)
        crashes.append(crash)
        recoveries.append(recovery)
        struck = f"{each.name} hit {crash.process} with {crash.in_hand}"
        print(f"  {struck}, {len(crash.runs)} runs were under way", flush=True)
        if each.needs_rest:
            await recovery
        await asyncio.sleep(BETWEEN_S)
    await asyncio.gather(*recoveries)
    load.stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(ENDED_TIMEOUT_S):
            await asyncio.shield(loading)
            while not load.is_over:  # noqa: ASYNC110 -- the log tells it
                await asyncio.sleep(0.1)
    loading.cancel()
    return crashes


async def _full(load: Load, clients: int) -> None:
    """Wait until so much is under way that a crash has something to hit, but not for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(FULL_TIMEOUT_S):
            while len(load.under_way) < clients * FULL:  # noqa: ASYNC110 -- the log tells it
                await asyncio.sleep(0.1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="some cells only, in four minutes")
    parser.add_argument("--only", nargs="+", metavar="VICTIM:BLOW:MOMENT", help="these cells")
    parser.add_argument("--seed", type=int, help="repeat an earlier choice and order")
    parser.add_argument("--clients", type=int, default=CLIENTS, help="runs at a time")
    parser.add_argument("--write", type=Path, help="a file for the table")
    return parser.parse_args()


def _quiet(log: Path) -> None:
    """Let the screen to the table."""
    logger.remove()
    logger.add(log)
    logging.basicConfig(filename=log)


if __name__ == "__main__":
    sys.exit(main())
