"""One project of Docker Compose for all tests, started cold and removed with its data."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
import pytest_asyncio

from yaa.embedded.ports import free_port

from .client import Client, Watched
from .compose import ROOT, Compose, engine_address
from .stack import SIMULATOR, UP, Stack

PROJECT = f"yaa-e2e-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]}"
"""One for each checkout, so that what a killed session left behind is found by the next."""
KEY = ROOT / "deploy" / "secrets" / "yaa_admin_key"
LOGS = Path(os.environ.get("YAA_E2E_LOGS", ROOT / "e2e-logs"))
FIGURES = pytest.StashKey[list[str]]()
FAILED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []
    config.stash[FAILED] = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.config.stash[FAILED] |= report.failed
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for figure in config.stash[FIGURES]:
        terminalreporter.write_line(figure)
    if config.stash[FAILED]:
        terminalreporter.write_line(f"what the containers said is in {LOGS}")


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> list[str]:
    """Sentences for the end of the report."""
    return request.config.stash[FIGURES]


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest,
) -> Iterator[Stack]:
    """Everything, from nothing; removed with its data at the end, or when somebody gives up."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    port = free_port()
    settings = {"YAA_PORT": str(port), "YAA_TAG": "e2e", "COMPOSE_PROFILES": SIMULATOR}
    compose = Compose(PROJECT, LOGS, settings)
    engine = docker.DockerClient(engine_address())
    try:
        compose.down("--volumes")
        _start(compose, request.config)
        yield Stack(compose, engine, PROJECT, f"http://127.0.0.1:{port}", KEY.read_text().strip())
    finally:
        compose.down("--volumes")
        if not request.config.stash[FAILED]:
            shutil.rmtree(LOGS)
        engine.close()


def _start(compose: Compose, config: pytest.Config) -> None:
    """Start everything; without it there is nothing to be tested."""
    began = time.monotonic()
    try:
        compose.run(*UP)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        config.stash[FAILED] = True
        pytest.exit(str(error), returncode=1)
    finally:
        compose.follow()
    config.stash[FIGURES].append(f"all healthy {time.monotonic() - began:.1f} s after a cold start")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def video(stack: Stack) -> Watched:
    """The first run, watched by somebody whose connection breaks once in the middle."""
    async with Client.of(stack) as client:
        run = await client.order("바다는 왜 하루에 두 번 물러날까")
        await client.watch(run, breaks_after="step.completed")
    return run
