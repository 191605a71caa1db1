"""Keys by HTTP: made, shown once, listed, deactivated; and what they say of who asks."""

import asyncio
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from time import monotonic

import psutil
import pytest

from agentkit.nats import read_run
from agentkit.testing import wait_until
from gateway import database, key_store
from gateway.__main__ import start
from gateway.keyring import LIFE_S, PATIENCE_S, Keyring
from gateway.keys import PlainKey
from yaa.embedded.ports import free_port

from .conftest import client_of
from .question import DIGEST, asking

KEYS = "/admin/api-keys"
RUN = "/api/v1/pipeline/run"
ORDER = {"topic": "왜 하늘은 파란가"}


def id_of(text: str) -> str:
    return PlainKey.parse(text).key_id


async def test_a_key_is_made_shown_once_and_opens_at_once(settings, api):
    draft = {"name": " minji ", "scopes": ["run", "read", "run"], "expires_days": 30}

    made = await api.post(KEYS, json=draft)
    told = made.json()

    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    assert (told["name"], told["scopes"], told["created_by"]) == ("minji", ["read", "run"], "admin")
    assert told["key"] == f"yaa_{told['key_id']}_{PlainKey.parse(told['key']).secret}"
    left = datetime.fromisoformat(told["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    [_, listed] = (await api.get(KEYS)).json()
    assert listed == {name: value for name, value in told.items() if name != "key"}
    async with client_of(settings.http_port, told["key"]) as client:
        assert (await client.get("/channels")).status_code == 200


async def test_a_key_has_at_least_160_bits_and_is_kept_nowhere(api, pool):
    text = (await api.post(KEYS, json={"name": "n", "scopes": ["read"]})).json()["key"]
    tables = await pool.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )

    kept = [
        row["text"]
        for table in tables
        for row in await pool.fetch(f"SELECT t::text AS text FROM {table['name']} AS t")  # noqa: S608 -- no input
    ]

    assert len(bytes.fromhex(PlainKey.parse(text).secret)) * 8 >= 160
    assert any(id_of(text) in row for row in kept)
    assert not any(PlainKey.parse(text).secret in row for row in kept)


REFUSED = [
    ({"scopes": []}, "scopes is []"),
    ({"scopes": ["root"]}, "use one of 'read', 'run', 'approve' or 'admin'"),
    ({"name": ""}, "name is ''"),
    ({"name": "policy"}, "name is 'policy', which stands for nobody"),
    ({"expires_days": 0}, "expires_days is 0"),
    ({"expires_days": 3651}, "expires_days is 3651"),
    ({"colour": "red"}, "colour is nothing this address knows"),
]


async def test_a_key_that_cannot_be_is_refused_in_one_sentence(api, subtests):
    for change, sentence in REFUSED:
        with subtests.test(sentence):
            answer = await api.post(KEYS, json={"name": "n", "scopes": ["read"]} | change)

            assert answer.status_code == 422
            assert sentence in answer.json()["detail"]


async def test_a_key_is_deactivated_once_and_for_all(settings, api, key):
    text = await key("read", name="old")

    first = await api.delete(f"{KEYS}/{id_of(text)}")
    again = await api.delete(f"{KEYS}/{id_of(text)}")
    unknown = await api.delete(f"{KEYS}/{'9' * 12}")
    mine = next(each for each in (await api.get(KEYS)).json() if each["name"] == "old")

    assert (first.status_code, again.status_code, unknown.status_code) == (204, 204, 404)
    assert "there is no key '999999999999'" in unknown.json()["detail"]
    assert not mine["is_active"]
    assert mine["deactivated_at"]
    async with client_of(settings.http_port, text) as client:
        assert (await client.get("/channels")).status_code == 401


@pytest.fixture
async def replica(settings, api):
    """The port of a second gateway on the same servers."""
    assert api
    port = free_port()
    async with start(settings.model_copy(update={"http_port": port})):
        yield port


async def test_a_key_that_was_deactivated_elsewhere_opens_nothing_after_a_second(api, replica, key):
    text = await key("read")
    async with client_of(replica, text) as there:
        assert (await there.get("/channels")).status_code == 200
        assert (await api.delete(f"{KEYS}/{id_of(text)}")).status_code == 204
        began = monotonic()
        while (await there.get("/channels")).status_code == 200:
            pass

        assert monotonic() - began < 1


async def test_who_watches_is_let_go_with_the_key(api, replica, key, record, story):
    text = await key("read")
    await record(story("a").requested())
    async with client_of(replica, text) as there:
        async with there.sse("/api/v1/pipeline/runs/a/events") as source:
            seen = aiter(source)
            await anext(seen)
            await api.delete(f"{KEYS}/{id_of(text)}")
            async with asyncio.timeout(2):
                rest = [event.event async for event in seen if event.data]
        again = await there.get("/api/v1/pipeline/runs/a/events")

    assert set(rest) <= {"run.requested"}
    assert again.status_code == 401


async def test_a_key_expires_by_itself(as_key):
    soon = datetime.now(UTC) + timedelta(seconds=6)
    brief = await as_key("read", name="brief", expires_at=soon)

    first = await brief.get("/channels")
    await wait_until(lambda: is_refused(brief), timeout_s=20)
    last = await brief.get("/channels")

    assert first.status_code == 200
    assert "the key 'brief' expired at" in last.json()["detail"]


async def is_refused(client) -> bool:
    return (await client.get("/channels")).status_code == 401


async def test_a_known_key_still_reads_while_the_database_is_away(
    as_key, record, story, postgres_server
):
    await record(story("a").whole())
    url = "/api/v1/pipeline/runs/a/events"
    known, unknown = await as_key("read"), await as_key("read")
    assert (await known.get(url)).status_code == 200

    postgres_server.stop()
    try:
        until = monotonic() + LIFE_S * 2
        while monotonic() < until:
            there = await known.get(url)
            assert (there.status_code, there.text.count("id: ")) == (200, 10)
        new = await unknown.get(url)
    finally:
        postgres_server.start()
    later = await unknown.get(url)

    assert (new.status_code, new.headers["retry-after"]) == (503, "2")
    assert later.status_code == 200


async def test_a_stream_ends_with_its_key_while_the_database_is_away(pool, key, postgres_server):
    text = await key("read", expires_at=datetime.now(UTC) + timedelta(seconds=4))
    let_go = asyncio.Event()
    async with Keyring(pool) as keyring:
        with keyring.holding(await keyring.opened_with(text), let_go.set):
            postgres_server.stop()
            try:
                await asyncio.wait_for(let_go.wait(), 10)
            finally:
                postgres_server.start()


async def test_a_database_that_falls_silent_holds_nobody_up(pool, key, postgres_server):
    text, waited = await key("read"), []
    async with Keyring(pool) as keyring:
        await keyring.opened_with(text)
        with silenced(postgres_server):
            until = monotonic() + LIFE_S * 4
            while monotonic() < until:
                began = monotonic()
                await keyring.opened_with(text)
                waited.append(monotonic() - began)
                await asyncio.sleep(0)

    assert PATIENCE_S / 2 < max(waited) < PATIENCE_S + 2
    assert median(waited) < PATIENCE_S / 10


@contextmanager
def silenced(server):
    """Let a server take connections and answer nothing."""
    postmaster = psutil.Process(
        int((server.home / "data" / "postmaster.pid").read_text().split()[0])
    )
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in reversed(processes):
            process.resume()


async def test_when_a_key_was_used_is_noted_once_a_minute(api, as_key, pool):
    assert (await api.get("/channels")).status_code == 200
    await wait_until(lambda: last_used(pool, "admin"))
    first = await last_used(pool, "admin")

    await api.get("/channels")
    await (await as_key("read")).get("/channels")
    await wait_until(lambda: last_used(pool, "read"))

    assert datetime.now(UTC) - first < timedelta(seconds=30)
    assert await last_used(pool, "admin") == first


async def last_used(pool, name) -> datetime | None:
    return next(each.last_used_at for each in await key_store.list_keys(pool) if each.name == name)


async def test_a_use_is_noted_when_a_gateway_ends_or_the_database_is_back(
    settings, pool, key, postgres_server
):
    text = await key("read")
    async with Keyring(pool) as keyring:
        await keyring.opened_with(text)
    ended = await last_used(pool, "read")
    await pool.execute("UPDATE gateway.api_keys SET last_used_at = NULL")
    async with Keyring(pool) as keyring:
        await keyring.opened_with(text)
        postgres_server.stop()
        postgres_server.start()
        async with database.open_pool(settings, size=1) as back:
            await wait_until(lambda: last_used(back, "read"))

    assert ended


@pytest.mark.usefixtures("agents")
async def test_who_asks_is_the_key(api, as_key, connection):
    minji = await as_key("run", name="minji")
    nobody = await minji.post(RUN, json=ORDER)
    herself = await minji.post(RUN, json=ORDER | {"requested_by": "minji"})
    another = await minji.post(RUN, json=ORDER | {"requested_by": "jun"})
    pause = f"/api/v1/pipeline/runs/{nobody.json()['run_id']}/pause"
    other_pause = await minji.post(pause, json={"requested_by": "jun"})
    told = await api.post(RUN, json=ORDER | {"requested_by": "jun"})

    async def asked(answer) -> str:
        [(_, event)] = await read_run(connection, answer.json()["run_id"])
        return event.requested_by

    assert [await asked(each) for each in (nobody, herself, told)] == ["minji", "minji", "jun"]
    assert (another.status_code, other_pause.status_code) == (403, 403)
    assert another.json()["type"] == "urn:yaa:problem:not-yourself"
    assert "the key 'minji' cannot speak for 'jun'" in another.json()["detail"]


async def test_who_asked_for_a_run_may_not_approve_it_in_another_name(as_key, record):
    await record(asking(requester_may_approve=False))
    url = "/api/v1/approvals/a/publish/decision"
    mine = {"digest": DIGEST, "decision": "approve"}
    bob, minji = await as_key("approve", name="bob"), await as_key("approve", name="minji")

    own = await bob.post(url, json=mine)
    lied = await bob.post(url, json=mine | {"decided_by": "minji"})
    decided = await minji.post(url, json=mine)

    assert [each.json().get("type") for each in (own, lied)] == [
        "urn:yaa:problem:own-run",
        "urn:yaa:problem:not-yourself",
    ]
    assert (decided.status_code, decided.json()["decided_by"]) == (202, "minji")


async def test_a_key_is_never_repeated(api, key, caplog):
    """Not in an answer to somebody who put it in a wrong place, not in a log line."""
    text = await key("read")
    secret = PlainKey.parse(text).secret
    answers = [
        await api.get(f"/api/v1/pipeline/runs/{text}"),
        await api.get(f"/{text}"),
        await api.post("/channels", json={"channel_id": text, "name": text}),
        await api.post(KEYS, json={"name": "n", "scopes": [text]}),
        await api.delete(f"{KEYS}/{text}"),
    ]

    for answer in answers:
        assert answer.is_client_error
        assert secret[:8] not in json.dumps(answer.json())
    assert secret not in caplog.text


async def test_a_key_is_made_once_under_one_idempotency_key(api):
    asked = {"json": {"name": "minji", "scopes": ["read"]}, "headers": {"Idempotency-Key": "k"}}

    made, again = await api.post(KEYS, **asked), await api.post(KEYS, **asked)

    assert (made.status_code, again.status_code) == (201, 409)
    assert again.json()["type"] == "urn:yaa:problem:key-exists"
    assert made.json()["key_id"] in again.json()["detail"]
    assert [each["name"] for each in (await api.get(KEYS)).json()].count("minji") == 1
