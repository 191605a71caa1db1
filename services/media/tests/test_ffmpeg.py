"""ffmpeg is bounded in time and memory, stops when told to, and fails in plain words."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from agentkit.testing import wait_until
from media.ffmpeg import Limits, RenderError, ffmpeg
from media.workroom import DiskFullError

LIMITS = Limits(timeout_s=15, memory_bytes=2**30)
SOURCE = ("-f", "lavfi", "-re", "-i", "testsrc2=size=64x64:rate=25")


def endless(marker: str) -> tuple[str, ...]:
    return (*SOURCE, "-metadata", marker, "-f", "null", "-")


def is_running(marker: str) -> bool:
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if marker.encode() in command_line.read_bytes():
                return True
    return False


async def test_tells_the_frames_as_they_are_written(tmp_path: Path) -> None:
    told = list[int]()

    async def on_frame(count: int) -> None:
        told.append(count)

    arguments = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=1", "-f", "null", "-")
    await ffmpeg(arguments, folder=tmp_path, limits=LIMITS, on_frame=on_frame)

    assert told == sorted(told)
    assert told[-1] == 25


async def test_a_failure_says_what_ffmpeg_said(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"exit code \d+: .*nowhere.png.*No such file"):
        await ffmpeg(("-i", "nowhere.png", "o.mp4"), folder=tmp_path, limits=LIMITS)


async def test_arguments_reach_no_shell(tmp_path: Path) -> None:
    with pytest.raises(RenderError):
        await ffmpeg(("-i", "$(touch hacked)", "o.mp4"), folder=tmp_path, limits=LIMITS)

    assert not os.listdir(tmp_path)  # noqa: PTH208 -- nothing waits for it


async def test_a_full_disk_is_named_with_its_free_bytes_and_the_way_out(tmp_path: Path) -> None:
    arguments = ("-f", "lavfi", "-i", "testsrc2=duration=1", "-f", "h264", "/dev/full")
    room = tmp_path / "room"
    room.mkdir()

    with pytest.raises(DiskFullError) as caught:
        await ffmpeg(arguments, folder=room, limits=LIMITS)

    message = str(caught.value)
    assert repr(str(tmp_path)) in message
    assert "bytes are free" in message
    assert "YAA_WORK_DIR" in message


async def test_too_much_memory_is_told_with_the_setting_to_change(tmp_path: Path) -> None:
    arguments = ("-f", "lavfi", "-i", "testsrc2=size=3840x3840", "-f", "null", "-")

    with pytest.raises(RenderError, match="YAA_FFMPEG_MAX_MEMORY_BYTES"):
        await ffmpeg(arguments, folder=tmp_path, limits=Limits(10, memory_bytes=48 * 2**20))


async def test_one_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    marker = f"title={tmp_path}-slow"

    with pytest.raises(RenderError, match=r"longer than 0\.3 s.*YAA_RENDER_TIMEOUT"):
        await ffmpeg(endless(marker), folder=tmp_path, limits=Limits(0.3, 2**30))

    assert not is_running(marker)


async def test_cancellation_kills_it(tmp_path: Path) -> None:
    marker = f"title={tmp_path}-cancelled"
    working = asyncio.create_task(ffmpeg(endless(marker), folder=tmp_path, limits=LIMITS))
    await wait_until(lambda: is_running(marker))

    working.cancel()

    with pytest.raises(asyncio.CancelledError):
        await working
    assert not is_running(marker)
