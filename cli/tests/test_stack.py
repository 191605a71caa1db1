"""The whole stack as a person has it: started, hurt, killed, started again, stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from yaa.embedded.records import MARK, belongs_to

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(90)]

REPOSITORY = Path(__file__).parents[2]


class Up:
    """One `yaa up` in a folder of its own."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.data = folder / "data"
        self.said = folder / "said"
        self._arguments = arguments
        self._environment = {**environment, "YAA_DATA_DIR": str(self.data)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(  # noqa: S603 -- our own command
                [sys.executable, "-m", "yaa", "up", "--port", "0", *self._arguments],
                cwd=REPOSITORY,
                env={**clean_environment(), **self._environment},
                stdout=said,
                stderr=said,
            )
        until(lambda: self.ended() or self.pid("yaa") == self.process.pid, within_s=60)
        assert not self.ended(), self.said.read_text()

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def pid(self, name: str) -> int:
        return self.pids().get(name, 0)

    def pids(self) -> dict[str, int]:
        found = {}
        for file in self.data.glob("run/*.json"):
            with suppress(FileNotFoundError):  # removed since the folder was listed
                found[file.stem] = json.loads(file.read_text())["pid"]
        return found

    def url(self) -> str:
        return json.loads((self.data / "lock").read_text())["url"]

    def get(self, path: str) -> dict:
        key = {"X-API-Key": (self.data / "keys" / "admin").read_text().strip()}
        asked = urllib.request.Request(f"{self.url()}{path}", headers=key)  # noqa: S310 -- ours
        with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310 -- ours
            return json.load(answer)

    def yaa(self, *arguments: str) -> str:
        """Return what another command says of this stack."""
        return subprocess.run(  # noqa: S603 -- our own command
            [sys.executable, "-m", "yaa", *arguments],
            env={**clean_environment(), "YAA_DATA_DIR": str(self.data)},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    def is_ready(self) -> bool:
        with suppress(OSError, ValueError):
            return self.get("/health/ready")["status"] == "ready"
        return False


def clean_environment() -> dict[str, str]:
    keys = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("YAA_") and name not in keys
    }


def until(holds: Callable[[], bool], *, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def of_stack(data: Path) -> list[psutil.Process]:
    """Return every live process that names the folder or was started by one that does."""
    return [process for process in psutil.process_iter() if is_of_stack(process, data)]


def is_of_stack(process: psutil.Process, data: Path) -> bool:
    with suppress(psutil.Error):
        marked = process.environ().get(MARK, "").startswith(str(data))
        return belongs_to(process.pid, data) or (
            marked and process.status() != psutil.STATUS_ZOMBIE
        )
    return False


@contextmanager
def up(folder: Path, *arguments: str, **environment: str) -> Iterator[Up]:
    stack = Up(folder, *arguments, **environment)
    try:
        stack.start()
        yield stack
    finally:
        if not stack.ended():
            stack.process.kill()
            stack.process.wait()
        for process in of_stack(stack.data):
            process.kill()


def test_it_starts_heals_survives_a_kill_and_stops_without_a_trace(tmp_path: Path) -> None:
    with up(tmp_path) as stack:
        assert stack.is_ready()
        assert "yaa is up" in stack.said.read_text()
        assert re.search(r"dashboard +http://127", stack.said.read_text())
        assert "simulated" in stack.said.read_text()
        first = stack.pids()

        for server in ("nats", "postgres"):
            os.kill(first[server], signal.SIGKILL)
        until(lambda: first["nats"] != stack.pid("nats") != 0)
        until(lambda: first["postgres"] != stack.pid("postgres") != 0)
        until(stack.is_ready)
        channels = stack.get("/api/v1/channels")

        stack.process.kill()
        stack.process.wait()
        stack.start()
        until(stack.is_ready)
        assert stack.get("/api/v1/channels") == channels
        assert "equal to the log" in stack.yaa("projections", "verify")

        assert stack.stop() == 0
        assert stack.pids() == {}
        assert of_stack(stack.data) == []


def test_a_killed_service_process_is_started_again(tmp_path: Path) -> None:
    with up(tmp_path, "--processes") as stack:
        first = stack.pids()

        for name in ("gateway", "writer", "simulator"):
            os.kill(first[name], signal.SIGKILL)
        for name in ("gateway", "writer", "simulator"):
            until(lambda name=name: first[name] != stack.pid(name) != 0)
        until(stack.is_ready)

        assert stack.stop(signal.SIGINT) == 0
        assert of_stack(stack.data) == []


HANGS = """
import asyncio, subprocess, sys
from rich.console import Console
from yaa.stack.interrupts import interruptible

async def work():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print(child.pid, flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.Event().wait()

asyncio.run(interruptible(work(), Console()))
"""


def test_a_second_interrupt_ends_what_does_not_stop_by_itself() -> None:
    process = subprocess.Popen([sys.executable, "-c", HANGS], stdout=subprocess.PIPE)  # noqa: S603
    child = int(process.stdout.readline())

    process.send_signal(signal.SIGINT)
    assert b"stopping" in process.stdout.readline()
    process.send_signal(signal.SIGINT)

    assert process.wait(10) == 130
    process.stdout.close()
    until(lambda: not psutil.pid_exists(child))
