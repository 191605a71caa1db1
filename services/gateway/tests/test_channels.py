"""Channels, by HTTP, under both addresses."""

import pytest

from gateway.channels import KnownChannels

MINE = {"channel_id": "mine", "name": " 과학 ", "language": "ko", "brand_guide": "tone: calm\n"}


async def test_there_is_a_channel_to_begin_with(api):
    [demo] = (await api.get("/api/v1/channels")).json()

    assert demo["channel_id"] == "demo"
    assert demo["brand_guide"].startswith("audience: ")


@pytest.mark.parametrize("path", ["/channels", "/api/v1/channels"])
async def test_a_channel_that_was_created_is_listed(api, path):
    created = await api.post(path, json=MINE)
    listed = (await api.get(path)).json()

    assert created.status_code == 201
    assert created.json()["name"] == "과학"
    assert created.headers["location"] == "/api/v1/channels/mine"
    assert listed[1] == created.json()


async def test_a_channel_exists_once(api):
    await api.post("/channels", json=MINE)

    response = await api.post("/channels", json=MINE | {"name": "another"})

    assert response.status_code == 409
    assert "channel 'mine'" in response.json()["detail"]
    assert [each["name"] for each in (await api.get("/channels")).json()] == ["Demo", "과학"]


async def test_a_channel_that_cannot_be_is_refused_in_one_sentence(api, subtests):
    refused = [
        ({"channel_id": "../etc"}, "channel_id is '../etc': it must match"),
        ({"name": "\x07"}, "name has the control character U+0007"),
        ({"name": ""}, "name is '': string should have at least 1 character"),
        ({"name": "   "}, "name is empty"),
        ({"language": "Korean"}, "language is 'Korean'"),
        ({"brand_guide": "a: 1\nb: [\n"}, "brand_guide is no YAML in line 3"),
        ({"brand_guide": "when: 2026-13-99\n"}, "brand_guide is no YAML"),
        ({"brand_guide": "x" * 20_001}, "brand_guide is"),
        ({"colour": "red"}, "colour is nothing this address knows"),
    ]

    for change, sentence in refused:
        with subtests.test(sentence):
            response = await api.post("/channels", json=MINE | change)

            assert response.status_code == 422
            assert sentence in response.json()["detail"]
            assert len(response.json()["detail"]) < 300


async def test_a_brand_guide_that_grows_without_end_is_refused(api):
    guide = "a0: &a0 {k: v}\n" + "".join(
        f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )

    response = await api.post("/channels", json=MINE | {"brand_guide": guide})
    merged = "a: &a {tone: calm}\nb: {<<: *a, pace: slow}\n"
    usual = await api.post("/channels", json=MINE | {"brand_guide": merged})

    assert response.status_code == 422
    assert "more than 1000 entries at one place" in response.json()["detail"]
    assert usual.status_code == 201


async def test_a_channel_is_changed_in_what_is_sent_alone(api):
    await api.post("/channels", json=MINE)

    changed = await api.patch("/channels/mine", json={"name": "우주", "language": "en"})
    same = await api.patch("/api/v1/channels/mine", json={"brand_guide": None})
    emptied = await api.patch("/api/v1/channels/mine", json={"brand_guide": ""})

    assert changed.status_code == 200
    assert (
        changed.json()
        == same.json()
        == (await api.get("/channels/mine")).json() | {"brand_guide": "tone: calm\n"}
    )
    assert (changed.json()["name"], changed.json()["language"]) == ("우주", "en")
    assert emptied.json()["brand_guide"] == ""


async def test_a_change_that_cannot_be_is_refused_in_one_sentence(api, subtests):
    refused = [
        ({"channel_id": "yours"}, "channel_id is nothing this address knows"),
        ({"name": " "}, "name is empty"),
        ({"brand_guide": "a: 1\nb: [\n"}, "brand_guide is no YAML in line 3"),
    ]

    for change, sentence in refused:
        with subtests.test(sentence):
            response = await api.patch("/channels/demo", json=change)

            assert response.status_code == 422
            assert sentence in response.json()["detail"]


@pytest.mark.parametrize("channel_id", ["nope", "No", "%00", "x" * 99])
async def test_a_channel_that_is_not_there_is_named(api, channel_id):
    path = f"/api/v1/channels/{channel_id}"

    answers = [await api.get(path), await api.patch(path, json={}), await api.delete(path)]

    for answer in answers:
        assert answer.status_code == 404
        assert "there is no channel" in answer.json()["detail"]


async def test_a_channel_that_is_needed_stays(api, record, project, story, agents):
    assert agents is None
    schedule = {"id": "daily", "cron": "0 9 * * *", "order": {"topic": "t", "channel_id": "mine"}}
    await api.post("/channels", json=MINE)
    await api.post("/api/v1/schedules", json=schedule)

    scheduled = await api.delete("/channels/mine")
    await api.delete("/api/v1/schedules/daily")
    await record(story("a", "mine").requested().asks("script"))
    await project()
    at_work = await api.delete("/api/v1/channels/mine")

    assert (scheduled.status_code, at_work.status_code) == (409, 409)
    assert "schedule 'daily' makes runs of channel 'mine'" in scheduled.json()["detail"]
    assert "run a of channel 'mine' has not ended" in at_work.json()["detail"]
    assert (await api.get("/channels/mine")).status_code == 200


async def test_the_runs_of_a_channel_that_was_removed_keep_it(api, record, project, story):
    await api.post("/channels", json=MINE)
    await record(story("a", "mine").whole())
    await project()

    removed = await api.delete("/channels/mine")
    gone = await api.get("/channels/mine")
    run = (await api.get("/api/v1/pipeline/runs/a")).json()
    runs = (await api.get("/api/v1/pipeline/runs?channel_id=mine")).json()["items"]
    order = await api.post("/api/v1/pipeline/run", json={"topic": "t", "channel_id": "mine"})

    assert (removed.status_code, removed.content, gone.status_code) == (204, b"", 404)
    assert (run["channel_id"], run["brand_name"]) == ("mine", "Demo")
    assert [each["run_id"] for each in runs] == ["a"]
    assert order.status_code == 404


async def test_a_channel_that_somebody_has_changed_is_taken_as_it_is_now(pool):
    known = KnownChannels()
    missing = await known.find(pool, "mine")
    await pool.execute("INSERT INTO gateway.channels VALUES ('mine', 'old', 'ko', '')")
    before = await known.find(pool, "mine")

    await pool.execute("UPDATE gateway.channels SET name = 'new' WHERE channel_id = 'mine'")
    known.forget("mine")
    after = await known.find(pool, "mine")

    assert missing is None
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == ("old", "new")
