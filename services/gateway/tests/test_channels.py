"""Channels, by HTTP, under both addresses."""

import pytest

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
