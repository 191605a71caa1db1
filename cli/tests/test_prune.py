"""`yaa prune` on a whole stack, where everybody may do what its key is for and nothing else."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError

import pytest

from agentkit.artifacts import NatsArtifacts
from agentkit.nats import append, connected
from agentkit.testing import age_file
from contracts import subjects
from contracts.artifacts import ArtifactRef
from contracts.calls import CallMeta
from contracts.events import RunCompleted, RunRequested, StepCompleted
from contracts.pipeline import Pipeline, StepSpec
from gateway import database
from gateway.settings import ProjectorSettings
from yaa.errors import UsageError
from yaa.prune import prune as delete_old
from yaa.servers import server_settings

from .test_stack import Up, clean_environment, until, up

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(90)]

NOBODY = Pipeline(pipeline="old", steps=(StepSpec(step="draw", agent="nobody", task="x"),))
PICTURE = b"picture" * 1000
BRIEF = ArtifactRef(kind="Brief", sha256="0" * 64, size_bytes=2, inline={})
RUNS = "/api/v1/pipeline/runs"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Up]:
    with up(tmp_path) as stack:
        yield stack


def record(stack: Up, run_id: str, *, days_ago: int) -> None:
    """Record a run that bought something, drew a picture and completed, all so long ago."""
    asyncio.run(_record(stack, run_id, datetime.now(UTC) - timedelta(days=days_ago)))


async def _record(stack: Up, run_id: str, at: datetime) -> None:
    settings = server_settings(ProjectorSettings, stack.data)
    async with connected(settings, name=subjects.OPERATOR) as log:
        store, js = NatsArtifacts(log), log.jetstream()
        picture = await store.put(PICTURE + run_id.encode(), media_type="image/png", name="a.png")
        await age_file(log, picture.sha256, at)
        output = ArtifactRef(
            kind="Media", sha256="1" * 64, size_bytes=1, inline={"image": picture.model_dump()}
        )
        told = {"run_id": run_id, "at": at}
        request = {"pipeline": NOBODY, "brief": BRIEF, "channel_id": "demo", "topic": run_id}
        done = {"step": "draw", "attempt": 1, "agent": "nobody", "output": output}
        call = CallMeta(
            **told,
            step="draw",
            attempt=1,
            agent="nobody",
            capability="text",
            provider="anthropic",
            model="claude-sonnet-5-5",
            usage={"input_fresh": 1_000_000},
        )
        await js.publish(
            subjects.call(run_id, "draw", "d" * 32, 1),
            b"{}",
            headers={subjects.CALL_META_HEADER: call.model_dump_json()},
        )
        await append(js, RunRequested(**told, **request))
        await append(js, StepCompleted(**told, **done, duration_ms=1))
        await append(js, RunCompleted(**told, outputs={"draw": output}))
    async with database.open_pool(settings, size=1) as pool:
        await pool.execute("UPDATE gateway.checkpoint SET files_noted_since = '2000-01-01'")
    until(lambda: stack.get(f"{RUNS}/{run_id}")["status"] == "completed")
    until(lambda: _billed(stack, run_id) > 0)


def _billed(stack: Up, run_id: str) -> float:
    calls = stack.get(f"/api/v1/usage?run_id={run_id}")["items"]
    return sum(call["cost_usd"] for call in calls)


def prune(stack: Up, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "yaa", "prune", "--older-than", "30d", *arguments],
        env={**clean_environment(), "YAA_DATA_DIR": str(stack.data), "TZ": "UTC"},
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def is_known(stack: Up, run_id: str) -> bool:
    try:
        stack.get(f"{RUNS}/{run_id}")
    except HTTPError as error:
        return error.code != HTTPStatus.NOT_FOUND
    return True


def test_old_runs_are_counted_asked_about_and_deleted_and_the_bill_stays(stack: Up) -> None:
    record(stack, "old", days_ago=40)
    record(stack, "young", days_ago=20)
    spent = _billed(stack, "old")

    counted = prune(stack, "--dry-run")
    unsure = prune(stack)
    are_there = is_known(stack, "old")
    deleted = prune(stack, "--yes")
    again = prune(stack, "--yes")

    assert counted.stdout.startswith("would delete 1 run that ended before 20"), counted.stderr
    assert (unsure.returncode, are_there) == (2, True)
    assert "nothing was deleted: add --yes" in unsure.stderr
    assert deleted.stdout == "deleted 1 run and 1 file (7.0 kB)\n", deleted.stderr
    assert again.stdout == "deleted 0 runs and 0 files (0 bytes)\n"
    assert not is_known(stack, "old")
    assert is_known(stack, "young")
    assert _billed(stack, "old") == spent
    assert "equal to the log" in stack.yaa("projections", "verify")


def test_with_a_retention_period_nobody_has_to_ask(tmp_path: Path) -> None:
    with up(tmp_path) as stack:
        record(stack, "old", days_ago=40)
        record(stack, "young", days_ago=20)
        assert stack.stop() == 0

    with up(tmp_path, YAA_RETENTION_DAYS="30") as stack:
        until(lambda: not is_known(stack, "old"))
        assert is_known(stack, "young")


@pytest.mark.parametrize(
    ("age", "sentence"),
    [
        ("0", "'0' is no duration: write it like 90s, 30m, 2h or 1h30m"),
        ("23h", "'23h' is no age for runs to be deleted at: say one from 1d to 36500d"),
        ("99999999d", "'99999999d' is no age for runs to be deleted at: say one from 1d"),
    ],
)
def test_an_age_that_cannot_be_is_told_in_one_sentence(
    tmp_path: Path, age: str, sentence: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(sentence)):
        delete_old(tmp_path, age, dry_run=True, sure=False)
