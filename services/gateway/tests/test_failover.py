"""Two projectors, each a process, on one durable: one is lost with a batch in its hands."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.testing import wait_until
from gateway import checkpoint, log
from gateway.verify import verify

pytestmark = pytest.mark.timeout(90)

RUNS = 40
SOON_S = 20
"""Less than the time after which the broker hands out again what a dead reader had."""


@pytest.fixture
def point(tmp_path: Path) -> Path:
    """Arm the place in the middle of a transaction, for the first process that comes there."""
    folder = tmp_path / "points"
    folder.mkdir()
    (folder / "projector.middle").touch()
    return folder


@pytest.fixture
def projectors(settings, point, connection) -> Iterator[None]:
    """Run two projectors until the test ends."""
    assert connection.is_connected
    environment = {
        **os.environ,
        "YAA_NATS_URL": settings.nats_url,
        "YAA_DATABASE_URL": settings.database_url.get_secret_value(),
        "YAA_FAILPOINTS": str(point),
    }
    argv = [sys.executable, "-m", "gateway.projector"]
    running = [subprocess.Popen(argv, env=environment) for _ in range(2)]  # noqa: S603 -- our own
    yield
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
async def held(point, record, story) -> int:
    """Return which process has written a batch and not yet committed it."""
    await record(story("first").whole())
    await wait_until(lambda: _holder(point), timeout_s=30)
    return _holder(point)


def _holder(point: Path) -> int:
    return next((int(file.name.partition("@")[2]) for file in point.glob("*@*")), 0)


async def _everything_is_applied(pool, connection) -> bool:
    return await checkpoint.last_seq(pool) == await log.last_seq(connection)


@pytest.mark.usefixtures("projectors")
async def test_what_a_killed_projector_had_in_hand_is_applied_by_the_other(
    pool, connection, held, record, story
):
    await record(*(story(f"before-{number}").whole() for number in range(RUNS)))
    os.kill(held, signal.SIGKILL)
    await record(*(story(f"after-{number}").whole() for number in range(RUNS)))

    await wait_until(lambda: _everything_is_applied(pool, connection), timeout_s=SOON_S)

    found = await verify(pool, connection)
    assert found.is_equal
    assert found.tables["runs"].rows == 1 + 2 * RUNS


@pytest.mark.usefixtures("projectors")
async def test_a_projector_that_stands_still_holds_nobody_up_and_breaks_nothing_later(
    pool, connection, held, record, story
):
    os.kill(held, signal.SIGSTOP)
    await record(*(story(f"run-{number}").whole() for number in range(RUNS)))

    await wait_until(lambda: _everything_is_applied(pool, connection), timeout_s=SOON_S)
    os.kill(held, signal.SIGCONT)
    await record(story("last").whole())
    await wait_until(lambda: _everything_is_applied(pool, connection), timeout_s=SOON_S)

    found = await verify(pool, connection)
    assert found.is_equal
    assert found.tables["runs"].rows == RUNS + 2
