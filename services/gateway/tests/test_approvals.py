"""What runs ask people: shown and listed, by HTTP."""

from base64 import urlsafe_b64encode

import pytest

from .question import BLOB, DIGEST, asking, order
from .story import ref_to

ALL = "/api/v1/approvals"
ONE = f"{ALL}/a/publish"


@pytest.fixture
async def asked(record):
    await record(asking())


@pytest.mark.usefixtures("asked")
async def test_a_question_is_shown_with_all_that_is_decided_on(api):
    shown = (await api.get(ONE)).json()

    told = {
        "run_id": "a",
        "topic": "조수",
        "requested_by": "bob",
        "simulated": True,
        "step": "publish",
        "round": 1,
        "digest": DIGEST,
        "status": "waiting",
        "agent": "publisher",
        "dry_run": False,
        "expected_cost_usd": 0.0015,
        "cost_usd": 0.0,
        "revise": "script",
        "on_expiry": "reject",
    }
    assert shown | told == shown
    assert shown["shown"]["seo"]["content"]["title"] == "조수의 비밀"
    assert [file["name"] for file in shown["shown"]["edit"]["files"]] == [
        "video.mp4",
        "thumbnail.png",
        "de.srt",
    ]
    assert shown["result"]["seo"]["title"] == "조수의 비밀"
    assert f"/{BLOB.sha256}?name=video.mp4&expires=" in shown["result"]["video_url"]
    assert [(each["round"], each["status"]) for each in shown["rounds"]] == [(1, "waiting")]


async def test_an_earlier_round_is_shown_as_it_was_asked(api, record):
    told = asking().decides("revise", "publish", comment="shorter").asks("script", 2)
    await record(told.completes("script", attempt=2).asks_a_person("publish", 2))

    first = (await api.get(ONE, params={"round": 1})).json()
    newest = (await api.get(ONE)).json()
    unasked = await api.get(ONE, params={"round": 3})

    assert (first["round"], first["digest"], first["status"]) == (1, DIGEST, "revised")
    assert first["comment"] == "shorter"
    assert first["shown"].keys() == {"brief", "seo", "edit"}
    assert [each["round"] for each in first["rounds"]] == [1, 2]
    assert (newest["round"], newest["status"]) == (2, "waiting")
    assert newest["shown"].keys() == {"brief"}
    assert unasked.status_code == 404
    assert "has no round 3 of step 'publish': the last one is 2" in unasked.json()["detail"]


async def test_what_is_large_or_lost_is_shown_by_its_address(api, record):
    large = ref_to({"text": "x" * 300_000}, "Script")
    lost = ref_to({}, "Seo").model_copy(update={"inline": None})
    await record(asking(shown={"script": large, "seo": lost}))

    shown = (await api.get(ONE)).json()["shown"]

    assert shown["script"]["content"] is None
    assert shown["seo"]["content"] is None
    assert f"/{lost.sha256}?name=Seo.json&expires=" in shown["seo"]["url"]


@pytest.mark.usefixtures("asked")
async def test_a_run_tells_what_it_asks_before_the_projector_has_come_to_it(api):
    (item,) = (await api.get(f"{ALL}/a")).json()["items"]

    assert (item["run_id"], item["step"], item["digest"]) == ("a", "publish", DIGEST)
    assert (await api.get(f"{ALL}/nope")).status_code == 404
    await api.post(f"{ONE}/decision", json=order())
    assert (await api.get(f"{ALL}/a")).json()["items"] == []


@pytest.fixture
async def many(record, project, pool):
    """Six questions on two channels; three are answered and one ended with its run."""
    await pool.execute("INSERT INTO gateway.channels VALUES ('sea', 'Sea', 'ko', '')")
    await record(
        asking("a"),
        asking("b", "sea"),
        asking("c").decides("approve", "publish"),
        asking("d").is_cancelled(),
        asking("e", "sea").decides("reject", "publish"),
        asking("f").decides("reject", "publish"),
    )
    await project()


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("query", "runs"),
    [
        ({}, "fedcba"),
        ({"status": "waiting"}, "ba"),
        ({"status": "decided"}, "fedc"),
        ({"status": "approved"}, "c"),
        ({"status": "rejected"}, "fe"),
        ({"status": "rejected", "channel_id": "sea"}, "e"),
        ({"status": "cancelled"}, "d"),
        ({"status": "expired"}, ""),
        ({"status": "waiting", "channel_id": "sea"}, "b"),
        ({"status": "", "channel_id": ""}, "fedcba"),
    ],
)
async def test_questions_are_listed_newest_first(api, query, runs):
    items = (await api.get(ALL, params=query)).json()["items"]

    assert "".join(item["run_id"] for item in items) == runs
    assert all(item["topic"] == "조수" for item in items)
    assert all(item["expected_cost_usd"] == 0.0015 and item["simulated"] for item in items)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(("query", "runs"), [({}, "fedcba"), ({"status": "rejected"}, "fe")])
async def test_a_page_ends_where_the_next_begins(api, query, runs):
    seen, cursor = list[str](), ""
    while cursor is not None:
        page = (await api.get(ALL, params={**query, "limit": 1, "cursor": cursor})).json()
        seen.append("".join(item["run_id"] for item in page["items"]))
        cursor = page["next_cursor"]

    assert seen == list(runs)


def opaque(place: str) -> str:
    return urlsafe_b64encode(f"approvals:{place}".encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "YXBwcm92YWxzOltd",
        "cnVuczpbXQ",
        "~~~",
        "é",
        opaque('["2026-01-01T00:00:00Z","a.b","c",1]'),
        opaque('["2026-01-01T00:00:00Z","a","b\0c",1]'),
        opaque('["2026-01-01T00:00:00Z","a","b",9999999999]'),
        opaque('["0001-01-01T00:00:00+23:59","a","b",1]'),
    ],
)
async def test_a_cursor_that_is_none_is_refused(api, cursor):
    response = await api.get(ALL, params={"cursor": cursor})

    assert response.status_code == 422
    assert "the cursor is not one that this list gave" in response.json()["detail"]
