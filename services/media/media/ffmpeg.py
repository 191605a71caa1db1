"""Runs ffmpeg: no shell, limits on time, processor and memory, live progress, clear errors.

The binary comes out of the imageio-ffmpeg wheel; nothing has to be installed.
"""

import asyncio
import os
import resource
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]  # ships no types

from media.workroom import disk_full

type OnFrame = Callable[[int], Awaitable[None]]
"""Told the number of frames written so far."""

_QUIET = ("-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "error", "-progress", "pipe:1")
_STDERR_KEPT_BYTES = 16_384
_STDERR_TOLD_CHARS = 300
_DISK_FULL = ("No space left on device", "File too large", "Disk quota exceeded")
_MEMORY_FULL = ("Cannot allocate memory", "malloc of size", "pthread_create() failed")


class RenderError(Exception):
    """ffmpeg could not do its work."""


@dataclass(frozen=True, slots=True)
class Limits:
    timeout_s: float
    memory_bytes: int


async def ffmpeg(
    arguments: Sequence[str], *, folder: Path, limits: Limits, on_frame: OnFrame | None = None
) -> str:
    """Run ffmpeg in `folder` and return the end of what it wrote to stderr.

    The process and all it started are killed when the caller is cancelled.

    Raises:
        DiskFullError: the folder has no room.
        RenderError: it failed, or took longer or more memory than `limits` allow.
    """
    process = await asyncio.create_subprocess_exec(
        get_ffmpeg_exe(),
        *_QUIET,
        *arguments,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )
    try:
        _limit(process.pid, limits)
        async with asyncio.timeout(limits.timeout_s) as timeout:
            stderr, _ = await asyncio.gather(_tail(process), _follow(process, on_frame))
            await process.wait()
    except TimeoutError as error:
        if not timeout.expired():
            raise
        raise _too_slow(limits) from error
    finally:
        await _kill(process)
    if process.returncode != 0:
        raise _failure(process.returncode, stderr, folder, limits)
    return stderr


def _limit(pid: int, limits: Limits) -> None:
    """Bound processor time and memory of a running process, where the system can."""
    if not hasattr(resource, "prlimit"):
        return
    cpu_s = ceil(limits.timeout_s * (os.cpu_count() or 1))
    with suppress(ProcessLookupError):
        _lower(pid, resource.RLIMIT_CPU, cpu_s)
        _lower(pid, resource.RLIMIT_DATA, limits.memory_bytes)


def _lower(pid: int, kind: int, value: int) -> None:
    _, hard = resource.prlimit(pid, kind)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.prlimit(pid, kind, (bound, bound))


async def _tail(process: Process) -> str:
    assert process.stderr is not None  # noqa: S101 -- asked for with PIPE
    tail = b""
    while chunk := await process.stderr.read(_STDERR_KEPT_BYTES):
        tail = (tail + chunk)[-_STDERR_KEPT_BYTES:]
    return tail.decode(errors="replace")


async def _follow(process: Process, on_frame: OnFrame | None) -> None:
    assert process.stdout is not None  # noqa: S101 -- asked for with PIPE
    async for line in process.stdout:
        key, _, value = line.decode(errors="replace").strip().partition("=")
        if on_frame is not None and key == "frame" and value.isdigit():
            await on_frame(int(value))


async def _kill(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())


def _too_slow(limits: Limits) -> RenderError:
    return RenderError(
        f"ffmpeg took longer than {limits.timeout_s:g} s and was stopped: give it more time "
        "with YAA_RENDER_TIMEOUT, or choose a faster YAA_RENDER_PRESET"
    )


def _failure(code: int | None, stderr: str, folder: Path, limits: Limits) -> Exception:
    if any(sign in stderr for sign in _DISK_FULL) or code == -signal.SIGXFSZ:
        return disk_full(folder.parent, "ffmpeg could not write its output")
    if any(sign in stderr for sign in _MEMORY_FULL):
        return RenderError(
            f"ffmpeg needs more than the {limits.memory_bytes:,} bytes of memory it may use: "
            "raise YAA_FFMPEG_MAX_MEMORY_BYTES or lower YAA_RENDER_SHORT_SIDE"
        )
    said = " ".join(stderr.split())[-_STDERR_TOLD_CHARS:] or "and said nothing"
    return RenderError(f"ffmpeg failed with exit code {code}: {said}")
