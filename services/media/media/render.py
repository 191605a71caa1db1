"""Renders a video: pieces side by side, the voice, and both put together without encoding again.

Encoding piece by piece keeps ffmpeg small however long the video is, and lets the pieces
share the processor better than the threads of one encoder do.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from media import commands, typeface
from media.bounded import each
from media.commands import Encoding
from media.ffmpeg import Limits, ffmpeg
from media.filters import Format, loudness_of
from media.settings import MediaSettings
from media.timeline import Piece, Timeline, frames

type OnProgress = Callable[[float], Awaitable[None]]
"""Told the share of the video that is rendered, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What a video is made of. Files are names in `folder`; pictures have the video's size."""

    folder: Path
    pictures: Sequence[str]
    recordings: Sequence[str]
    styled_subtitles: str
    timeline: Timeline
    size: tuple[int, int]
    title: str


async def render(footage: Footage, settings: MediaSettings, on_progress: OnProgress) -> Path:
    """Return the finished video: H.264 and AAC in an MP4 that starts to play at once.

    Raises:
        RenderError: ffmpeg failed, took too long or found the disk full.
    """
    await asyncio.to_thread(lay_out, footage)
    renderer = _Renderer(footage, settings, on_progress)
    await each(renderer.jobs(), lambda job: job(), at_once=settings.render_workers)
    await renderer.join()
    return footage.folder / commands.VIDEO


@dataclass(slots=True)
class _Renderer:
    footage: Footage
    settings: MediaSettings
    on_progress: OnProgress
    frames_done: dict[int, int] = field(default_factory=dict[int, int])

    def jobs(self) -> list[Callable[[], Awaitable[None]]]:
        """Return what can be done side by side; the longest first, so that all end together."""
        pieces = enumerate(self.footage.timeline.pieces())
        longest_first = sorted(pieces, key=lambda numbered: -numbered[1].span.length_ms)
        return [self.voice, *(partial(self.piece, *numbered) for numbered in longest_first)]

    async def piece(self, number: int, piece: Piece) -> None:
        settings, footage = self.settings, self.footage
        form = Format(*footage.size, settings.render_fps)
        encoding = Encoding(settings.render_preset, settings.render_crf, form)
        arguments = commands.piece(number, piece, footage.timeline, footage.pictures, encoding)
        await self._ffmpeg(arguments, on_frame=partial(self._show, number))

    async def voice(self) -> None:
        timeline, recordings = self.footage.timeline, self.footage.recordings
        stderr = await self._ffmpeg(commands.measure_voice(timeline, recordings))
        loudness = loudness_of(stderr)
        await self._ffmpeg(commands.voice(timeline, recordings, loudness))

    async def join(self) -> None:
        await self._ffmpeg(commands.join(self.footage.title))
        await self.on_progress(1)

    async def _ffmpeg(
        self, arguments: Sequence[str], on_frame: Callable[[int], Awaitable[None]] | None = None
    ) -> str:
        limits = Limits(
            self.settings.render_timeout.total_seconds(), self.settings.ffmpeg_max_memory_bytes
        )
        return await ffmpeg(arguments, folder=self.footage.folder, limits=limits, on_frame=on_frame)

    async def _show(self, number: int, frames_done: int) -> None:
        self.frames_done[number] = frames_done
        whole = frames(self.footage.timeline.total_ms, self.settings.render_fps)
        await self.on_progress(min(1, sum(self.frames_done.values()) / whole))


def lay_out(footage: Footage) -> None:
    """Write the small files that ffmpeg reads."""
    (footage.folder / commands.SUBTITLES).write_text(footage.styled_subtitles, encoding="utf-8")
    fonts = footage.folder / commands.FONTS
    fonts.mkdir()
    shutil.copy(typeface.FILE, fonts)
    pieces = commands.pieces_list(len(footage.timeline.pieces()))
    (footage.folder / commands.PIECES).write_text(pieces, encoding="utf-8")
