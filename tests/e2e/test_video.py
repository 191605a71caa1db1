"""From a topic to a published video, over HTTP, and what can be seen of it meanwhile."""

import subprocess
from contextlib import suppress
from pathlib import Path

import httpx2
import imageio_ffmpeg
import pytest

from agentkit.testing import wait_until

from .books import Published
from .client import Client, Watched
from .records import records
from .stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200), pytest.mark.asyncio(loop_scope="session")]


async def test_a_topic_becomes_a_video_that_can_be_downloaded(
    stack: Stack, video: Watched, tmp_path: Path
) -> None:
    async with Client.of(stack) as client:
        run = await client.detail(video)

    assert (run["status"], run["errors"]) == ("completed", [])
    assert [step["status"] for step in run["steps"]] == ["completed"] * 6
    answer = httpx2.get(stack.url + run["result"]["video_url"])  # `<video>` sends no key
    file = tmp_path / "video.mp4"
    file.write_bytes(answer.content)
    assert int(answer.headers["content-length"]) == file.stat().st_size
    assert answer.content[4:8] == b"ftyp"
    said = decoded(file)
    assert "Video: h264" in said
    assert "Audio: aac" in said


async def test_whoever_watches_sees_each_event_once_whatever_the_connection_does(
    stack: Stack, video: Watched
) -> None:
    async with Client.of(stack) as client:
        later = await client.watch(Watched(video.run_id, video.topic))

    assert video.misses == []
    assert video.connections == 2
    assert video.live
    assert [kind for _, kind in video.events].count("step.completed") == 6
    assert (later.events, later.live) == (video.events, [])


async def test_the_library_has_the_video_once(stack: Stack, video: Watched) -> None:
    async with Client.of(stack) as client:
        items = await client.all("/api/v1/library")

    assert [item["run_id"] for item in items].count(video.run_id) == 1
    assert Published.of(stack).misses({video.run_id}) == []


async def test_what_the_run_has_cost_is_on_the_bill(stack: Stack, video: Watched) -> None:
    async with Client.of(stack) as client:
        run = await client.detail(video)

    assert run["cost_usd"] > 0
    assert run["simulated"]


async def test_the_records_of_every_service_name_the_run(stack: Stack, video: Watched) -> None:
    def told() -> set[str]:
        return {each.service for each in records(stack) if each.run_id == video.run_id}

    with suppress(TimeoutError):
        await wait_until(lambda: told() == set(stack.services))

    assert told() == set(stack.services)


def decoded(file: Path) -> str:
    """Return what ffmpeg says when it reads a whole file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-xerror", "-i", str(file), "-f", "null", "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 -- our own
    return done.stderr
