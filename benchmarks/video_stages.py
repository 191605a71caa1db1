"""One stage of a render after the other, each alone and by the renderer's own commands."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from video_meter import Measured, measured

from agentkit.testing import Bench
from media import pictures
from media.bounded import each
from media.canvas import size_of
from media.editing import Order
from media.ffmpeg import Limits, ffmpeg
from media.lettering import Lettering
from media.render import Footage, Renderer, lay_out
from media.settings import MediaSettings
from media.timeline import frames, plan

_LIMITS = Limits(timeout_s=3600, memory_bytes=2**30)
_NOTHING = ("-f", "null", "-")


@dataclass(frozen=True, slots=True)
class Studio:
    """A folder with all that ffmpeg reads, laid out as the renderer does it."""

    footage: Footage
    settings: MediaSettings
    renderer: Renderer

    @property
    def frames(self) -> int:
        return frames(self.footage.timeline.total_ms, self.settings.render_fps)

    def pieces(self) -> list[list[str]]:
        """Return the arguments of each piece; the last ones say how it is encoded and where to."""
        return [self.renderer.arguments(*numbered) for numbered in self.renderer.pieces()]

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
    return Studio(footage, settings, Renderer(footage, settings, _unheard))


async def _unheard(_: float) -> None: ...


async def stages_of(studio: Studio, order: Order) -> dict[str, Measured]:
    """Return what each stage takes."""
    took = dict[str, Measured]()
    with measured() as took["stills"]:
        await _stills(studio)
    with measured() as took["narration mix"]:
        await studio.renderer.voice()
    with measured() as took["texts, drawn once"]:
        await studio.renderer.texts()
    took |= await _pieces(studio)
    with measured() as took["concat and mux"]:
        await studio.renderer.join()
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


async def _stills(studio: Studio) -> None:
    footage = studio.footage
    for number, name in enumerate(footage.pictures):
        given = footage.folder / f"given-{number}.png"
        pictures.fit(given, footage.folder / name, footage.size, scene=number)
        await studio.renderer.squares(number, name)


async def _pieces(studio: Studio) -> dict[str, Measured]:
    """Render the scenes whole, then without encoding, then without subtitles as well."""
    with measured() as whole:
        await studio.side_by_side(studio.pieces())
    with measured() as unencoded:
        await studio.side_by_side([_unencoded(arguments) for arguments in studio.pieces()])
    studio.renderer.lettering = Lettering((), ())
    with measured() as silent:
        await studio.side_by_side([_unencoded(arguments) for arguments in studio.pieces()])
    return {
        "scenes: zoom and fades": silent,
        "scenes: subtitles": _less(unencoded, silent),
        "scenes: encoding": _less(whole, unencoded),
    }


def _unencoded(arguments: Sequence[str]) -> list[str]:
    return [*arguments[: arguments.index("-c:v")], *_NOTHING]


def _less(one: Measured, other: Measured) -> Measured:
    return Measured(
        one.wall_s - other.wall_s,
        one.cpu_s - other.cpu_s,
        max(one.peak_rss_mib, other.peak_rss_mib),
    )
