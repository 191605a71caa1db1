"""Keeps servers running: one that ends by itself is started again where it was."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time

from loguru import logger

from yaa.embedded.records import Record, Records
from yaa.embedded.running import POLL_S, START_TIMEOUT_S, why_not_started
from yaa.embedded.server import Server
from yaa.embedded.spawn import spawn
from yaa.errors import YaaError

FIRST_TRIES = 3
"""What a killed predecessor leaves behind, such as shared memory, may take a moment to go."""
LONGEST_PAUSE_S = 5.0
_SHORTEST_PAUSE_S = 0.1
_STABLE_S = 30.0


class Keeper:
    """Keeps one server running from `start` to `stop`."""

    def __init__(self, server: Server, records: Records, *, stop_timeout_s: float = 10.0) -> None:
        self.server = server
        self.ready = asyncio.Event()
        self._records = records
        self._stop_timeout_s = stop_timeout_s
        self._pause_s = _SHORTEST_PAUSE_S
        self._task: asyncio.Task[None] | None = None

    def start(self, group: asyncio.TaskGroup) -> None:
        """Begin; `ready` is set when it takes connections. A start that fails ends the group."""
        self._task = group.create_task(self._keep(), name=self.server.name)

    async def stop(self) -> None:
        """End the server cleanly, or with force when that takes too long."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _keep(self) -> None:
        try:
            process = await self._launch_at_last(tries=FIRST_TRIES)
            while True:
                self.ready.set()
                await self._watch(process)
                process = await self._launch_at_last()
        finally:
            self._records.remove(self.server.name)

    async def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Return when the process has ended by itself, after a pause if it did not live long."""
        began = time.monotonic()
        try:
            await _ended(process)
        except asyncio.CancelledError:
            await self._end(process)
            raise
        _end_group(process)
        logger.warning("server died", server=self.server.name, exit_code=process.returncode)
        if time.monotonic() - began > _STABLE_S:
            self._pause_s = _SHORTEST_PAUSE_S
        await self._pause()

    async def _launch_at_last(self, tries: int | None = None) -> subprocess.Popen[bytes]:
        """Try until it runs, or `tries` times."""
        failures = 0
        while True:
            try:
                return await self._launch()
            except YaaError as error:
                failures += 1
                if failures == tries:
                    raise
                logger.warning("server does not start", server=self.server.name, error=str(error))
            await self._pause()

    async def _pause(self) -> None:
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    async def _launch(self) -> subprocess.Popen[bytes]:
        command = await asyncio.to_thread(self.server.prepare)
        process = spawn(command)
        self._records.write(Record(self.server.name, process.pid, self.server.address))
        try:
            await self._until_ready(process)
        except BaseException:
            await self._end(process)
            raise
        logger.info("server started", server=self.server.name, url=self.server.address)
        return process

    async def _until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not await asyncio.to_thread(self.server.is_ready, process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                raise YaaError(why_not_started(self.server))
            await asyncio.sleep(POLL_S)

    async def _end(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.server.stop_signal)
        try:
            async with asyncio.timeout(self._stop_timeout_s):
                await _ended(process)
        except TimeoutError:
            logger.warning("server does not stop: killed", server=self.server.name)
        finally:
            process.kill()
            _end_group(process)
            process.wait()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End what the process started and did not take with it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


async def _ended(process: subprocess.Popen[bytes]) -> None:
    if sys.platform != "linux":
        while process.poll() is None:  # noqa: ASYNC110 -- there is nothing to be told by
            await asyncio.sleep(POLL_S)
        return
    if process.poll() is not None:
        return
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    handle = os.pidfd_open(process.pid)
    loop.add_reader(handle, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
    process.wait()
