"""Makes the video out of what the other steps have made."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agentkit import Step, StepRejectedError
from contracts.artifacts import BlobRef, Brief, Chapter, Media, Script, Seo, Video
from media import pictures
from media.bounded import each
from media.canvas import size_of
from media.render import Footage, render
from media.settings import MediaSettings
from media.timeline import Timeline, plan
from media.workroom import workroom

_THUMBNAIL = "thumbnail.jpg"
_FILES_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Order:
    """What a video is made of."""

    brief: Brief
    script: Script
    seo: Seo
    media: Media


async def video_of(order: Order, step: Step, settings: MediaSettings) -> Video:
    _refuse_mismatch(order)
    size = size_of(order.brief.aspect, settings.render_short_side)
    with workroom(settings.work_dir, min_free_bytes=settings.min_free_bytes) as folder:
        footage = await _footage(order, folder, size, step)
        rendered = await render(footage, settings, partial(_show, step, footage.timeline))
        thumbnail = await _thumbnail(order, footage, step)
        return Video(
            video=await step.blobs.put_file(rendered, media_type="video/mp4", name="video.mp4"),
            thumbnail=await step.blobs.put_file(
                thumbnail, media_type="image/jpeg", name=_THUMBNAIL
            ),
            subtitles=order.media.subtitles,
            duration_s=footage.timeline.total_ms / 1000,
            width=size[0],
            height=size[1],
            chapters=tuple(_chapters(order, footage.timeline)),
        )


def _refuse_mismatch(order: Order) -> None:
    scenes, made = len(order.script.scenes), len(order.media.scenes)
    if scenes != made:
        raise StepRejectedError(
            f"the script has {scenes} scenes but pictures and narrations were made for {made}: "
            "give this step the script that the media step had"
        )


async def _footage(order: Order, folder: Path, size: tuple[int, int], step: Step) -> Footage:
    numbered = list(enumerate(order.media.scenes, start=1))

    async def fitted(number: int, ref: BlobRef) -> str:
        given, name = folder / f"picture-{number}", f"picture-{number}.bmp"
        await step.blobs.save(ref, given)
        await asyncio.to_thread(pictures.fit, given, folder / name, size, scene=number)
        return name

    async def recorded(number: int, ref: BlobRef) -> str:
        name = f"narration-{number}.wav"
        await step.blobs.save(ref, folder / name)
        return name

    jobs = [
        *(partial(fitted, number, scene.image) for number, scene in numbered),
        *(partial(recorded, number, scene.narration) for number, scene in numbered),
    ]
    names = await each(jobs, lambda job: job(), at_once=_FILES_AT_ONCE)
    return Footage(
        folder=folder,
        pictures=names[: len(numbered)],
        recordings=names[len(numbered) :],
        styled_subtitles=(await step.blobs.read(order.media.styled_subtitles)).decode(),
        timeline=plan([round(scene.duration_s * 1000) for _, scene in numbered]),
        size=size,
        title="".join(filter(str.isprintable, order.seo.title)),
    )


async def _thumbnail(order: Order, footage: Footage, step: Step) -> Path:
    """Make the thumbnail from the first picture, the one that has to catch the eye."""
    target = footage.folder / _THUMBNAIL
    await asyncio.to_thread(
        pictures.thumbnail,
        footage.folder / footage.pictures[0],
        target,
        order.seo.thumbnail_text or order.seo.title,
        simulated=step.simulated,
    )
    return target


def _chapters(order: Order, timeline: Timeline) -> Iterator[Chapter]:
    """Give the scenes' real starts the titles that were written for them, if they still fit."""
    written = [chapter.title for chapter in order.seo.chapters]
    shown = [scene.on_screen_text or scene.narration for scene in order.script.scenes]
    titles = written if len(written) == len(shown) else shown
    for slot, title in zip(timeline.slots, titles, strict=True):
        yield Chapter(start_s=slot.start_ms / 1000, title=title)


async def _show(step: Step, timeline: Timeline, share: float) -> None:
    total_s = timeline.total_ms / 1000
    await step.progress(share, f"rendered {share * total_s:.0f} of {total_s:.0f} s")
