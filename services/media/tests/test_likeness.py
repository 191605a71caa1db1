"""What makes the renderer fast changes nothing that can be seen, and nothing that players need."""

import re
import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from contracts.artifacts import Scene
from media import commands, filters, pictures
from media.filters import Format
from media.render import Footage, lay_out, render
from media.settings import MediaSettings
from media.subtitles import subtitles_of
from media.timeline import Piece, Span, Timeline, frames, plan

from .reference import graph_of, likeness

SETTINGS = MediaSettings(render_short_side=360, render_fps=10)
FORM = Format(360, 640, 10)
TIMELINE = plan([1000, 5300])
MIN_LIKENESS = 0.97
AAC_FRAME_S = 1024 / 48_000


@pytest.fixture
def footage(tmp_path: Path, speak) -> Footage:
    """Two scenes full of detail and colour, the second one in two pieces."""
    return footage_in(tmp_path / "one", speak, "물이 나무를 오르는 비밀")


@pytest.fixture
async def video(footage: Footage) -> Path:
    async def unheard(_: float) -> None: ...

    return await render(footage, SETTINGS, unheard)


def footage_in(folder: Path, speak, headline: str) -> Footage:
    folder.mkdir()
    scenes = [
        Scene(
            narration="비밀은 {잎}에 있습니다. 잎에서 물이 증발하면 그 자리를 채웁니다.",
            on_screen_text=headline,
            image_prompt="a tree",
            target_s=3,
        )
        for _ in TIMELINE.slots
    ]
    for number, slot in enumerate(TIMELINE.slots):
        detailed(number).save(folder / f"given-{number}.png")
        fitted = folder / f"picture-{number}.bmp"
        pictures.fit(folder / f"given-{number}.png", fitted, (360, 640), scene=number)
        spoken_s = (slot.speech_end_ms - slot.speech_start_ms) / 1000
        (folder / f"narration-{number}.wav").write_bytes(speak(spoken_s))
    return Footage(
        folder=folder,
        pictures=["picture-0.bmp", "picture-1.bmp"],
        recordings=["narration-0.wav", "narration-1.wav"],
        styled_subtitles=subtitles_of(scenes, TIMELINE, "9:16", simulated=True).styled,
        timeline=TIMELINE,
        size=(360, 640),
        title="물",
    )


def detailed(seed: int) -> Image.Image:
    """Return fine stripes and large spots of every colour."""
    gradient, round_one = Image.linear_gradient("L"), Image.radial_gradient("L")
    stripes = gradient.resize((8, 8)).resize((256, 256), Image.Resampling.NEAREST)
    bands = [gradient.rotate(90), round_one, stripes]
    bands = bands[seed:] + bands[:seed]
    return Image.merge("RGB", bands).resize((540, 960), Image.Resampling.BICUBIC)


def said_by_ffmpeg(folder: Path, *arguments: str) -> str:
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True).stderr.decode()  # noqa: S603


def brightness(footage: Footage, graph: str, count: int) -> str:
    """Return a digest of the luma of each frame."""
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-i", footage.pictures[0]]
    command += ["-filter_complex", f"{graph};[x]extractplanes=y[y]", "-map", "[y]"]
    command += ["-frames:v", str(count), "-f", "framehash", "-"]
    done = subprocess.run(command, cwd=footage.folder, capture_output=True, check=True)  # noqa: S603
    return done.stdout.decode()


async def test_a_video_looks_like_its_reference_and_not_like_another(
    footage: Footage, video: Path, speak, tmp_path: Path
) -> None:
    other = footage_in(tmp_path / "other", speak, "전혀 다른 이야기 하나")
    lay_out(other)

    same = likeness(footage.folder, video, TIMELINE, footage.pictures, FORM)
    assert same >= MIN_LIKENESS
    assert likeness(other.folder, video, TIMELINE, other.pictures, FORM) < same - 0.005


def test_the_zoom_is_as_smooth_as_at_full_chroma(footage: Footage) -> None:
    lay_out(footage)
    piece = TIMELINE.pieces()[-1]
    names = {"subtitles": commands.SUBTITLES, "fonts": commands.FONTS}
    count = frames(piece.span.length_ms, FORM.fps)

    made = filters.picture(piece, TIMELINE, FORM, **names).replace("[v]", "[x]")
    wanted = graph_of(piece, TIMELINE, FORM).replace("[reference]", "[x]")

    hashes = brightness(footage, made, count)
    assert len(set(re.findall(r"[0-9a-f]{64}", hashes))) > 1
    assert hashes == brightness(footage, wanted, count)


@pytest.mark.parametrize("start_ms", [5800, 8200, 10600])
def test_a_piece_counts_its_frames_wherever_it_starts(footage: Footage, start_ms: int) -> None:
    lay_out(footage)
    piece = Piece(0, Span(start_ms, start_ms + 800), fades=False)
    names = {"subtitles": commands.SUBTITLES, "fonts": commands.FONTS}

    graph = filters.picture(piece, plan([20_000]), FORM, **names).replace("[v]", "[x]")

    times = re.findall(r"^0, +(\d+),", brightness(footage, graph, 8), re.MULTILINE)
    assert times == [str(frame) for frame in range(8)]


def test_sound_and_picture_are_equally_long(video: Path) -> None:
    lengths = [decoded_s(video, stream) for stream in ("v", "a")]
    assert lengths[0] == pytest.approx(TIMELINE.total_ms / 1000)
    assert abs(lengths[1] - lengths[0]) <= AAC_FRAME_S


def decoded_s(video: Path, stream: str) -> float:
    said = said_by_ffmpeg(video.parent, "-i", video.name, "-map", f"0:{stream}", "-f", "null", "-")
    hours, minutes, seconds = re.findall(r"time=(\d+):(\d+):([\d.]+)", said)[-1]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def test_players_can_seek_to_every_piece_and_every_two_seconds(video: Path) -> None:
    keys = key_frames(video)
    assert set(starts_of(TIMELINE)) <= set(keys)
    ends = [*keys, frames(TIMELINE.total_ms, FORM.fps)]
    assert all(later - earlier <= 2 * FORM.fps for earlier, later in pairwise(ends))


def starts_of(timeline: Timeline) -> Sequence[int]:
    return [frames(piece.span.start_ms, FORM.fps) for piece in timeline.pieces()]


def key_frames(video: Path) -> list[int]:
    said = said_by_ffmpeg(video.parent, "-i", video.name, "-vf", "showinfo", "-f", "null", "-")
    shown = re.findall(r"n: *(\d+) .*iskey:(\d)", said)
    return [int(number) for number, is_key in shown if is_key == "1"]
