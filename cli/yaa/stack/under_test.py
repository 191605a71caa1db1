"""The whole system as a person starts it, in a folder of a test's own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import httpx2

from yaa.address import key_file
from yaa.client import KEY_HEADER
from yaa.embedded.ports import free_port
from yaa.embedded.postgres import Postgres
from yaa.views import ENDED

OK = 200
READY_TIMEOUT_S = 60
PORTS_TRIED, PORT_TAKEN = 3, "is taken"
RUN_TIMEOUT_S = 90


@dataclass(frozen=True)
class Up:
    """A running `yaa up`; its pictures are small, so that a run takes seconds."""

    url: str
    data_dir: Path
    library_dir: Path
    process: subprocess.Popen[bytes]

    def record(self, name: str) -> dict[str, Any]:
        """Return pid and address of one of its processes."""
        found: dict[str, Any] = json.loads((self.data_dir / "run" / f"{name}.json").read_text())
        return found

    def denials(self) -> list[str]:
        """Return what the broker has denied: services that work need nothing they may not do."""
        said = (self.data_dir / "nats" / "log").read_text()
        return [line for line in said.splitlines() if "Violation" in line]

    @property
    def key(self) -> dict[str, str]:
        """Return the header that opens everything."""
        return {KEY_HEADER: key_file(self.data_dir).read_text().strip()}

    @cached_property
    def client(self) -> httpx2.Client:
        """One for all that is asked: making one takes longer than an answer."""
        return httpx2.Client(base_url=self.url, headers=self.key, trust_env=False)

    @property
    def database_url(self) -> str:
        port = urlsplit(self.record("postgres")["url"]).port
        return Postgres(self.data_dir / "postgres", port or 0).url

    def kill(self, name: str) -> None:
        os.kill(self.record(name)["pid"], signal.SIGKILL)

    def request(self, topic: str, **fields: object) -> str:
        order = {"topic": topic, **fields}
        answer = self.client.post("/api/v1/pipeline/run", json=order, timeout=20)
        if answer.is_error:
            raise AssertionError(answer.text)
        run_id: str = answer.json()["run_id"]
        return run_id

    def detail(self, run_id: str) -> dict[str, Any]:
        """Return the run; asks again while the gateway is away."""
        deadline = time.monotonic() + 30
        while True:
            try:
                answer = self.client.get(f"/api/v1/pipeline/runs/{run_id}", timeout=10)
                answer.raise_for_status()
            except httpx2.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
                continue
            found: dict[str, Any] = answer.json()
            return found

    def wait_for_step(self, run_id: str, step: str) -> None:
        """Return when `step` is being worked on, or was."""
        self.wait_until(run_id, lambda run: _state(run, step) not in {"waiting", None})

    def wait_for_end(self, run_id: str) -> dict[str, Any]:
        return self.wait_until(run_id, lambda run: run["status"] in ENDED)

    def sold(self) -> dict[str, int]:
        """Return how often the simulator sold each answer, by the digest of its request."""
        url = self.record("simulator")["url"]
        answer = httpx2.get(f"{url}/simulator/requests", params={"last": 1000}, timeout=10)
        answer.raise_for_status()
        return Counter(each["digest"] for each in answer.json()["last"] if each["status"] == OK)

    def wait_until(self, run_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the run once it is as it should be."""
        deadline = time.monotonic() + RUN_TIMEOUT_S
        while not holds(run := self.detail(run_id)):
            if time.monotonic() > deadline:
                raise AssertionError(json.dumps(run, indent=1, ensure_ascii=False))
            time.sleep(0.05)
        return run


def _state(run: dict[str, Any], step: str) -> str | None:
    return next((each["status"] for each in run["steps"] if each["step"] == step), None)


def _environment(
    library_dir: Path, latency_s: float, settings: Mapping[str, str]
) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith("YAA_")}
    for key in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        keep.pop(key, None)
    return {
        **keep,
        "YAA_LIBRARY_DIR": str(library_dir),
        "YAA_RENDER_SHORT_SIDE": "180",
        "YAA_RENDER_PRESET": "ultrafast",
        "YAA_RENDER_FPS": "10",
        "YAA_SIMULATOR_LATENCY_S": str(latency_s),
        **settings,
    }


def start(
    folder: Path,
    *options: str,
    latency_s: float = 0.15,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Up:
    """Start `yaa up` and return when it is ready; models take `latency_s` to begin to answer."""
    environment = _environment(folder / "library", latency_s, settings)
    for _ in range(PORTS_TRIED):
        up = _begun(folder, options, environment)
        if _is_ready(up):
            return up
        said = (folder / "up.log").read_text()
        if PORT_TAKEN not in said:
            break
    raise AssertionError(f"yaa up ended with {up.process.returncode}: {said}")


def _begun(folder: Path, options: Sequence[str], environment: Mapping[str, str]) -> Up:
    """Start it on a port that is free now: another test may take it before the gateway does."""
    port, data_dir = free_port(), folder / "data"
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 -- our own command
            [sys.executable, "-m", "yaa", "up", "--port", str(port), "--data-dir", str(data_dir),
             *options],
            env=environment,
            stdout=log,
            stderr=log,
        )  # fmt: skip
    return Up(f"http://127.0.0.1:{port}", data_dir, folder / "library", process)


def _is_ready(up: Up) -> bool:
    """Return when it is ready, or has ended instead."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not (up.data_dir / "run" / "yaa.json").exists():
        if up.process.poll() is not None or time.monotonic() > deadline:
            up.process.kill()
            up.process.wait()
            return False
        time.sleep(0.05)
    return True


def stop(up: Up) -> None:
    up.client.close()
    up.process.send_signal(signal.SIGTERM)
    if (code := up.process.wait(timeout=40)) != 0:
        raise AssertionError(f"yaa up ended with {code}")
    if denied := up.denials():
        raise AssertionError(f"the broker denied a service what it needs: {denied}")
