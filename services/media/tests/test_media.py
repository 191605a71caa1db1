"""The media task: a picture and a narration for each scene, subtitles that fit them."""

import pytest

from agentkit import StepRejectedError
from agentkit.providers.base import ImageRequest, SpeechRequest
from agentkit.testing import Bench
from contracts.artifacts import Brief, Media, Scene, Script
from media.handler import agent
from media.settings import MediaSettings

BRIEF = Brief(topic="물은 왜 위로 오를까", channel_id="demo", brand_name="데모")
SCENES = tuple(
    Scene(
        narration=f"{number}번 장면입니다. 물이 위로 올라갑니다.",
        on_screen_text=f"장면 {number}",
        image_prompt=f"tree number {number}",
        target_s=3,
    )
    for number in (1, 2, 3)
)
SCRIPT = Script(title="물", language="ko", hook="왜?", scenes=SCENES)


def script_with(**change: str) -> Script:
    broken = SCENES[1].model_copy(update=change)
    return SCRIPT.model_copy(update={"scenes": (SCENES[0], broken, SCENES[2])})


async def test_each_scene_gets_a_picture_and_a_narration(bench: Bench, draw, speak) -> None:
    bench.models.will_answer(*(draw() for _ in SCENES), *(speak(1.5) for _ in SCENES))

    outcome = await bench.run(agent, BRIEF, SCRIPT, task="media")

    made = await bench.output(outcome, Media)
    assert [scene.duration_s for scene in made.scenes] == [1.5, 1.5, 1.5]
    assert all(bench.blobs.files[scene.image.sha256] == draw() for scene in made.scenes)
    images = [each for each in bench.models.requests if isinstance(each, ImageRequest)]
    speeches = [each for each in bench.models.requests if isinstance(each, SpeechRequest)]
    assert {each.prompt for each in images} == {scene.image_prompt for scene in SCENES}
    assert {(each.width, each.height) for each in images} == {(1080, 1920)}
    assert {each.text for each in speeches} == {scene.narration for scene in SCENES}
    assert {each.language for each in speeches} == {"ko"}


async def test_scenes_keep_their_own_files(bench: Bench, draw, speak) -> None:
    bench.models.will_answer(*map(draw, ("red", "green", "blue")), *map(speak, (1, 2, 3)))

    outcome = await bench.run(
        agent, BRIEF, SCRIPT, task="media", settings=MediaSettings(calls_at_once=1)
    )

    made = await bench.output(outcome, Media)
    assert [scene.duration_s for scene in made.scenes] == [1, 2, 3]
    pictures = [bench.blobs.files[scene.image.sha256] for scene in made.scenes]
    assert pictures == [draw("red"), draw("green"), draw("blue")]


async def test_subtitles_are_timed_from_the_recordings(bench: Bench, draw, speak) -> None:
    bench.models.will_answer(*(draw() for _ in SCENES), *(speak(2.0) for _ in SCENES))

    outcome = await bench.run(agent, BRIEF, SCRIPT, task="media")

    made = await bench.output(outcome, Media)
    plain = bench.blobs.files[made.subtitles.sha256].decode()
    styled = bench.blobs.files[made.styled_subtitles.sha256].decode()
    assert plain.startswith("1\n00:00:00,200 --> ")
    assert "1번 장면입니다." in plain
    assert "장면 3" in styled
    assert made.duration_s == pytest.approx(3 * 2.4 + 0.6)
    assert (made.subtitles.name, made.styled_subtitles.name) == ("subtitles.srt", "subtitles.ass")


async def test_progress_counts_pictures_and_narrations(bench: Bench, draw, speak) -> None:
    bench.models.will_answer(*(draw() for _ in SCENES), *(speak(1) for _ in SCENES))

    await bench.run(agent, BRIEF, SCRIPT, task="media")

    notes = [event.note for event in bench.live.events if event.type == "live.progress"]
    assert notes[-1] == "6 of 6 pictures and narrations"


async def test_a_refused_picture_names_the_scene_and_what_to_do(bench: Bench, draw, speak) -> None:
    refusal = StepRejectedError("the model refused the prompt")
    bench.models.will_answer(draw(), speak(1), refusal)

    outcome = await bench.run(
        agent, BRIEF, SCRIPT, task="media", settings=MediaSettings(calls_at_once=1)
    )

    assert outcome.type == "step.failed"
    assert not outcome.error.retryable
    assert "picture of scene 2" in outcome.error.message
    assert "the model refused the prompt" in outcome.error.message
    assert "new run" in outcome.error.message


@pytest.mark.parametrize("field", ["narration", "image_prompt"])
async def test_an_empty_scene_is_refused_before_anything_is_paid(bench: Bench, field: str) -> None:
    outcome = await bench.run(agent, BRIEF, script_with(**{field: " "}), task="media")

    assert outcome.type == "step.failed"
    assert not outcome.error.retryable
    assert f"scene 2 of '물' has no {field}" in outcome.error.message
    assert bench.models.requests == []


async def test_an_unreadable_recording_is_refused_and_names_the_scene(bench: Bench, draw) -> None:
    bench.models.will_answer(*(draw() for _ in SCENES), *(b"RIFFnonsense" for _ in SCENES))

    outcome = await bench.run(agent, BRIEF, SCRIPT, task="media")

    assert outcome.type == "step.failed"
    assert "narration of scene 1" in outcome.error.message


async def test_a_retry_buys_only_what_is_missing(bench: Bench, draw, speak) -> None:
    bench.models.will_answer(
        *map(draw, ("red", "green")), *map(speak, (1, 2)), ConnectionError("gone")
    )
    settings = MediaSettings(calls_at_once=1)
    first = await bench.run(agent, BRIEF, SCRIPT, task="media", settings=settings)
    bench.models.will_answer(draw("blue"), speak(3))

    second = await bench.run(agent, BRIEF, SCRIPT, task="media", attempt=2, settings=settings)

    assert first.type == "step.failed"
    assert first.error.retryable
    made = await bench.output(second, Media)
    assert [scene.duration_s for scene in made.scenes] == [1, 2, 3]
    assert len(bench.models.requests) == 7


def test_the_card_says_what_a_video_will_buy() -> None:
    card = agent.card(MediaSettings().models, simulated=True)

    tasks = {task.task: task for task in card.tasks}
    assert {call.capability for call in tasks["media"].calls} == {"image", "speech"}
    assert tasks["edit"].calls == ()
    assert tasks["edit"].output == "Video"
