"""Files that nobody has put for long are deleted, whoever puts or reads them meanwhile."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.aio.client import Client

from agentkit import sweeping
from agentkit.artifacts import NatsArtifacts
from agentkit.erasing import erase
from agentkit.nats import last_on
from agentkit.objects import RENEWED_AFTER, Entry, ObjectStore, chunks_of, entries_of, entry_of
from agentkit.sweeping import InUse, Swept, sweep
from agentkit.testing import age_file
from contracts import subjects
from contracts.artifacts import BlobRef

FILES = f"OBJ_{subjects.ARTIFACTS_BUCKET}"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(connection: Client) -> NatsArtifacts:
    return NatsArtifacts(connection)


async def put(store: NatsArtifacts, data: bytes = b"picture") -> BlobRef:
    return await store.put(data, media_type="image/png", name="a.png")


async def put_long_ago(store: NatsArtifacts, connection: Client, data: bytes) -> BlobRef:
    ref = await put(store, data)
    await age_file(connection, ref.sha256, LONG_AGO)
    return ref


async def swept(connection: Client, *used: BlobRef) -> Swept:
    before = datetime.now(UTC) - timedelta(days=30)
    return await sweep(connection, unused_since=before, in_use=only(*used))


def only(*used: BlobRef) -> InUse:
    async def in_use(files: Collection[str]) -> Collection[str]:
        return {ref.sha256 for ref in used} & set(files)

    return in_use


async def entry(connection: Client, ref: BlobRef) -> Entry:
    subject = entry_of(subjects.ARTIFACTS_BUCKET, ref.sha256)
    found = await last_on(connection, FILES, subject)
    assert found is not None
    parsed = Entry.parse(found.seq or 0, found.data or b"")
    assert parsed is not None
    return parsed


async def subjects_in(connection: Client, matching: str) -> int:
    info = await connection.jetstream().stream_info(FILES, matching)
    return len(info.state.subjects or {})


async def test_old_files_go_with_their_bytes_and_the_rest_stays(
    store: NatsArtifacts, connection: Client
) -> None:
    old = await put_long_ago(store, connection, b"old")
    used = await put_long_ago(store, connection, b"used")
    young = await put(store, b"young")

    gone = await swept(connection, used)

    assert gone == Swept(files=1, bytes=3)
    assert await store.size_of(old.sha256) is None
    assert [await store.read(ref) for ref in (used, young)] == [b"used", b"young"]
    for matching in (chunks_of(subjects.ARTIFACTS_BUCKET, "*"), entries_of("artifacts")):
        assert await subjects_in(connection, matching) == 2
    assert await swept(connection, used) == Swept()


async def test_what_is_put_again_is_noted_as_put_anew_once_a_day(
    store: NatsArtifacts, connection: Client
) -> None:
    ref = await put_long_ago(store, connection, b"picture")
    before = await entry(connection, ref)

    await put(store)
    renewed = await entry(connection, ref)
    await put(store)

    assert datetime.now(UTC) - renewed.put_at < RENEWED_AFTER
    assert (renewed.nuid, renewed.sequences) == (before.nuid, before.sequences)
    assert await entry(connection, ref) == renewed


async def test_a_renewed_file_stays_and_its_old_entry_goes(
    store: NatsArtifacts, connection: Client
) -> None:
    ref = await put_long_ago(store, connection, b"picture")
    await put(store)

    gone = await swept(connection)

    assert gone == Swept()
    assert await store.read(ref) == b"picture"
    state = (await connection.jetstream().stream_info(FILES)).state
    assert state.messages == 2  # its bytes and one entry


async def test_a_file_that_is_put_again_while_it_is_deleted_stays(
    store: NatsArtifacts, connection: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await put_long_ago(store, connection, b"picture")

    async def erase_late(*what: Any) -> None:
        await put(store)
        await erase(*what)

    monkeypatch.setattr(sweeping, "erase", erase_late)
    gone = await swept(connection)

    assert gone == Swept()
    assert await store.read(ref) == b"picture"


async def test_a_file_that_is_deleted_while_it_is_put_again_is_stored_anew(
    store: NatsArtifacts, connection: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await put_long_ago(store, connection, b"picture")
    renew = ObjectStore._renew  # noqa: SLF001 -- the moment between its two looks

    async def renew_late(self: ObjectStore, entry: Entry) -> bool:
        await swept(connection)
        return await renew(self, entry)

    monkeypatch.setattr(ObjectStore, "_renew", renew_late)
    await put(store)

    assert await store.read(ref) == b"picture"


async def test_bytes_without_an_entry_go_as_files_do(
    store: NatsArtifacts, connection: Client
) -> None:
    kept = await put(store)
    lost = chunks_of(subjects.ARTIFACTS_BUCKET, "lost")
    for _ in range(3):
        await connection.jetstream().publish(lost, b"x" * 1000)

    too_early = await swept(connection)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    later = await sweep(connection, unused_since=tomorrow, in_use=only(kept))

    assert too_early == Swept()
    assert later == Swept(bytes=3000)
    assert await subjects_in(connection, lost) == 0
    assert await store.read(kept) == b"picture"


async def test_what_was_erased_is_erased_without_a_word(connection: Client) -> None:
    js = connection.jetstream()
    first, second = [(await js.publish(f"run.r.{n}", b"x")).seq for n in "ab"]

    await erase(connection, subjects.RUNS, [first])
    await erase(connection, subjects.RUNS, [first, 99_999])

    state = (await js.stream_info(subjects.RUNS)).state
    assert (state.messages, state.first_seq) == (1, second)
