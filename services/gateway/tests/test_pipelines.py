"""The pipelines that are installed, by HTTP."""

import pytest

PIPELINES = "/api/v1/pipelines"

WIDE = """
pipeline: wide
description: Asks and fans out.
deadline_s: 900
steps:
  - {step: script, agent: writer}
  - step: media
    agent: media
    task: draw
    needs: [script]
    for_each: script.scenes
    timeout_s: 90
    retry: {max_attempts: 5}
  - {step: publish, agent: media, needs: [media], when: brief.review, approval: {revise: script}}
"""


async def test_every_pipeline_is_listed_with_its_steps(api, tmp_path):
    (tmp_path / "wide.yaml").write_text(WIDE)

    video, wide = (await api.get(PIPELINES)).json()

    assert (video["pipeline"], video["error"], video["asks_a_person"]) == ("video", "", False)
    assert (video["description"], video["deadline_s"]) == ("", None)
    assert wide == (await api.get(f"{PIPELINES}/wide")).json()
    assert (wide["description"], wide["deadline_s"]) == ("Asks and fans out.", 900)
    assert wide["asks_a_person"]
    script, media, publish = wide["steps"]
    assert (script["task"], script["needs"], script["when"]) == ("script", [], None)
    assert (media["agent"], media["task"], media["needs"]) == ("media", "draw", ["script"])
    assert (media["for_each"], media["timeout_s"]) == ("script.scenes", 90)
    assert (media["retry"]["max_attempts"], media["retry"]["initial_s"]) == (5, 2)
    assert (publish["when"], publish["approval"]["revise"]) == ("brief.review", "script")


BAD = {
    "cut": "pipeline: cut\nsteps: [",
    "other": "pipeline: else\nsteps: [{step: a, agent: b}]",
    "bytes": b"\xff\xfe\x00",
    "odd\udcff name": "pipeline: odd\nsteps: []",
}


async def test_a_file_that_is_no_pipeline_says_why_and_hides_no_other(api, tmp_path, subtests):
    for name, content in BAD.items():
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / f"{name}.yaml").write_bytes(data)
    (tmp_path / "folder.yaml").mkdir()

    listed = {each["pipeline"]: each for each in (await api.get(PIPELINES)).json()}
    one = await api.get(f"{PIPELINES}/other")

    assert listed["video"]["error"] == ""
    assert listed.keys() == {"bytes", "cut", "folder", "odd? name", "other", "video"}
    for name in listed.keys() - {"video"}:
        with subtests.test(name):
            assert (listed[name]["steps"], bool(listed[name]["error"])) == ([], True)
    assert (one.status_code, one.json()["detail"]) == (422, listed["other"]["error"])


@pytest.mark.parametrize("name", ["nope", "..%2fvideo", "a%00b", "Video", "x" * 300])
async def test_a_pipeline_that_is_not_there_is_unknown(api, name):
    answer = await api.get(f"{PIPELINES}/{name}")

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("there is no" if name[0] != "." else "there is")


async def test_a_pipeline_is_told_as_its_file_is_now(api, tmp_path):
    before = await api.get(f"{PIPELINES}/wide")
    (tmp_path / "wide.yaml").write_text(WIDE)
    there = (await api.get(f"{PIPELINES}/wide")).json()
    (tmp_path / "wide.yaml").unlink()

    assert before.status_code == 404
    assert len(there["steps"]) == 3
    assert [each["pipeline"] for each in (await api.get(PIPELINES)).json()] == ["video"]
