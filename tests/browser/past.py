"""What has happened before somebody opens a page."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx2
from asyncpg import Connection

from agentkit.nats import append, connected
from agentkit.settings import Settings
from agentkit.testing import wait_until
from contracts import subjects
from contracts.events import RunPaused, RunResumed
from yaa.stack.under_test import Up

API = "/api/v1"
COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ')
FROM information_schema.columns
WHERE table_schema = 'gateway' AND table_name = 'runs' AND is_generated = 'NEVER'
"""
COPIES = """
INSERT INTO gateway.runs ({columns})
SELECT {columns}
FROM (
    SELECT (jsonb_populate_record(NULL::gateway.runs, to_jsonb(run) || jsonb_build_object(
        'run_id', $4::text || lpad(n::text, 12, '0'),
        'topic', 'old run ' || n,
        'created_at', run.created_at - interval '1 year' + n * interval '1 second',
        'published_at', CASE WHEN $3::bool THEN run.published_at END
    ))).*
    FROM gateway.runs AS run, generate_series(1, $2::int) AS n
    WHERE run_id = $1
) AS copy
"""
QUESTIONS = """
INSERT INTO gateway.approvals
SELECT (jsonb_populate_record(
    approval, jsonb_build_object('run_id', $3::text || lpad(n::text, 12, '0'))
)).*
FROM gateway.approvals AS approval, generate_series(1, $2::int) AS n
WHERE run_id = $1
"""
OLD, SHELVED, ASKING = (f"00000000-0000-7000-{n}000-" for n in (8, 9, "a"))
"""What the ids of copies begin with."""


def post(up: Up, path: str, **body: object) -> dict[str, Any]:
    """Return what the API answers, whoever has done it already."""
    answer = httpx2.post(f"{up.url}{path}", headers=up.key, json=body, timeout=20)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def get(up: Up, path: str) -> dict[str, Any]:
    answer = httpx2.get(f"{up.url}{API}{path}", headers=up.key, timeout=20)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


@contextmanager
def faults(up: Up, *rules: dict[str, Any]) -> Iterator[None]:
    """Let the simulator misbehave while the block runs."""
    url = f"{up.record('simulator')['url']}/simulator/faults"
    httpx2.post(url, json=list(rules)).raise_for_status()
    try:
        yield
    finally:
        httpx2.delete(url).raise_for_status()


@contextmanager
def suspended(up: Up, name: str) -> Iterator[None]:
    """Let one of the processes stand still while the block runs."""
    pid = up.record(name)["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def has_no_worker(up: Up, agent: str) -> None:
    """Return when none of an agent's workers asks for work any more."""
    async with connected(_settings(up), name=subjects.GATEWAY) as connection:
        log = connection.jetstream()

        async def is_so() -> bool:
            found = await log.consumer_info(subjects.RUNS, subjects.durable_of(agent))
            return not found.num_waiting

        await wait_until(is_so)


def failed_run(up: Up, topic: str) -> dict[str, Any]:
    """Return a run whose pictures were refused."""
    with faults(up, {"fault": "refusal", "path": "images"}):
        return up.wait_for_end(up.request(topic))


def asking_run(up: Up, topic: str) -> str:
    """Return a run of somebody else that waits for an approval."""
    run_id = up.request(topic, review=True, requested_by="jun")
    up.wait_until(run_id, lambda run: run["waiting_for_approval"])
    return run_id


def asking_again(up: Up, run_id: str, topic: str) -> str:
    """Return a run like one that has completed, which has only to be published, and asks first."""
    brief = {"topic": topic, "review": True}
    order = {"from_step": "publish", "edits": {"brief": brief}, "requested_by": "jun"}
    again: str = post(up, f"{API}/pipeline/runs/{run_id}/rerun", **order)["run_id"]
    up.wait_until(again, lambda run: run["waiting_for_approval"])
    return again


def decide(up: Up, run_id: str, decision: str, comment: str = "") -> None:
    """Let somebody else decide on what a run asks."""
    digest = get(up, f"/approvals/{run_id}/publish")["digest"]
    order = {"digest": digest, "decision": decision, "decided_by": "minji", "comment": comment}
    post(up, f"{API}/approvals/{run_id}/publish/decision", **order)


def recorded(up: Up, run_id: str) -> list[int]:
    """Return the ids of all events of a run that has ended."""
    url = f"{up.url}{API}/pipeline/runs/{run_id}/events"
    answer = httpx2.get(url, headers=up.key | {"Last-Event-ID": "0"}, timeout=30)
    lines = answer.raise_for_status().text.splitlines()
    return [int(line.removeprefix("id:")) for line in lines if line.startswith("id:")]


async def expire(up: Up, key_id: str) -> None:
    """Let the last day of a key be over."""
    async with database(up) as connection:
        await connection.execute(
            "UPDATE gateway.api_keys SET expires_at = now() WHERE key_id = $1", key_id
        )


async def sign_anew(up: Up) -> None:
    """Let no address of a file be good any more: start the gateway again with another secret."""
    async with database(up) as connection:
        await connection.execute("UPDATE gateway.signing SET secret = sha256(secret)")
    up.kill("gateway")


async def repeat(up: Up, run_id: str, times: int) -> None:
    """Put as many older runs into the list, all of them like this one."""
    async with database(up) as connection:
        await _copy(connection, OLD, run_id, times)


@asynccontextmanager
async def published_often(up: Up, run_id: str, times: int) -> AsyncIterator[None]:
    """Have as many older runs in the library while the block runs."""
    async with database(up) as connection:
        await _copy(connection, SHELVED, run_id, times)
        try:
            yield
        finally:
            await _forget(connection, SHELVED)


@asynccontextmanager
async def asked_often(up: Up, run_id: str, times: int) -> AsyncIterator[None]:
    """Let as many more runs wait for an approval while the block runs."""
    async with database(up) as connection:
        await _copy(connection, ASKING, run_id, times)
        await connection.execute(QUESTIONS, run_id, times, ASKING)
        try:
            yield
        finally:
            await _forget(connection, ASKING)


@asynccontextmanager
async def database(up: Up) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(up.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def _copy(connection: Connection, ids: str, run_id: str, times: int) -> None:
    columns = await connection.fetchval(COLUMNS)
    copies = COPIES.format(columns=columns)
    await connection.execute(copies, run_id, times, ids == SHELVED, ids)


async def _forget(connection: Connection, ids: str) -> None:
    await connection.execute("DELETE FROM gateway.approvals WHERE starts_with(run_id, $1)", ids)
    await connection.execute("DELETE FROM gateway.runs WHERE starts_with(run_id, $1)", ids)


async def pause_often(up: Up, run_id: str, times: int) -> None:
    """Record so many pauses of a run, each with its end."""
    at = datetime.now(UTC)
    async with connected(_settings(up), name=subjects.GATEWAY) as connection:
        log = connection.jetstream()
        for n in range(1, times + 1):
            await append(log, RunPaused(run_id=run_id, at=at, n=n))
            await append(log, RunResumed(run_id=run_id, at=at, n=n))


def _settings(up: Up) -> Settings:
    return Settings(nats_url=up.record("nats")["url"], nats_keys_dir=up.data_dir / "keys")
