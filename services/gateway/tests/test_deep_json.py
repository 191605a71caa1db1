"""JSON of many levels, which some parsers read and others do not, holds up nobody else's run."""

import orjson
import pytest

from contracts import subjects

from .browser import append_all

RUNS = "/api/v1/pipeline/runs"
JSON = {"Content-Type": "application/json"}


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


async def all_can_be_seen(api) -> set[str]:
    listed = {each["run_id"] for each in (await api.get(RUNS)).json()["items"]}
    for run_id in listed:
        assert (await api.get(f"{RUNS}/{run_id}")).status_code == 200
    return listed


@pytest.mark.parametrize("levels", [90, 200, 250])
async def test_an_edit_of_many_levels_stops_no_projection(api, record, story, project, levels):
    told = story("a").requested().asks("script").completes("script").asks("seo").completes("seo")
    await record(told.ends_badly(told.error("media", 1)), story("b").requested())
    body = b'{"from_step": "media", "edits": {"script": {"of": ' + nested(levels) + b"}}}"

    response = await api.post(f"{RUNS}/a/rerun", content=body, headers=JSON)
    await project()
    for run_id in ("b", response.json().get("run_id", "b")):
        assert (await api.post(f"{RUNS}/{run_id}/pause")).status_code == 202
    await project()

    assert response.status_code == (202 if levels < 100 else 400)
    assert await all_can_be_seen(api) >= {"a", "b"}


@pytest.mark.parametrize("levels", [90, 220, 300])
async def test_an_outcome_of_many_levels_stops_no_projection(
    api, connection, story, project, levels
):
    js, told = connection.jetstream(), story("a").requested().asks("script")
    await append_all(js, [*told.events, *story("b").requested().events])
    outcome = told.completes("script").events[-1].model_dump(mode="json")
    outcome["output"]["inline"] = {"of": "deep"}
    payload = orjson.dumps(outcome).replace(b'"deep"', nested(levels))

    await js.publish(subjects.outcome_of("a", "script", 1, "writer"), payload)
    await project()
    for run_id in ("a", "b"):
        assert (await api.post(f"{RUNS}/{run_id}/pause")).status_code == 202
    await project()

    assert await all_can_be_seen(api) == {"a", "b"}
