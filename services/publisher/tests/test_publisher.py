"""The publisher puts a video on the channel's shelf once, and in a dry run nowhere."""

import json
import shutil
from pathlib import Path

import pytest

from agentkit.fakes import FakeProviders
from agentkit.testing import Bench
from contracts.artifacts import Brief, Chapter, Publication, Seo, Video
from contracts.events import StepFailed
from publisher.handler import agent
from publisher.settings import PublisherSettings

RUN_ID = "01936b2e-7c1d-7a55-8f00-0123456789ab"
FOLDER = "2024-11-27-why-the-sea-moves-456789ab"
BRIEF = Brief(topic="tides", channel_id="demo", brand_name="Demo", language="en")
SEO = Seo(
    title="Why the sea moves",
    description="The moon pulls.",
    tags=("tides",),
    hashtags=("#tides",),
    chapters=(Chapter(start_s=0, title="planned"),),
    thumbnail_text="Why?",
)


@pytest.fixture
def settings(tmp_path: Path) -> PublisherSettings:
    return PublisherSettings(library_dir=tmp_path / "library")


async def rendered(bench: Bench) -> Video:
    return Video(
        video=await bench.blobs.put(b"mp4 bytes", media_type="video/mp4", name="v.mp4"),
        thumbnail=await bench.blobs.put(b"jpg", media_type="image/jpeg", name="t.jpg"),
        subtitles=await bench.blobs.put(b"1\n", media_type="application/x-subrip", name="s"),
        duration_s=31.5,
        width=1080,
        height=1920,
        chapters=(Chapter(start_s=0, title="real"), Chapter(start_s=7.25, title="end")),
    )


def is_there(path: str) -> bool:
    return Path(path).is_file()


def written_at(publication: Publication) -> int:
    return Path(publication.video_path).stat().st_mtime_ns


async def publish(bench: Bench, settings: PublisherSettings, **more: object) -> Publication:
    video = await rendered(bench)
    outcome = await bench.run(agent, BRIEF, SEO, video, run_id=RUN_ID, settings=settings, **more)
    return await bench.output(outcome, Publication)


async def test_publishes_the_video_with_all_that_belongs_to_it(
    bench: Bench, settings: PublisherSettings
) -> None:
    publication = await publish(bench, settings)

    folder = settings.library_dir / "demo" / FOLDER
    assert publication.video_path == str(folder / "video.mp4")
    assert publication.destination == str(settings.library_dir / "demo")
    assert not publication.dry_run
    assert (folder / "video.mp4").read_bytes() == b"mp4 bytes"
    assert (folder / "thumbnail.jpg").read_bytes() == b"jpg"
    assert (folder / "subtitles.srt").read_bytes() == b"1\n"
    assert all(is_there(path) for path in publication.files)
    assert "Why the sea moves" in (settings.library_dir / "demo/feed.xml").read_text()


async def test_the_metadata_tells_what_a_viewer_and_a_machine_need(
    bench: Bench, settings: PublisherSettings
) -> None:
    await publish(bench, settings)

    path = settings.library_dir / "demo" / FOLDER / "metadata.json"
    metadata = json.loads(path.read_text())
    assert metadata["run_id"] == RUN_ID
    assert metadata["title"] == "Why the sea moves"
    assert metadata["chapters"][1] == {"start_s": 7.25, "title": "end"}
    assert metadata["duration_s"] == 31.5
    assert metadata["simulated"] is False
    assert metadata["video"]["size_bytes"] == 9


async def test_simulated_work_is_labelled_wherever_a_person_sees_it(
    bench: Bench, settings: PublisherSettings
) -> None:
    bench.models = FakeProviders(simulated=True)

    await publish(bench, settings)

    channel = settings.library_dir / "demo"
    assert json.loads((channel / FOLDER / "metadata.json").read_text())["simulated"] is True
    assert "[simulated] Why the sea moves" in (channel / "feed.xml").read_text()


async def test_a_second_attempt_publishes_nothing_again(
    bench: Bench, settings: PublisherSettings
) -> None:
    first = await publish(bench, settings, attempt=1)
    written = written_at(first)

    second = await publish(bench, settings, attempt=2)

    assert second.video_path == first.video_path
    assert "before" in second.note
    assert written_at(second) == written
    assert len(list((settings.library_dir / "demo").glob("*/metadata.json"))) == 1


async def test_a_dry_run_says_what_it_would_write_and_writes_nothing(
    bench: Bench, settings: PublisherSettings
) -> None:
    publication = await publish(bench, settings, dry_run=True)

    assert publication.dry_run
    assert publication.video_path.endswith(f"demo/{FOLDER}/video.mp4")
    assert len(publication.files) == 5
    assert "nothing was written" in publication.note
    assert not settings.library_dir.exists()


async def test_a_library_that_cannot_be_written_fails_the_step_but_may_be_tried_again(
    bench: Bench, settings: PublisherSettings
) -> None:
    settings.library_dir.write_text("in the way")
    video = await rendered(bench)

    failed = await bench.run(agent, BRIEF, SEO, video, run_id=RUN_ID, settings=settings)
    settings.library_dir.unlink()
    again = await bench.run(agent, BRIEF, SEO, video, run_id=RUN_ID, attempt=2, settings=settings)

    assert isinstance(failed, StepFailed)
    assert failed.error.retryable
    assert str(settings.library_dir) in failed.error.message
    assert (await bench.output(again, Publication)).note.startswith("published")


async def test_a_deleted_publication_can_be_published_again(
    bench: Bench, settings: PublisherSettings
) -> None:
    first = await publish(bench, settings)
    shutil.rmtree(Path(first.video_path).parent)

    again = await publish(bench, settings, attempt=2)

    assert is_there(again.video_path)
