"""What was published, by HTTP."""

import re
from datetime import timedelta

import pytest

from agentkit.artifacts import NatsArtifacts
from contracts.artifacts import Chapter, Publication, Video
from gateway import library

from .story import T0, ref_to
from .test_runs import PUBLICATION, VIDEO

LIBRARY = "/api/v1/library"

FILL = """
INSERT INTO gateway.runs (
    run_id, channel_id, topic, brand_name, pipeline, brief, dry_run, simulated, status,
    created_at, updated_at, completed_at, published_at
)
SELECT 'r-' || n, CASE WHEN n <= 200 THEN 'old' ELSE 'demo' END, 't', 'Demo', 'video', '{}',
       n % 4 = 0, false, 'completed', at, at, at, CASE WHEN n % 5 <> 0 THEN at END
FROM generate_series(1, 12000) AS n
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01Z' + (n / 2) * interval '1 second' AS at) AS t;
ANALYZE gateway.runs;
"""
SCANS = re.compile(r"Scan (?:Backward )?(?:using|on) (runs_\w+)|Seq Scan")


@pytest.fixture
def publishes(story):
    """Tell runs that make a video and publish it, one a minute."""

    def publishes(
        minute: int,
        channel_id: str = "demo",
        publication: Publication = PUBLICATION,
        video: Video = VIDEO,
        **requested: object,
    ):
        told = story(f"run-{minute}", channel_id, at=T0 + timedelta(minutes=minute))
        told.requested(**requested).asks("script").completes("script", ref_to(video))
        return told.asks("media").completes("media", ref_to(publication), simulated=True)

    return publishes


async def test_a_published_run_is_told_with_what_it_published(api, record, project, publishes):
    web = PUBLICATION.model_copy(update={"destination": "https://videos.example/v/1"})
    await record(publishes(0).ends(), publishes(1, publication=web).ends())
    await project()

    on_web, in_folder = (await api.get(LIBRARY)).json()["items"]

    urls = {name: in_folder.pop(name) for name in ("video_url", "thumbnail_url")}
    assert f"/{VIDEO.video.sha256}?name=video.mp4&expires=" in urls["video_url"]
    assert f"/{VIDEO.thumbnail.sha256}?name=thumb.png&expires=" in urls["thumbnail_url"]
    assert in_folder == {
        "run_id": "run-0",
        "channel_id": "demo",
        "brand_name": "Demo",
        "topic": "왜 하늘은 파란가",
        "title": "하늘",
        "published_at": "2026-01-01T00:00:04Z",
        "completed_at": "2026-01-01T00:00:05Z",
        "duration_s": 31.5,
        "destination": "local",
        "url": None,
        "cost_usd": 0.0,
        "dry_run": False,
        "simulated": True,
    }
    assert on_web["url"] == on_web["destination"] == "https://videos.example/v/1"


async def test_only_what_was_published_and_completed_is_in_the_library(
    api, record, project, publishes, story
):
    failed = publishes(1)
    await record(
        publishes(0).ends(),
        failed.ends_badly(failed.error("seo", 1)),
        publishes(2),
        publishes(3, dry_run=True).ends(),
        publishes(4, "mine").ends(),
        story("none").whole(),
    )
    await project()

    assert await ids(api) == ["run-4", "run-0"]
    assert await ids(api, channel_id="mine") == ["run-4"]
    assert await ids(api, dry_run=True) == ["run-3"]
    assert await ids(api, channel_id="mine", dry_run=True) == []


async def test_a_run_that_took_its_publication_over_is_in_the_library(api, record, project, story):
    again = story("again").requested(reused={"media": ref_to(PUBLICATION)})
    await record(again.asks("seo").completes("seo").ends())
    await project()

    (item,) = (await api.get(LIBRARY)).json()["items"]

    assert (item["title"], item["duration_s"], item["video_url"]) == ("하늘", None, None)
    assert item["published_at"] == item["completed_at"]


async def test_a_large_output_is_read_and_one_that_is_lost_leaves_a_hole(
    api, connection, record, project, story
):
    chapters = tuple(Chapter(start_s=n, title="장면 " * 20) for n in range(200))
    large = await NatsArtifacts(connection).put_artifact(
        VIDEO.model_copy(update={"chapters": chapters})
    )
    lost = ref_to(PUBLICATION).model_copy(update={"inline": None, "sha256": "0" * 64})
    told = story("a").requested().asks("script").completes("script", large)
    await record(told.asks("media").completes("media", lost).ends())
    await project()

    (item,) = (await api.get(LIBRARY)).json()["items"]

    assert large.inline is None
    assert (item["title"], item["destination"], item["url"]) == (item["topic"], "", None)
    assert (item["duration_s"], "video.mp4" in item["video_url"]) == (31.5, True)


async def ids(api, **query: object) -> list[str]:
    found, cursor = [], ""
    while cursor is not None:
        page = (await api.get(LIBRARY, params=query | {"cursor": cursor})).json()
        found += [item["run_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    return found


async def test_pages_give_each_published_run_once_in_order(api, pool, subtests):
    await pool.execute(FILL)
    ordered = sorted(range(1, 12_001), key=lambda n: (n // 2, f"r-{n}"), reverse=True)
    for channel_id, dry_run in (("old", False), ("old", True)):
        with subtests.test(channel_id, dry_run=dry_run):
            found = await ids(api, channel_id=channel_id, dry_run=dry_run, limit=7)

            assert found == [
                f"r-{n}" for n in ordered if n <= 200 and (n % 4 == 0) == dry_run and n % 5
            ]
    first = (await api.get(LIBRARY, params={"limit": 3})).json()
    assert [item["run_id"] for item in first["items"]] == ["r-11999", "r-11998", "r-11997"]


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_page_is_read_from_its_own_index_and_no_more(pool, subtests, dry_run):
    await pool.execute(FILL)
    cases = [
        (library.LIST, "runs_published", ()),
        (library.LIST_OF_CHANNEL, "runs_published_by_channel", ("old",)),
        (library.LIST_OF_CHANNEL, "runs_published_by_channel", ("none",)),
    ]
    for statement, index, values in cases:
        for before in (None, T0 + timedelta(seconds=4000)):
            with subtests.test(index, values=values, before=before):
                bounds = (dry_run, before, "", 21)

                rows = await pool.fetch(
                    f"EXPLAIN (ANALYZE, TIMING off) {statement}", *bounds, *values
                )

                plan = "\n".join(row[0] for row in rows)
                assert set(SCANS.findall(plan)) == {index}
                assert all(int(n) <= 2 for n in re.findall(r"Removed by Filter: (\d+)", plan))


async def test_what_cannot_be_asked_for_is_told_in_one_sentence(api, subtests):
    for query, sentence in (
        ("channel_id=No", "channel_id is 'No': it must match"),
        ("limit=51", "limit is '51'"),
        ("dry_run=perhaps", "dry_run is 'perhaps'"),
        ("cursor=cnVuczpb", "the cursor is not one that this list gave"),
    ):
        with subtests.test(query):
            answer = await api.get(f"{LIBRARY}?{query}")

            assert answer.status_code == 422
            assert sentence in answer.json()["detail"]
