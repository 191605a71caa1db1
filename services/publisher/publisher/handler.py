"""Publisher: puts a finished video into the local library, once."""

import asyncio
import mimetypes
from datetime import UTC, datetime
from pathlib import Path

from agentkit import Agent, Step
from contracts.artifacts import BlobRef, Brief, Publication, Seo, Video
from publisher.feed import FEED
from publisher.metadata import Metadata, PublishedFile
from publisher.naming import folder_of
from publisher.settings import PublisherSettings
from publisher.shelf import Shelf

MEGABYTE = 1_000_000

agent = Agent("publisher", settings=PublisherSettings)


@agent.step
async def publish(
    brief: Brief, seo: Seo, video: Video, step: Step, settings: PublisherSettings
) -> Publication:
    """Return where the video lies; a run that is published already is left as it is."""
    shelf = Shelf(settings.library_dir, brief.channel_id, base_url=settings.library_base_url)
    metadata = _metadata(brief, seo, video, step)
    if step.dry_run:
        folder = shelf.folder / folder_of(step.run_id, seo.title)
        size = sum(blob.size_bytes for blob in _blobs(video)) / MEGABYTE
        note = f"dry run: would write {size:.1f} MB to {folder}; nothing was written"
        return _publication(shelf, folder, metadata, note=note, dry_run=True)
    known = await asyncio.to_thread(shelf.find, step.run_id)
    folder = known or await _add(shelf, metadata, video, step)
    note = f"was published to {folder} before" if known else f"published to {folder}"
    return _publication(shelf, folder, metadata, note=note)


async def _add(shelf: Shelf, metadata: Metadata, video: Video, step: Step) -> Path:
    with shelf.incoming() as draft:
        files = (metadata.video, metadata.thumbnail, metadata.subtitles)
        for number, (file, blob) in enumerate(zip(files, _blobs(video), strict=True)):
            await step.progress(number / len(files), f"saving {file.name}")
            await step.blobs.save(blob, draft / file.name)
    return await asyncio.to_thread(shelf.add, draft, metadata)


def _metadata(brief: Brief, seo: Seo, video: Video, step: Step) -> Metadata:
    return Metadata(
        run_id=step.run_id,
        channel_id=brief.channel_id,
        channel_name=brief.brand_name,
        topic=brief.topic,
        language=brief.language,
        title=seo.title,
        description=seo.description,
        tags=seo.tags,
        hashtags=seo.hashtags,
        thumbnail_text=seo.thumbnail_text,
        chapters=video.chapters,
        duration_s=video.duration_s,
        aspect=brief.aspect,
        width=video.width,
        height=video.height,
        published_at=datetime.now(UTC).replace(microsecond=0),
        simulated=step.simulated,
        video=_file("video", video.video),
        thumbnail=_file("thumbnail", video.thumbnail),
        subtitles=_file("subtitles", video.subtitles, suffix=".srt"),
    )


def _blobs(video: Video) -> tuple[BlobRef, BlobRef, BlobRef]:
    return video.video, video.thumbnail, video.subtitles


def _file(stem: str, blob: BlobRef, *, suffix: str = "") -> PublishedFile:
    suffix = suffix or mimetypes.guess_extension(blob.media_type) or ".bin"
    return PublishedFile(
        name=stem + suffix,
        media_type=blob.media_type,
        size_bytes=blob.size_bytes,
        sha256=blob.sha256,
    )


def _publication(
    shelf: Shelf, folder: Path, metadata: Metadata, *, note: str, dry_run: bool = False
) -> Publication:
    files = (*(folder / name for name in metadata.files), shelf.folder / FEED)
    return Publication(
        destination=str(shelf.folder),
        dry_run=dry_run,
        title=metadata.title,
        video_path=str(folder / metadata.video.name),
        files=tuple(str(path) for path in files),
        note=note,
    )
