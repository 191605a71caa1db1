"""The edit task renders a real video, a small one here."""

import asyncio
import json
import re
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from agentkit.testing import Bench, wait_until
from contracts.artifacts import BlobRef, Brief, Chapter, Media, Scene, Script, Seo, Video
from media.handler import agent
from media.settings import MediaSettings

BRIEF = Brief(topic="물", channel_id="demo", brand_name="데모")
SCENES = tuple(
    Scene(
        narration=f"{number}번 장면입니다.",
        on_screen_text=f"제목 {number}",
        image_prompt="a tree",
        target_s=1,
    )
    for number in (1, 2)
)
SCRIPT = Script(title="물", language="ko", hook="왜?", scenes=SCENES)
SEO = Seo(
    title="물은 왜\n위로 오를까",
    description="",
    tags=(),
    hashtags=(),
    chapters=(Chapter(start_s=0, title="처음"), Chapter(start_s=9, title="다음")),
    thumbnail_text="거꾸로 흐르는 물",
)
SECONDS = (1.0, 1.3)
TOTAL_S = 1.4 + 2.4


@pytest.fixture
def settings(tmp_path: Path) -> MediaSettings:
    return MediaSettings(
        calls_at_once=1,
        render_short_side=180,
        render_fps=10,
        work_dir=tmp_path / "work",
        min_free_bytes=0,
    )


@pytest.fixture
async def media(bench: Bench, settings: MediaSettings, draw, speak) -> Media:
    """What the media task made: a maroon scene and a navy one."""
    bench.models.will_answer(*map(draw, ("maroon", "navy")), *map(speak, SECONDS))
    outcome = await bench.run(agent, BRIEF, SCRIPT, task="media", settings=settings)
    return await bench.output(outcome, Media)


@pytest.fixture
async def video(bench: Bench, settings: MediaSettings, media: Media) -> Video:
    outcome = await bench.run(agent, BRIEF, SCRIPT, SEO, media, task="edit", settings=settings)
    return await bench.output(outcome, Video)


@pytest.fixture
def movie(bench: Bench, video: Video, tmp_path: Path) -> Path:
    return saved(bench, video.video, tmp_path / "movie.mp4")


def saved(bench: Bench, ref: BlobRef, path: Path) -> Path:
    path.write_bytes(bench.blobs.files[ref.sha256])
    return path


def said_by_ffmpeg(*arguments: str) -> str:
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", *arguments]
    return subprocess.run(command, capture_output=True, check=False).stderr.decode()  # noqa: S603


def still(movie: Path, at_s: float) -> Image.Image:
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-ss", str(at_s), "-i", str(movie)]
    command += ["-frames:v", "1", "-f", "image2pipe", "-c:v", "ppm", "-"]
    frame = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603
    return Image.open(BytesIO(frame))


def brightest(picture: Image.Image, top: float, bottom: float) -> int:
    """Return the brightest grey between two heights, given as shares of the picture."""
    width, height = picture.size
    box = (0, int(height * top), width, int(height * bottom))
    return int(picture.convert("L").crop(box).getextrema()[1])


def width_of_board(picture: Image.Image) -> int:
    """Return the width of what is white in the middle of a picture."""
    row = picture.convert("L").crop((0, 158, picture.width, 162)).point(lambda grey: grey > 128)
    left, _, right, _ = row.getbbox()
    return right - left


def test_the_video_is_h264_and_aac_of_the_right_size_and_length(
    movie: Path, video: Video, media: Media
) -> None:
    said = said_by_ffmpeg("-i", str(movie))

    assert re.search(r"Video: h264 .*yuv420p\(tv, bt709, progressive\), 180x320.* 10 fps", said)
    assert re.search(r"Audio: aac .*48000 Hz, stereo", said)
    assert "Duration: 00:00:03.80" in said
    assert "title           : 물은 왜위로 오를까" in said
    assert video.duration_s == media.duration_s == pytest.approx(TOTAL_S)
    assert (video.width, video.height) == (180, 320)


def test_the_video_starts_to_play_before_it_is_whole(movie: Path) -> None:
    content = movie.read_bytes()

    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_every_frame_is_there_once(movie: Path) -> None:
    said = said_by_ffmpeg("-i", str(movie), "-vf", "showinfo", "-f", "null", "-")

    times = [float(time) for time in re.findall(r"pts_time:([\d.]+)", said)]
    assert times == pytest.approx([frame / 10 for frame in range(38)])


def test_scenes_follow_each_other_with_a_cross_fade(movie: Path) -> None:
    first, between, second = (still(movie, at).getpixel((90, 150)) for at in (0.5, 1.4, 3.0))

    assert first[0] > 100
    assert first[2] < 40
    assert second[0] < 40
    assert second[2] > 100
    assert 30 < between[0] < first[0]
    assert 30 < between[2] < second[2]


def test_headline_and_subtitles_are_burnt_in_while_they_are_due(movie: Path) -> None:
    speaking, paused = still(movie, 0.9), still(movie, 3.7)

    assert brightest(speaking, 0.1, 0.25) > 220
    assert brightest(speaking, 0.7, 0.85) > 220
    assert brightest(speaking, 0.4, 0.6) < 100
    assert brightest(paused, 0.7, 0.85) < 100


async def test_the_picture_zooms_in_slowly(
    bench: Bench, settings: MediaSettings, speak, tmp_path: Path
) -> None:
    board = Image.new("RGB", (180, 320), "black")
    board.paste("white", (50, 140, 130, 180))
    board.save(tmp_path / "board.png")
    bench.models.will_answer((tmp_path / "board.png").read_bytes(), speak(3))
    script = SCRIPT.model_copy(update={"scenes": SCENES[:1]})
    first = await bench.run(agent, BRIEF, script, task="media", settings=settings)
    media = await bench.output(first, Media)

    outcome = await bench.run(agent, BRIEF, script, SEO, media, task="edit", settings=settings)

    made = await bench.output(outcome, Video)
    movie = saved(bench, made.video, tmp_path / "movie.mp4")
    widths = [width_of_board(still(movie, at)) for at in (0.1, 2.0, 3.9)]
    assert 80 <= widths[0] < widths[1] < widths[2] <= 80 / (1 - 0.18) + 1


def test_the_voice_is_brought_to_the_usual_loudness(movie: Path) -> None:
    said = said_by_ffmpeg("-i", str(movie), "-af", "loudnorm=print_format=json", "-f", "null", "-")

    heard = json.loads(said[said.rindex("{") : said.rindex("}") + 1])
    assert float(heard["input_i"]) == pytest.approx(-14, abs=1.5)
    assert float(heard["input_tp"]) < 0


def test_chapters_start_where_the_scenes_do(video: Video) -> None:
    assert video.chapters == (
        Chapter(start_s=0, title="처음"),
        Chapter(start_s=1.4, title="다음"),
    )


async def test_chapters_that_do_not_fit_give_way_to_the_headlines(
    bench: Bench, settings: MediaSettings, media: Media
) -> None:
    seo = SEO.model_copy(update={"chapters": SEO.chapters[:1]})

    outcome = await bench.run(agent, BRIEF, SCRIPT, seo, media, task="edit", settings=settings)

    made = await bench.output(outcome, Video)
    assert [chapter.title for chapter in made.chapters] == ["제목 1", "제목 2"]


def test_a_thumbnail_comes_along_and_the_subtitles_are_passed_on(
    bench: Bench, video: Video, media: Media, tmp_path: Path
) -> None:
    with Image.open(saved(bench, video.thumbnail, tmp_path / "thumbnail.jpg")) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (180, 320))
    assert video.subtitles == media.subtitles


def test_progress_is_live_and_ends_whole(bench: Bench, video: Video) -> None:
    shown = [event for event in bench.live.events if event.type == "live.progress"]

    assert shown[-1].fraction == 1
    assert shown[-1].note == "rendered 4 of 4 s"
    assert video.duration_s > 0


def test_nothing_is_left_in_the_work_folder(settings: MediaSettings, video: Video) -> None:
    assert video.video.size_bytes > 0
    assert list(settings.work_dir.iterdir()) == []


async def test_a_wide_video_of_silence_is_rendered_too(
    bench: Bench, settings: MediaSettings, draw, speak
) -> None:
    brief = BRIEF.model_copy(update={"aspect": "16:9"})
    script = SCRIPT.model_copy(update={"scenes": SCENES[:1]})
    bench.models.will_answer(draw(), speak(1, loudness=0))
    first = await bench.run(agent, brief, script, task="media", settings=settings)
    media = await bench.output(first, Media)

    outcome = await bench.run(agent, brief, script, SEO, media, task="edit", settings=settings)

    made = await bench.output(outcome, Video)
    assert (made.width, made.height) == (320, 180)


async def test_a_disk_without_room_fails_the_step_in_one_sentence(
    bench: Bench, settings: MediaSettings, media: Media
) -> None:
    settings = settings.model_copy(update={"min_free_bytes": 10**18})

    outcome = await bench.run(agent, BRIEF, SCRIPT, SEO, media, task="edit", settings=settings)

    assert outcome.type == "step.failed"
    assert outcome.error.error == "DiskFullError"
    assert outcome.error.retryable
    assert str(settings.work_dir) in outcome.error.message


@pytest.mark.parametrize("bytes_allowed", [50_000, 2_000_000])
async def test_a_disk_that_fills_up_meanwhile_is_told_the_same_way(
    bench: Bench, settings: MediaSettings, draw, speak, bytes_allowed: int
) -> None:
    settings = settings.model_copy(update={"render_crf": 0, "render_short_side": 360})
    script = SCRIPT.model_copy(update={"scenes": SCENES[:1]})
    bench.models.will_answer(draw("noise", (360, 640)), speak(1))
    first = await bench.run(agent, BRIEF, script, task="media", settings=settings)
    media = await bench.output(first, Media)

    with files_of_at_most(bytes_allowed):
        outcome = await bench.run(agent, BRIEF, script, SEO, media, task="edit", settings=settings)

    assert outcome.type == "step.failed"
    assert outcome.error.error == "DiskFullError"
    assert "bytes are free" in outcome.error.message
    assert "YAA_WORK_DIR" in outcome.error.message
    assert list(settings.work_dir.iterdir()) == []


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_an_unreadable_picture_is_refused_and_names_the_scene(
    bench: Bench, settings: MediaSettings, media: Media
) -> None:
    broken = await bench.blobs.put(b"no picture", media_type="image/png", name="i.png")
    scene = media.scenes[1].model_copy(update={"image": broken})
    media = media.model_copy(update={"scenes": (media.scenes[0], scene)})

    outcome = await bench.run(agent, BRIEF, SCRIPT, SEO, media, task="edit", settings=settings)

    assert outcome.type == "step.failed"
    assert not outcome.error.retryable
    assert "picture of scene 2 cannot be read" in outcome.error.message


async def test_media_of_another_script_are_refused(
    bench: Bench, settings: MediaSettings, media: Media
) -> None:
    script = SCRIPT.model_copy(update={"scenes": SCENES[:1]})

    outcome = await bench.run(agent, BRIEF, script, SEO, media, task="edit", settings=settings)

    assert outcome.type == "step.failed"
    assert "1 scenes but pictures and narrations were made for 2" in outcome.error.message


async def test_a_cancelled_step_leaves_no_process_and_no_file(
    bench: Bench, settings: MediaSettings, media: Media
) -> None:
    settings = settings.model_copy(update={"render_short_side": 1080, "render_preset": "medium"})
    running = asyncio.create_task(
        bench.run(agent, BRIEF, SCRIPT, SEO, media, task="edit", settings=settings)
    )
    await wait_until(lambda: any(settings.work_dir.glob("*/piece-*")))
    folder = next(settings.work_dir.iterdir())

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert processes_in(folder) == []
    assert list(settings.work_dir.iterdir()) == []


def processes_in(folder: Path) -> list[str]:
    found = list[str]()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found.append(process.name)
    return found
