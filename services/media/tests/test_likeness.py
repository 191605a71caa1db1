"""What makes the renderer fast changes nothing that can be seen, and nothing that players need."""

import re
import subprocess
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

from contracts.artifacts import Scene
from media import commands, filters, pictures
from media.filters import Format
from media.lettering import Lettering
from media.render import Footage, Renderer, lay_out, render
from media.settings import MediaSettings
from media.subtitles import subtitles_of
from media.timeline import Piece, Span, Timeline, frames, plan

from .reference import graph_of, likeness, write_subtitles

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
    return await render(footage, SETTINGS, unheard)


@pytest.fixture
async def renderer(footage: Footage) -> Renderer:
    return await prepared(footage)


async def prepared(footage: Footage) -> Renderer:
    """Make all that pieces are made of."""
    lay_out(footage)
    renderer = Renderer(footage, SETTINGS, unheard)
    for prepare in renderer.preparations():
        await prepare()
    return renderer


async def unheard(_: float) -> None: ...


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


def drawn(footage: Footage, graph: str, *inputs: str, count: int) -> list[Image.Image]:
    """Return in grey the first frames that a graph makes."""
    sources = [argument for file in inputs for argument in ("-i", file)]
    command = [get_ffmpeg_exe(), "-loglevel", "error", *sources, "-filter_complex", graph]
    command += ["-map", "[x]", "-frames:v", str(count), "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    made = subprocess.run(command, cwd=footage.folder, capture_output=True, check=True)  # noqa: S603
    size, pixels = footage.size, BytesIO(made.stdout)
    return [Image.frombytes("L", size, pixels.read(size[0] * size[1])) for _ in range(count)]


def difference(one: Image.Image, other: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(one, other)).rms[0]


async def test_a_video_looks_like_its_reference_and_not_like_another(
    footage: Footage, video: Path, speak, tmp_path: Path
) -> None:
    other = footage_in(tmp_path / "other", speak, "전혀 다른 이야기 하나")
    lay_out(other)

    same = likeness(footage, video, FORM.fps)
    assert same >= MIN_LIKENESS
    assert likeness(other, video, FORM.fps) < same - 0.005


async def test_no_frame_of_the_zoom_is_ahead_or_behind(footage: Footage) -> None:
    clouds = Image.effect_noise(footage.size, 80).filter(ImageFilter.GaussianBlur(3))
    ImageOps.autocontrast(clouds).convert("RGB").save(footage.folder / footage.pictures[1])
    await Renderer(footage, SETTINGS, unheard).squares(1, footage.pictures[1])
    piece = TIMELINE.pieces()[-1]
    count = frames(piece.span.length_ms, FORM.fps)
    graph = filters.picture(piece, TIMELINE, FORM, Lettering((), ()))
    reference = re.sub(r"subtitles=[^,]*,", "", graph_of(piece, TIMELINE, FORM))

    made = drawn(footage, graph.replace("[v]", "[x]"), commands.squares_name(1), count=count)

    wanted = drawn(
        footage, reference.replace("[reference]", "[x]"), footage.pictures[1], count=count
    )
    for number in range(1, count - 1):
        before, now, after = (
            difference(made[number], wanted[number + step]) for step in (-1, 0, 1)
        )
        assert now < min(before, after) / 2


@pytest.mark.usefixtures("renderer")
def test_a_piece_counts_its_frames_wherever_it_starts(footage: Footage) -> None:
    for start_ms in (5800, 8200, 10600):
        piece = Piece(0, Span(start_ms, start_ms + 800), fades=False)

        graph = filters.picture(piece, plan([20_000]), FORM, Lettering((), [piece.span]))

        arguments = ["-i", commands.squares_name(0), "-filter_complex", f"{graph};[v]showinfo[x]"]
        said = said_by_ffmpeg(footage.folder, *arguments, "-map", "[x]", "-f", "null", "-")
        times = re.findall(r"n: *\d+ pts: *(\d+) ", said)
        assert times == [str(frame) for frame in range(8)]


async def test_texts_look_as_if_libass_drew_them_into_every_frame(footage: Footage) -> None:
    Image.new("RGB", footage.size, "teal").save(footage.folder / footage.pictures[1])
    renderer = await prepared(footage)
    write_subtitles(footage)
    piece = TIMELINE.pieces()[1]
    count, lettering = frames(piece.span.length_ms, FORM.fps), renderer.lettering.within(piece.span)
    graph = filters.picture(piece, TIMELINE, FORM, lettering).replace("[v]", "[x]")
    reference = graph_of(piece, TIMELINE, FORM).replace("[reference]", "[x]")
    files = [commands.squares_name(1), *(stamp.file for stamp in lettering.stamps)]

    made = drawn(footage, graph, *files, count=count)

    wanted = drawn(footage, reference, footage.pictures[1], count=count)
    assert len({frame.tobytes() for frame in wanted}) > len(lettering.stamps) > 1
    for one, other in zip(made, wanted, strict=True):
        assert one.getextrema() != (one.getpixel((0, 0)),) * 2
        assert ImageChops.difference(one, other).getextrema()[1] <= 6


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
