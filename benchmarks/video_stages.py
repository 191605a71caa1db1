"""One stage of a render after the other, each alone and by the renderer's own commands."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pysubs2 import SSAFile
from video_meter import Measured, measured

from agentkit.testing import Bench
from media import commands, pictures
from media.bounded import each
from media.canvas import size_of
from media.commands import Encoding
from media.editing import Order
from media.ffmpeg import Limits, ffmpeg
from media.filters import Format, loudness_of
from media.render import Footage, lay_out
from media.settings import MediaSettings
from media.timeline import frames, plan

_LIMITS = Limits(timeout_s=3600, memory_bytes=2**30)
_NOTHING = ("-f", "null", "-")


@dataclass(frozen=True, slots=True)
class Studio:
    """A folder with all that ffmpeg reads, laid out as the renderer does it."""

    footage: Footage
    settings: MediaSettings

    @property
    def form(self) -> Format:
        return Format(*self.footage.size, self.settings.render_fps)

    @property
    def frames(self) -> int:
        return frames(self.footage.timeline.total_ms, self.settings.render_fps)

    def pieces(self) -> list[list[str]]:
        """Return the arguments of each piece; the last ones say how it is encoded and where to."""
        encoding = Encoding(self.settings.render_preset, self.settings.render_crf, self.form)
        timeline = self.footage.timeline
        return [
            commands.piece(number, piece, timeline, self.footage.pictures, encoding)
            for number, piece in enumerate(timeline.pieces())
        ]

    async def side_by_side(self, jobs: Sequence[Sequence[str]]) -> None:
        run = partial(ffmpeg, folder=self.footage.folder, limits=_LIMITS)
        await each(jobs, run, at_once=self.settings.render_workers)


async def studio_of(order: Order, bench: Bench, folder: Path, settings: MediaSettings) -> Studio:
    """Save what the media task made into `folder`."""
    scenes = list(enumerate(order.media.scenes))
    for number, scene in scenes:
        await bench.blobs.save(scene.image, folder / f"given-{number}.png")
        await bench.blobs.save(scene.narration, folder / f"narration-{number}.wav")
    footage = Footage(
        folder=folder,
        pictures=[f"picture-{number}.bmp" for number, _ in scenes],
        recordings=[f"narration-{number}.wav" for number, _ in scenes],
        styled_subtitles=(await bench.blobs.read(order.media.styled_subtitles)).decode(),
        timeline=plan([round(scene.duration_s * 1000) for _, scene in scenes]),
        size=size_of(order.brief.aspect),
        title=order.seo.title,
    )
    await asyncio.to_thread(lay_out, footage)
    return Studio(footage, settings)


async def stages_of(studio: Studio, order: Order) -> dict[str, Measured]:
    """Return what each stage takes."""
    took = dict[str, Measured]()
    with measured() as took["stills"]:
        _stills(studio.footage)
    with measured() as took["narration mix"]:
        await _voice(studio)
    took |= await _pieces(studio)
    with measured() as took["concat and mux"]:
        await studio.side_by_side([commands.join(studio.footage.title)])
    with measured() as took["thumbnail"]:
        folder, text = studio.footage.folder, order.seo.thumbnail_text
        first = folder / studio.footage.pictures[0]
        pictures.thumbnail(first, folder / "thumbnail.jpg", text, simulated=True)
    return took


async def floor_of(studio: Studio) -> Measured:
    """Return what x264 takes for as many frames of one picture that stands still."""
    workers = studio.settings.render_workers
    share = -(-studio.frames // workers)
    length = ("-frames:v", str(share), "-r", str(studio.settings.render_fps))
    still = ("-i", studio.footage.pictures[0], "-vf", "format=yuv420p,loop=loop=-1:size=1")
    encoding = studio.pieces()[0]
    encoding = encoding[encoding.index("-c:v") : -1]
    jobs = [[*still, *length, *encoding, f"floor-{worker}.mp4"] for worker in range(workers)]
    with measured() as took:
        await studio.side_by_side(jobs)
    return took


def _stills(footage: Footage) -> None:
    for number, name in enumerate(footage.pictures):
        given = footage.folder / f"given-{number}.png"
        pictures.fit(given, footage.folder / name, footage.size, scene=number)


async def _voice(studio: Studio) -> None:
    footage = studio.footage
    arguments = commands.measure_voice(footage.timeline, footage.recordings)
    stderr = await ffmpeg(arguments, folder=footage.folder, limits=_LIMITS)
    arguments = commands.voice(footage.timeline, footage.recordings, loudness_of(stderr))
    await ffmpeg(arguments, folder=footage.folder, limits=_LIMITS)


async def _pieces(studio: Studio) -> dict[str, Measured]:
    """Render the scenes whole, then without encoding, then without subtitles as well."""
    with measured() as whole:
        await studio.side_by_side(studio.pieces())
    bare = [[*arguments[: arguments.index("-c:v")], *_NOTHING] for arguments in studio.pieces()]
    with measured() as unencoded:
        await studio.side_by_side(bare)
    (studio.footage.folder / commands.SUBTITLES).write_text(SSAFile().to_string("ass"))
    with measured() as silent:
        await studio.side_by_side(bare)
    written = studio.footage.styled_subtitles
    (studio.footage.folder / commands.SUBTITLES).write_text(written)
    return {
        "scenes: zoom and fades": silent,
        "scenes: subtitles": _less(unencoded, silent),
        "scenes: encoding": _less(whole, unencoded),
    }


def _less(one: Measured, other: Measured) -> Measured:
    return Measured(
        one.wall_s - other.wall_s,
        one.cpu_s - other.cpu_s,
        max(one.peak_rss_mib, other.peak_rss_mib),
    )
