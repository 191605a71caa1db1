"""Subtitles say what is said when it is said; the styled ones also show headlines."""

from pysubs2 import SSAFile

from contracts.artifacts import Scene
from media.subtitles import subtitles_of
from media.timeline import plan

SCENES = (
    Scene(
        narration="물이 나무 꼭대기까지 어떻게 올라갈까요? 펌프도 없는데 말이죠.",
        on_screen_text="물은 왜 위로 오를까? 🌿",
        image_prompt="a tree",
        target_s=4,
    ),
    Scene(
        narration=r"비밀은 {잎}에 \N 있습니다.",
        on_screen_text="",
        image_prompt="a leaf",
        target_s=3,
    ),
)
TIMELINE = plan([4000, 3000])


def read(text: str) -> SSAFile:
    return SSAFile.from_string(text)


def of_style(file: SSAFile, style: str) -> list[str]:
    return [event.plaintext for event in file if event.style == style]


def test_plain_subtitles_are_timed_by_the_speech_and_hold_nothing_else() -> None:
    written = subtitles_of(SCENES, TIMELINE, "9:16", simulated=True)

    events = list(read(written.plain))
    first, second = TIMELINE.slots
    assert (events[0].start, events[-1].end) == (first.speech_start_ms, second.speech_end_ms)
    assert "".join(event.plaintext for event in events[:-1]).replace("\n", " ").count("?") == 1
    assert "simulated" not in written.plain
    assert "오를까" not in written.plain


def test_styled_subtitles_hold_speech_and_headlines_in_the_shipped_font() -> None:
    written = read(subtitles_of(SCENES, TIMELINE, "9:16", simulated=False).styled)

    assert of_style(written, "Headline") == ["물은 왜 위로 오를까?"]
    assert len(of_style(written, "Speech")) >= 3
    assert of_style(written, "Label") == []
    assert {style.fontname for style in written.styles.values()} == {"Pretendard"}
    assert (written.info["PlayResX"], written.info["PlayResY"]) == ("1080", "1920")


def test_what_the_simulator_made_is_labelled_from_beginning_to_end() -> None:
    written = read(subtitles_of(SCENES, TIMELINE, "16:9", simulated=True).styled)

    label = next(event for event in written if event.style == "Label")
    assert label.plaintext == "simulated"
    assert (label.start, label.end) == (0, TIMELINE.total_ms)
    assert (written.info["PlayResX"], written.info["PlayResY"]) == ("1920", "1080")


def test_a_narration_cannot_smuggle_in_styling_commands() -> None:
    written = read(subtitles_of(SCENES, TIMELINE, "9:16", simulated=False).styled)

    last = of_style(written, "Speech")[-1]
    assert "잎" in last
    assert "{" not in last
    assert "\\" not in last


def test_an_endless_headline_is_cut_short() -> None:
    scene = SCENES[0].model_copy(update={"on_screen_text": "아주 긴 제목 " * 30})

    written = read(subtitles_of((scene,), plan([4000]), "9:16", simulated=False).styled)

    headline = of_style(written, "Headline")[0]
    assert headline.endswith("…")
    assert headline.count("\n") == 1
