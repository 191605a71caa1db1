"""A service as a process: it starts, says what it misses, and ends when it is told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from agentkit.errors import SettingsError
from agentkit.service import load_service, load_settings, service_names
from agentkit.settings import Settings
from yaa.embedded.ports import free_port

SERVICE = """
import asyncio, sys
from contextlib import asynccontextmanager
from agentkit.service import Service, main
from agentkit.settings import Settings

@asynccontextmanager
async def start(settings):
    if settings.log_level == "DEBUG":
        print("starting", flush=True)
        await asyncio.Event().wait()
    missing = ["the moon"] if settings.log_level == "ERROR" else []
    async def check():
        return missing
    yield check
    print("drained", flush=True)

main(Service("probe", Settings, start))
"""


def process(tmp_path: Path, port: int, **environment: str) -> subprocess.Popen[str]:
    script = tmp_path / "probe.py"
    script.write_text(SERVICE)
    return subprocess.Popen(  # noqa: S603 -- our own script
        [sys.executable, str(script)],
        env=os.environ | {"YAA_HEALTH_PORT": str(port)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ready(port: int) -> httpx2.Response:
    deadline = time.monotonic() + 10
    while True:
        try:
            return httpx2.get(f"http://127.0.0.1:{port}/health/ready")
        except httpx2.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def test_it_serves_health_and_metrics_and_drains_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    with process(tmp_path, port) as child:
        assert ready(port).json() == {"status": "ready", "missing": []}
        assert httpx2.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
        assert "python_info" in httpx2.get(f"http://127.0.0.1:{port}/metrics").text

        child.send_signal(signal.SIGTERM)
        out, _ = child.communicate(timeout=10)

    assert child.returncode == 0
    assert "drained" in out


def test_it_says_what_is_missing(tmp_path: Path) -> None:
    port = free_port()
    with process(tmp_path, port, YAA_LOG_LEVEL="ERROR") as child:
        answer = ready(port)
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=10)

    assert answer.status_code == 503
    assert answer.json()["missing"] == ["the moon"]


def test_a_signal_while_it_still_starts_ends_it(tmp_path: Path) -> None:
    with process(tmp_path, free_port(), YAA_LOG_LEVEL="DEBUG") as child:
        assert child.stdout is not None
        while "starting" not in child.stdout.readline():
            pass
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=10)

    assert child.returncode == 0


def test_a_setting_that_cannot_be_used_is_named_and_nothing_starts(tmp_path: Path) -> None:
    with process(tmp_path, free_port(), YAA_WORKERS="many") as child:
        _, said = child.communicate(timeout=10)

    assert child.returncode == 2
    assert "YAA_WORKERS" in said
    assert "Traceback" not in said


def test_a_secret_is_not_in_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YAA_LLM", "sk-very-secret")

    with pytest.raises(SettingsError) as caught:
        load_settings(Settings)

    assert "YAA_LLM" in str(caught.value)
    assert "sk-very-secret" not in str(caught.value)


def test_an_unknown_service_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match="orchestrator"):
        load_service("conductor")

    assert {"gateway", "projector", "orchestrator", "usage", "writer"} <= set(service_names())
