"""Reading runs, by HTTP."""

import unicodedata
from base64 import urlsafe_b64encode

import pytest

from agentkit.artifacts import NatsArtifacts
from contracts.artifacts import (
    BlobRef,
    Claim,
    Findings,
    Media,
    Publication,
    Scene,
    SceneMedia,
    Script,
    Seo,
    Source,
    Video,
)

RUNS = "/api/v1/pipeline/runs"
SUMMARY = "/api/v1/dashboard/summary"

SUMMARY_FIELDS = {
    "run_id",
    "channel_id",
    "topic",
    "brand_name",
    "pipeline",
    "status",
    "current_agent",
    "dry_run",
    "simulated",
    "created_at",
    "updated_at",
    "completed_at",
    "duration_s",
    "cost_usd",
    "priority",
    "paused",
    "waiting_for_approval",
    "parent_run_id",
}

BILL = """
INSERT INTO usage.run_totals VALUES ('a', 1234567, 4000, 1, 0, 3), ('b', 0, 50, 2, 0, 2);
INSERT INTO usage.step_totals VALUES ('a', 'script', 1000000, 3000, 0, 0, 2);
INSERT INTO usage.saved_calls (
    id, run_id, step, attempt, agent, provider, model, total_tokens, cost_usd_micro, price_basis,
    simulated, saved_at
)
SELECT gen_random_uuid(), run_id, 'script', 1, 'writer', 'p', 'm', 1, cost, basis, false, now()
FROM (VALUES ('a', 12300, 'list'), ('a', NULL, NULL), ('b', NULL, NULL))
    AS saved (run_id, cost, basis);
UPDATE usage.totals SET cost_usd_micro = 1234567, total_tokens = 4050, calls = 5;
"""


def blob(name: str, media_type: str) -> BlobRef:
    return BlobRef(sha256=f"{len(name):064x}", size_bytes=3, media_type=media_type, name=name)


FINDINGS = Findings(
    topic="하늘",
    language="ko",
    summary="짧은 파장이 더 흩어진다",
    claims=(
        Claim(
            text="푸른빛은 붉은빛보다 많이 흩어진다",
            sources=(Source(kind="web", title="Sky", url="https://sky.example"),),
        ),
    ),
)
SCRIPT = Script(
    title="하늘",
    language="ko",
    hook="왜?",
    scenes=(Scene(narration="n", on_screen_text="t", image_prompt="p", target_s=3),),
)
SEO = Seo(title="하늘", description="d", tags=(), hashtags=(), chapters=(), thumbnail_text="t")
MEDIA = Media(
    scenes=(
        SceneMedia(
            image=blob("scene 1.png", "image/png"),
            narration=blob("1.wav", "audio/wav"),
            duration_s=3,
        ),
    ),
    subtitles=blob("s.srt", "application/x-subrip"),
    styled_subtitles=blob("s.ass", "text/plain"),
    duration_s=3,
)
VIDEO = Video(
    video=blob("video.mp4", "video/mp4"),
    thumbnail=blob("thumb.png", "image/png"),
    subtitles=blob("s.srt", "application/x-subrip"),
    duration_s=31.5,
    width=1080,
    height=1920,
    chapters=(),
)
PUBLICATION = Publication(
    destination="local", dry_run=False, title="하늘", video_path="v", files=(), note=""
)


async def ids(api, query: str = "") -> list[str]:
    return [item["run_id"] for item in (await api.get(f"{RUNS}{query}")).json()["items"]]


@pytest.fixture
async def three_runs(record, project, story, pool):
    """`a` completed after a retry, `b` failed, `c` of another channel goes on."""
    b = story("b").requested().asks("script").fails("script")
    b.ends_badly(b.error("script", 1), b.error("seo", 1, "never begun"))
    await record(story("a").whole(), b, story("c", "mine").requested(dry_run=True).asks("script"))
    await project()
    await pool.execute(BILL)


@pytest.mark.usefixtures("three_runs")
async def test_the_detail_of_a_run_tells_its_steps_errors_and_costs(api):
    detail = (await api.get(f"{RUNS}/a")).json()

    assert detail.keys() >= SUMMARY_FIELDS
    assert detail["status"] == "completed"
    assert detail["duration_s"] == 9.0
    assert detail["cost_usd"] == 1.234567
    assert (detail["tokens"], detail["unpriced_calls"]) == (4000, 1)
    assert (detail["saved_calls"], detail["money_saved_usd"]) == (2, 0.0123)
    assert (detail["language"], detail["aspect"]) == ("ko", "9:16")
    assert (detail["current_agent"], detail["simulated"]) == (None, True)
    assert detail["errors"] == [
        {
            "step": "script",
            "agent": "writer",
            "attempt": 1,
            "error": "OverloadedError",
            "message": "the model was busy",
            "retryable": True,
        }
    ]
    script, seo, media = detail["steps"]
    first, second = script.pop("attempts")
    assert (first["attempt"], first["status"], first["duration_ms"]) == (1, "failed", 300)
    assert first["failure"]["message"] == "the model was busy"
    assert (second["status"], second["failure"]) == ("completed", None)
    assert second["requested_at"] == script["requested_at"]
    assert script == {
        "step": "script",
        "agent": "writer",
        "task": "script",
        "needs": [],
        "status": "completed",
        "attempt": 2,
        "requested_at": "2026-01-01T00:00:03Z",
        "completed_at": "2026-01-01T00:00:04Z",
        "duration_ms": 700,
        "tokens": 3000,
        "cost_usd": 1.0,
        "output_kind": "Anything",
        "simulated": False,
        "reused": False,
        "skip_reason": "",
        "instances": None,
    }
    assert (seo["simulated"], seo["tokens"], seo["cost_usd"]) == (True, 0, None)
    assert media["needs"] == ["script"]


@pytest.mark.usefixtures("three_runs")
async def test_a_failed_run_tells_every_error_once(api):
    detail = (await api.get(f"{RUNS}/b")).json()

    assert detail["status"] == "failed"
    assert [error["step"] for error in detail["errors"]] == ["script", "seo"]
    assert [step["status"] for step in detail["steps"]] == ["failed", "failed", "cancelled"]
    assert detail["cost_usd"] is None
    assert (detail["saved_calls"], detail["money_saved_usd"]) == (1, None)
    assert detail["result"] is None


@pytest.mark.usefixtures("three_runs")
async def test_a_run_that_goes_on_names_who_works_on_it(api):
    detail = (await api.get(f"{RUNS}/c")).json()

    assert (detail["status"], detail["current_agent"]) == ("running", "writer")
    assert (detail["dry_run"], detail["cost_usd"], detail["duration_s"]) == (True, 0.0, None)
    assert (detail["saved_calls"], detail["money_saved_usd"]) == (0, 0.0)


@pytest.mark.usefixtures("three_runs")
async def test_runs_are_listed_newest_first_filtered_and_by_pages(api):
    assert await ids(api) == ["c", "b", "a"]
    assert await ids(api, "?status=failed") == ["b"]
    assert await ids(api, "?channel_id=mine") == ["c"]
    assert await ids(api, "?channel_id=mine&status=failed") == []
    assert await ids(api, "?status=&channel_id=") == ["c", "b", "a"]

    first = (await api.get(f"{RUNS}?limit=2")).json()
    second = (await api.get(RUNS, params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [item["run_id"] for item in first["items"]] == ["c", "b"]
    assert [item["run_id"] for item in second["items"]] == ["a"]
    assert second["next_cursor"] is None
    assert first["items"][0].keys() == SUMMARY_FIELDS


@pytest.mark.usefixtures("three_runs")
async def test_the_dashboard_counts_runs_and_money(api):
    summary = (await api.get(SUMMARY)).json()

    assert summary.pop("recent_runs")[0]["run_id"] == "c"
    assert summary == {
        "total_runs": 3,
        "active_runs": 1,
        "success_runs": 1,
        "failed_runs": 1,
        "cancelled_runs": 0,
        "avg_duration_sec": 6.0,
        "estimated_cost_usd": 1.234567,
    }
    assert len((await api.get(f"{SUMMARY}?recent=1")).json()["recent_runs"]) == 1


@pytest.mark.usefixtures("three_runs")
async def test_words_are_found_in_whatever_form_their_letters_are_sent(api):
    taken_apart = unicodedata.normalize("NFD", "하늘")

    found = (await api.get(RUNS, params={"text": taken_apart})).json()["items"]

    assert taken_apart != "하늘"
    assert [each["run_id"] for each in found] == ["c", "b", "a"]


async def test_a_cancelled_run_is_neither_a_success_nor_a_failure(api, record, project, story):
    await record(story("a").whole(), story("d").requested().asks("script").is_cancelled("enough"))
    await project()

    detail = (await api.get(f"{RUNS}/d")).json()
    summary = (await api.get(SUMMARY)).json()

    assert (detail["status"], detail["cancel_reason"]) == ("cancelled", "enough")
    assert [step["status"] for step in detail["steps"]] == ["cancelled"] * 3
    assert detail["duration_s"] == 3
    assert await ids(api, "?status=cancelled") == ["d"]
    assert (summary["total_runs"], summary["active_runs"], summary["cancelled_runs"]) == (2, 0, 1)
    assert (summary["success_runs"], summary["failed_runs"]) == (1, 0)
    assert summary["avg_duration_sec"] == 9


async def test_the_dashboard_of_an_empty_house_has_no_mean(api):
    summary = (await api.get(SUMMARY)).json()

    assert summary["total_runs"] == 0
    assert summary["avg_duration_sec"] is None
    assert summary["estimated_cost_usd"] == 0
    assert summary["recent_runs"] == []


async def test_the_result_is_put_together_from_the_outputs_by_their_kind(
    api, connection, record, project, story
):
    store = NatsArtifacts(connection)
    told = story("a").requested()
    for step, output in (("script", SCRIPT), ("seo", SEO), ("media", MEDIA)):
        told.asks(step).completes(step, await store.put_artifact(output))
    await record(told)

    from_log = (await api.get(f"{RUNS}/a")).json()
    await project()
    from_tables = (await api.get(f"{RUNS}/a")).json()

    assert from_log == from_tables
    result = from_tables["result"]
    assert result["script"]["hook"] == "왜?"
    assert result["seo"]["title"] == "하늘"
    (image,) = result["images"]
    assert f"/{MEDIA.scenes[0].image.sha256}?name=scene%201.png&expires=" in image
    assert result["video_url"] is None


async def test_large_outputs_are_read_from_the_object_store(
    api, connection, record, project, story
):
    store = NatsArtifacts(connection)
    long = SCRIPT.model_copy(update={"hook": "왜? " * 5000})
    large = await store.put_artifact(long)
    video = await store.put_artifact(VIDEO)
    published = await store.put_artifact(PUBLICATION)
    told = story("a").requested().asks("script").completes("script", large)
    told.asks("seo").completes("seo", video).asks("media").completes("media", published)
    await record(told)
    await project()

    result = (await api.get(f"{RUNS}/a")).json()["result"]

    assert large.inline is None
    assert result["script"]["hook"] == long.hook
    assert (await api.get(result["video_url"])).status_code == 404
    assert f"/{VIDEO.video.sha256}?name=video.mp4&expires=" in result["video_url"]
    assert result["duration_s"] == 31.5
    assert result["publication"]["destination"] == "local"


async def test_findings_are_part_of_the_result_with_their_sources(
    api, connection, record, project, story
):
    ref = await NatsArtifacts(connection).put_artifact(FINDINGS)
    await record(story("a").requested().asks("script").completes("script", ref))
    await project()

    result = (await api.get(f"{RUNS}/a")).json()["result"]

    assert result["findings"] == FINDINGS.model_dump(mode="json")
    assert result["findings"]["claims"][0]["sources"][0]["url"] == "https://sky.example"


async def test_the_output_of_a_step_is_shown_wherever_it_lies(
    api, connection, record, project, story
):
    store = NatsArtifacts(connection)
    long = SCRIPT.model_copy(update={"hook": "왜? " * 5000})
    huge = SCRIPT.model_copy(update={"hook": "왜? " * 60_000})
    told = story("a").requested()
    for step, output in (("script", long), ("seo", huge), ("media", VIDEO)):
        told.asks(step).completes(step, await store.put_artifact(output))
    await record(told)

    from_log = (await api.get(f"{RUNS}/a/steps/media/output")).json()
    await project()
    script, seo, media = [
        (await api.get(f"{RUNS}/a/steps/{step}/output")).json()
        for step in ("script", "seo", "media")
    ]

    assert script["content"] == long.model_dump(mode="json")
    assert (await api.get(script["url"])).json() == script["content"]
    assert (seo["content"], seo["kind"], seo["size_bytes"] > 256 * 1024) == (None, "Script", True)
    assert (await api.get(seo["url"])).json()["hook"] == huge.hook
    assert (media["content"], media["url"]) == (VIDEO.model_dump(mode="json"), None)
    assert [file["name"] for file in media["files"]] == ["video.mp4", "thumb.png", "s.srt"]
    assert from_log == media


async def test_there_is_no_output_before_a_step_has_completed(api, record, project, story):
    await record(story("a").requested().asks("script").completes("script").asks("seo"))
    await project()

    for step in ("seo", "nope", "a.b", "x" * 500):
        answer = await api.get(f"{RUNS}/a/steps/{step}/output")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:yaa:problem:no-output")
        assert answer.json()["detail"].endswith("use one of script")


async def test_an_output_that_is_lost_or_unreadable_leaves_a_hole_and_no_error(
    api, connection, record, project, story
):
    ref = await NatsArtifacts(connection).put_artifact(SCRIPT)
    lost = ref.model_copy(update={"inline": None, "sha256": "0" * 64})
    odd = ref.model_copy(update={"kind": "Seo", "inline": {"not": "seo"}})
    told = story("a").requested().asks("script").completes("script", lost)
    await record(told.asks("seo").completes("seo", odd))
    await project()

    result = (await api.get(f"{RUNS}/a")).json()["result"]

    assert (result["script"], result["seo"]) == (None, None)


def cursor(content: str) -> str:
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


REFUSED = [
    (f"{RUNS}/nope", 404, "there is no run 'nope'"),
    (f"{RUNS}/a.b", 404, "there is no run 'a.b'"),
    (f"{RUNS}/%3E", 404, "there is no run '>'"),
    (f"{RUNS}/{'x' * 500}", 404, "…': the list of runs has their ids"),
    (f"{RUNS}/a%00b", 404, "there is no run"),
    (f"{RUNS}?status=done", 422, "status is 'done': use one of"),
    (f"{RUNS}?channel_id=No", 422, "channel_id is 'No': it must match"),
    (f"{RUNS}?limit=0", 422, "limit is '0': input should be greater than or equal to 1"),
    (f"{RUNS}?cursor=abc", 422, "the cursor is not one that this list gave"),
    (f"{RUNS}?cursor={cursor('approvals:[]')}", 422, "the cursor is not one"),
    (f"{RUNS}?cursor={cursor('runs:[]')}", 422, "the cursor is not one"),
    (f"{RUNS}?cursor={cursor('runs:["2026-01-01T00:00:00Z","a\\u0000"]')}", 422, "the cursor"),
    (f"{SUMMARY}?recent=51", 422, "recent is '51'"),
]


async def test_what_is_not_there_is_told_in_one_sentence(api, subtests):
    for path, status, sentence in REFUSED:
        with subtests.test(path):
            response = await api.get(path)

            assert response.status_code == status
            assert sentence in response.json()["detail"]
