"""The last line of the demo: what scripts read. The whole of it is run by `make demo`."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.artifacts import Publication
from yaa.demo import Made, demo
from yaa.embedded.lock import locked
from yaa.errors import YaaError
from yaa.views import Result, RunDetail


def made(video: Path | str, status: str = "completed", cost_usd: float | None = 0.264) -> Made:
    publication = Publication(
        destination="library",
        dry_run=False,
        title="Tides",
        video_path=str(video),
        files=(),
        note="",
    )
    found = Made("01a")
    found.detail = RunDetail(
        run_id="01a",
        channel_id="demo",
        topic="tides",
        status=status,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        pipeline="video",
        result=Result(publication=publication),
        cost_usd=cost_usd,
    )
    return found


def test_it_names_the_run_the_file_the_seconds_and_the_cost(tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    video.touch()

    assert made(video).line(41.24) == f"DEMO OK run=01a video={video} seconds=41.2 cost_usd=0.2640"
    assert made(video, cost_usd=None).line(41.24).endswith("cost_usd=unknown")


def test_a_file_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(YaaError, match=re.escape(f"no video at '{tmp_path / 'none.mp4'}'")):
        made(tmp_path / "none.mp4").line(1)


def test_a_run_that_failed_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "video.mp4").touch()

    with pytest.raises(YaaError, match="did not complete"):
        made(tmp_path / "video.mp4", status="failed").line(1)


def test_what_cannot_start_says_so_in_the_last_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with locked(tmp_path, "http://127.0.0.1:8400"):
        code = demo("tides", tmp_path, 0, preferred_port=8400)

    assert code == 2
    assert capsys.readouterr().out.splitlines()[-1].startswith("DEMO FAILED run=none yaa already")
