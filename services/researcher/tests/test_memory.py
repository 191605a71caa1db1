"""The memory is a real table: written once, searched by channel, kept apart by model."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import lancedb
import pytest

from contracts.artifacts import Claim, Source
from researcher.guide import passages_of
from researcher.memory import COMPACT_AFTER_FILES, Memory, MemoryFolderError, table_name

WORDS = ("sea", "moon", "bread", "oven")
GUIDE = passages_of("tone: the sea\nfood: bread")


def vector(text: str) -> list[float]:
    """Return how often each word occurs, so that nearness means sharing words."""
    return [0.01 + text.count(word) for word in WORDS]


class Embedder:
    """Remembers what it was paid for."""

    def __init__(self) -> None:
        self.texts = list[str]()

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        self.texts.extend(texts)
        return [vector(text) for text in texts]


def claim(text: str) -> Claim:
    web = Source(kind="web", title="page", url=f"https://example.org/{len(text)}")
    return Claim(text=text, sources=(Source(kind="brand_guide", title="tone"), web))


@pytest.fixture
def embed() -> Embedder:
    return Embedder()


def opened(
    folder: Path, embed: Embedder, *, channel: str = "demo", model: str = "openai:small"
) -> AbstractAsyncContextManager[Memory]:
    return Memory.open(folder, model=model, dimension=len(WORDS), channel_id=channel, embed=embed)


@pytest.fixture
async def memory(tmp_path: Path, embed: Embedder) -> AsyncIterator[Memory]:
    async with opened(tmp_path, embed) as memory:
        yield memory


async def rows(folder: Path, model: str = "openai:small") -> list[dict[str, str]]:
    with (
        await lancedb.connect_async(folder) as connection,
        await connection.open_table(table_name(model, len(WORDS))) as table,
    ):
        found = await table.query().select(["id", "kind", "text"]).to_list()
    return sorted(found, key=lambda row: row["text"])


async def test_the_guide_is_found_by_meaning_nearest_first(memory: Memory) -> None:
    await memory.index_guide(GUIDE)

    found = await memory.guide(vector("sea"), limit=5)

    assert [passage.text for passage in found] == ["the sea", "bread"]
    assert found[0].source == Source(kind="brand_guide", title="tone")
    assert len(await memory.guide(vector("sea"), limit=1)) == 1
    assert await memory.guide(vector("sea"), limit=0) == ()


async def test_only_what_changed_in_the_guide_is_embedded_again(
    memory: Memory, embed: Embedder
) -> None:
    assert await memory.index_guide(GUIDE) == 2
    assert await memory.index_guide(GUIDE) == 0
    assert await memory.index_guide(passages_of("tone: the sea\nfood: oven")) == 1

    assert embed.texts == ["tone: the sea", "food: bread", "food: oven"]


async def test_what_left_the_guide_leaves_the_table(memory: Memory, tmp_path: Path) -> None:
    await memory.index_guide(GUIDE)
    await memory.index_guide(passages_of("tone: the sea"))

    assert [row["text"] for row in await rows(tmp_path)] == ["the sea"]


async def test_an_earlier_claim_is_found_by_other_runs_only(memory: Memory) -> None:
    await memory.remember("run-1", "tides", [claim("the moon pulls the sea")])

    (found,) = await memory.earlier(vector("moon"), limit=5, run_id="run-2")

    assert found.text == "the moon pulls the sea"
    assert found.source.kind == "earlier_research"
    assert found.source.title == "tides"
    assert found.source.url == "https://example.org/22"
    assert await memory.earlier(vector("moon"), limit=5, run_id="run-1") == ()


async def test_remembering_again_changes_nothing(
    memory: Memory, embed: Embedder, tmp_path: Path
) -> None:
    claims = [claim("the moon pulls"), claim("bread rises")]
    await memory.remember("run-1", "tides", claims)
    await memory.remember("run-1", "tides", claims)

    assert [row["text"] for row in await rows(tmp_path)] == ["bread rises", "the moon pulls"]
    assert len(embed.texts) == 2


async def test_a_channel_never_sees_another_channels_rows(
    memory: Memory, tmp_path: Path, embed: Embedder
) -> None:
    await memory.index_guide(GUIDE)
    await memory.remember("run-1", "tides", [claim("the moon pulls")])

    async with opened(tmp_path, embed, channel="other") as other:
        assert await other.guide(vector("sea"), limit=5) == ()
        assert await other.earlier(vector("moon"), limit=5, run_id="run-2") == ()
        await other.index_guide(passages_of("tone: oven"))

    assert len(await memory.guide(vector("sea"), limit=5)) == 2


async def test_vectors_of_another_model_lie_in_another_table(
    memory: Memory, tmp_path: Path, embed: Embedder
) -> None:
    await memory.index_guide(GUIDE)

    async with opened(tmp_path, embed, model="openai:large") as other:
        assert await other.guide(vector("sea"), limit=5) == ()

    names = {table_name("a:b", 3), table_name("a:b", 4), table_name("simulated:a:b", 3)}
    assert len(names) == 3


async def test_what_is_remembered_outlives_the_process(tmp_path: Path, embed: Embedder) -> None:
    async with opened(tmp_path, embed) as memory:
        await memory.remember("run-1", "tides", [claim("the moon pulls")])

    async with opened(tmp_path, embed) as memory:
        assert len(await memory.earlier(vector("moon"), limit=5, run_id="run-2")) == 1


async def test_many_runs_at_once_write_every_row_once(tmp_path: Path, embed: Embedder) -> None:
    async def one(run: int) -> None:
        async with opened(tmp_path, embed) as memory:
            await memory.index_guide(GUIDE)
            await memory.remember(f"run-{run}", "tides", [claim("the moon pulls")])

    async with asyncio.TaskGroup() as group:
        for run in range(8):
            group.create_task(one(run))

    kinds = [row["kind"] for row in await rows(tmp_path)]
    assert kinds.count("brand_guide") == 2
    assert kinds.count("earlier_research") == 8


async def test_many_writes_do_not_leave_ever_more_files(memory: Memory, tmp_path: Path) -> None:
    for run in range(110):
        await memory.remember(f"run-{run}", "tides", [claim("the moon pulls")])

    assert await memory.small_files() <= COMPACT_AFTER_FILES
    assert len(await rows(tmp_path)) == 110


async def test_a_folder_that_cannot_be_used_is_named_with_the_way_out(
    tmp_path: Path, embed: Embedder
) -> None:
    folder = tmp_path / "lancedb"
    folder.write_text("in the way")

    with pytest.raises(MemoryFolderError, match="YAA_LANCEDB_DIR") as caught:
        async with opened(folder, embed):
            pass

    assert str(folder) in str(caught.value)


def test_a_table_name_is_safe_as_a_folder() -> None:
    name = table_name("openai:text embedding/3", 1536)

    assert name == "memory-openai-text-embedding-3-1536"
