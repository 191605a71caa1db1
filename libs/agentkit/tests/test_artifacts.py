"""Files and typed results: what was put comes back, from the broker as from memory."""

import hashlib
import json
from pathlib import Path

import pytest
from nats.aio.client import Client

from agentkit.artifacts import INLINE_MAX_BYTES, NatsArtifacts
from agentkit.fakes import MemoryArtifacts
from agentkit.objects import CHUNK_BYTES, BlobDamagedError, BlobMissingError
from contracts import subjects
from contracts.artifacts import BlobRef, Findings, Seo
from yaa.testing import NatsUnderTest

SMALL = b"not much"
LARGE = bytes(range(256)) * ((3 * CHUNK_BYTES + 512) // 256)
MISSING = BlobRef(sha256="0" * 64, size_bytes=1, media_type="image/png", name="none.png")


type Store = MemoryArtifacts | NatsArtifacts


@pytest.fixture(params=["memory", "nats"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryArtifacts()
    return NatsArtifacts(request.getfixturevalue("connection"))


@pytest.fixture
def objects(connection: Client) -> NatsArtifacts:
    return NatsArtifacts(connection)


def findings(summary: str) -> Findings:
    return Findings(topic="tides", language="en", summary=summary, claims=())


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
async def test_bytes_come_back_as_they_were(store: Store, data: bytes) -> None:
    ref = await store.put(data, media_type="image/png", name="a.png")

    assert ref.sha256 == hashlib.sha256(data).hexdigest()
    assert (ref.size_bytes, ref.media_type, ref.name) == (len(data), "image/png", "a.png")
    assert await store.read(ref) == data


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
async def test_a_file_comes_back_as_it_was(store: Store, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "in.mp4").write_bytes(data)

    ref = await store.put_file(tmp_path / "in.mp4", media_type="video/mp4", name="v.mp4")
    await store.save(ref, tmp_path / "out.mp4")

    assert ref.sha256 == hashlib.sha256(data).hexdigest()
    assert ref.size_bytes == len(data)
    assert (tmp_path / "out.mp4").read_bytes() == data
    assert names_in(tmp_path) == ["in.mp4", "out.mp4"]


async def test_a_file_never_put_is_missing_by_name(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BlobMissingError, match="0" * 64):
        await store.read(MISSING)
    with pytest.raises(BlobMissingError):
        await store.save(MISSING, tmp_path / "none.png")

    assert names_in(tmp_path) == []


async def test_a_small_artifact_travels_inline(store: Store) -> None:
    artifact = findings("short")

    ref = await store.put_artifact(artifact)

    assert ref.kind == "Findings"
    assert ref.inline == artifact.model_dump(mode="json")
    assert await store.get_artifact(ref, Findings) == artifact


async def test_a_large_artifact_travels_by_reference(store: Store) -> None:
    artifact = findings("조수 " * INLINE_MAX_BYTES)

    ref = await store.put_artifact(artifact)

    assert ref.inline is None
    assert ref.size_bytes > INLINE_MAX_BYTES
    assert await store.get_artifact(ref, Findings) == artifact


async def test_an_artifact_of_another_kind_is_refused(store: Store) -> None:
    ref = await store.put_artifact(findings("short"))

    with pytest.raises(TypeError, match="is a Findings, not a Seo"):
        await store.get_artifact(ref, Seo)


async def test_equal_bytes_are_stored_once(objects: NatsArtifacts, connection: Client) -> None:
    await objects.put(LARGE, media_type="video/mp4", name="one.mp4")
    stream = f"OBJ_{subjects.ARTIFACTS_BUCKET}"
    before = await connection.jetstream().stream_info(stream)

    again = await objects.put(LARGE, media_type="video/mp4", name="two.mp4")

    after = await connection.jetstream().stream_info(stream)
    assert after.state.last_seq == before.state.last_seq
    assert await objects.read(again) == LARGE


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, None),
        (0, 1),
        (CHUNK_BYTES - 1, CHUNK_BYTES + 1),
        (CHUNK_BYTES, 2 * CHUNK_BYTES),
        (2 * CHUNK_BYTES + 7, None),
        (len(LARGE) - 1, len(LARGE) + 99),
        (5, 5),
        (len(LARGE), None),
    ],
)
async def test_any_part_can_be_streamed(
    objects: NatsArtifacts, start: int, end: int | None
) -> None:
    ref = await objects.put(LARGE, media_type="video/mp4", name="v.mp4")

    parts = [part async for part in objects.stream(ref.sha256, start, end)]

    assert b"".join(parts) == LARGE[start:end]
    assert all(parts)


async def test_the_size_is_known_without_reading(objects: NatsArtifacts) -> None:
    ref = await objects.put(LARGE, media_type="video/mp4", name="v.mp4")

    assert await objects.size_of(ref.sha256) == len(LARGE)
    assert await objects.size_of(MISSING.sha256) is None


async def test_the_library_of_the_broker_reads_what_we_store(
    objects: NatsArtifacts, connection: Client
) -> None:
    ref = await objects.put(LARGE, media_type="video/mp4", name="v.mp4")

    bucket = await connection.jetstream().object_store(subjects.ARTIFACTS_BUCKET)
    found = await bucket.get(ref.sha256)

    assert found.data == LARGE


async def test_a_deleted_file_is_missing_and_can_be_put_again(
    objects: NatsArtifacts, connection: Client
) -> None:
    ref = await objects.put(SMALL, media_type="image/png", name="a.png")
    js = connection.jetstream()
    entry = await js.get_last_msg(
        f"OBJ_{subjects.ARTIFACTS_BUCKET}", f"$O.{subjects.ARTIFACTS_BUCKET}.M.*"
    )
    info = json.loads(entry.data or b"") | {"deleted": True}
    await js.publish(entry.subject, json.dumps(info).encode())

    with pytest.raises(BlobMissingError):
        await objects.read(ref)
    assert await objects.read(await objects.put(SMALL, media_type="image/png", name="a")) == SMALL


@pytest.mark.parametrize("entry", [b"{}", b"[]", b"no json", b'{"headers": {}, "size": "x"}'])
async def test_an_entry_that_is_none_of_ours_is_no_file(
    objects: NatsArtifacts, connection: Client, entry: bytes
) -> None:
    ref = await objects.put(SMALL, media_type="image/png", name="a.png")
    js = connection.jetstream()
    bucket = subjects.ARTIFACTS_BUCKET
    ours = await js.get_last_msg(f"OBJ_{bucket}", f"$O.{bucket}.M.*")
    await js.publish(ours.subject, entry)

    assert await objects.size_of(ref.sha256) is None
    with pytest.raises(BlobMissingError):
        await objects.read(ref)


async def test_a_damaged_file_is_not_handed_out(
    objects: NatsArtifacts, connection: Client, tmp_path: Path
) -> None:
    ref = await objects.put(SMALL, media_type="image/png", name="a.png")
    await _swap_chunk(connection, ref, b"NOT MUCH")

    with pytest.raises(BlobDamagedError, match=ref.sha256):
        await objects.read(ref)
    with pytest.raises(BlobDamagedError):
        await objects.save(ref, tmp_path / "a.png")

    assert names_in(tmp_path) == []


async def test_a_file_whose_chunk_is_gone_is_damaged(
    objects: NatsArtifacts, connection: Client
) -> None:
    ref = await objects.put(SMALL, media_type="image/png", name="a.png")
    await connection.jetstream().delete_msg(f"OBJ_{subjects.ARTIFACTS_BUCKET}", 1)

    with pytest.raises(BlobDamagedError, match="chunk 1 is gone"):
        await objects.read(ref)


@pytest.mark.timeout(40)
async def test_files_survive_a_restart_of_the_broker_in_between(
    objects: NatsArtifacts, fresh_nats: NatsUnderTest
) -> None:
    ref = await objects.put(LARGE, media_type="video/mp4", name="v.mp4")

    fresh_nats.kill()
    fresh_nats.start()

    assert await objects.read(ref) == LARGE
    again = await objects.put(LARGE[1:], media_type="video/mp4", name="w.mp4")
    assert await objects.read(again) == LARGE[1:]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def _swap_chunk(connection: Client, ref: BlobRef, data: bytes) -> None:
    """Let the entry of an object point at other bytes."""
    js = connection.jetstream()
    stream = f"OBJ_{subjects.ARTIFACTS_BUCKET}"
    wrong = await js.publish(f"$O.{subjects.ARTIFACTS_BUCKET}.C.wrong", data)
    entry = await js.get_last_msg(stream, f"$O.{subjects.ARTIFACTS_BUCKET}.M.*")
    info = json.loads(entry.data or b"")
    assert info["name"] == ref.sha256
    info["headers"] = {"Yaa-Sequences": [str(wrong.seq)]}
    await js.publish(entry.subject, json.dumps(info).encode())
