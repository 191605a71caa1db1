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

from media import commands, filters, typeface
from media.bounded import each
from media.commands import Encoding, Montage
from media.ffmpeg import Limits, ffmpeg
from media.filters import Format, loudness_of
from media.lettering import Lettering, Stamp, cut_out
from media.settings import MediaSettings
from media.texts import span_of, texts_of
from media.timeline import Piece, Span, Timeline, frames

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
    renderer = Renderer(footage, settings, on_progress)
    await each(renderer.preparations(), lambda job: job(), at_once=settings.render_workers)
    await each(renderer.pieces(), renderer.piece, at_once=settings.render_workers)
    await renderer.join()
    return footage.folder / commands.VIDEO


@dataclass(slots=True)
class Renderer:
    """Renders a video step by step: what has to be there first, its pieces, the whole."""

    footage: Footage
    settings: MediaSettings
    on_progress: OnProgress
    lettering: Lettering = field(default=Lettering((), ()))
    frames_done: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def encoding(self) -> Encoding:
        form = Format(*self.footage.size, self.settings.render_fps)
        return Encoding(self.settings.render_preset, self.settings.render_crf, form)

    def preparations(self) -> list[Callable[[], Awaitable[None]]]:
        """Return what can be done side by side; the longest first."""
        squares = (partial(self.squares, *scene) for scene in enumerate(self.footage.pictures))
        return [self.voice, self.texts, *squares]

    def pieces(self) -> list[tuple[int, Piece]]:
        """Return all pieces, numbered; the longest first, so that all end together."""
        pieces = enumerate(self.footage.timeline.pieces())
        return sorted(pieces, key=lambda numbered: -numbered[1].span.length_ms)

    async def squares(self, scene: int, picture: str) -> None:
        await self._ffmpeg(commands.squares(scene, picture, self.encoding.form))

    async def texts(self) -> None:
        folder = self.footage.folder
        texts = texts_of(self.footage.styled_subtitles)
        (folder / filters.MOVING_TEXTS).write_text(texts.moving_alone(), encoding="utf-8")
        (folder / filters.STANDING_TEXTS).write_text(texts.standing_in_turn(), encoding="utf-8")
        if texts.standing:
            await self._ffmpeg(commands.draw_texts(len(texts.standing), self.encoding.form))
        stamps = [
            await asyncio.to_thread(self._cut_out, number, span_of(text))
            for number, text in enumerate(texts.standing)
        ]
        self.lettering = Lettering(
            [stamp for stamp in stamps if stamp], [span_of(text) for text in texts.moving]
        )

    def _cut_out(self, number: int, shown: Span) -> Stamp | None:
        black, white = (self.footage.folder / name for name in commands.drawings(number))
        return cut_out(black, white, self.footage.folder / f"text-{number}.png", shown)

    def arguments(self, number: int, piece: Piece) -> list[str]:
        montage = Montage(self.footage.timeline, self.lettering, self.encoding)
        return commands.piece(number, piece, montage)

    async def piece(self, numbered: tuple[int, Piece]) -> None:
        await self._ffmpeg(self.arguments(*numbered), on_frame=partial(self._show, numbered[0]))

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
    fonts = footage.folder / filters.FONTS
    fonts.mkdir()
    shutil.copy(typeface.FILE, fonts)
    pieces = commands.pieces_list(len(footage.timeline.pieces()))
    (footage.folder / commands.PIECES).write_text(pieces, encoding="utf-8")
