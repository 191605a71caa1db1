"""The collector of log lines, on the engine it is for: what containers say gets to Loki, and when.

The server may be a stand-in that knows stream selectors and line filters only.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest

from .compose import docker

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

OBSERVABILITY = Path(__file__).parents[2] / "deploy" / "observability"
IMAGE = "yaa-collector:e2e"
LOKI_IMAGE = os.environ.get("LOKI_IMAGE", "grafana/loki:3.5.0")
SAYS = os.environ.get("PYTHON_IMAGE", "python:3.13-slim")
LABEL = "com.docker.compose.service"
PROJECT = "com.docker.compose.project"
RUN = "01a1fc60-1c1f-7d10-93f3-0be2a6d6a1ce"
OURS = {"service": "writer", "level": "WARNING", "message": "failed: 커피 {x} $y", "run_id": RUN,
        "traceback": 'in "a"\n\tb \\ c'}  # fmt: skip
TEXT = '2026-11-29 20:00:00.123 UTC [1] LOG:  said "so"\tand \\ went'
LATER = {"service": "usage", "level": "INFO", "message": "call billed", "run_id": RUN}


class Lines:
    """Containers that say something, a collector, and a Loki in a network of their own."""

    def __init__(self, name: str) -> None:
        self.name = name
        docker("network", "create", name)
        self._start("loki", "--network-alias=loki", "--publish=127.0.0.1::3100",
                    f"--volume={OBSERVABILITY / 'loki'}:/etc/loki:ro", LOKI_IMAGE,
                    "-config.file=/etc/loki/loki.yaml")  # fmt: skip
        docker("volume", "create", name)
        self._loki = f"http://{docker('port', f'{name}-loki', '3100')}"

    def _start(self, part: str, *arguments: str) -> None:
        both = ("--detach", f"--name={self.name}-{part}", f"--network={self.name}")
        docker("run", *both, *arguments)

    def collect(self) -> None:
        """Run the collector as compose.monitoring.yaml does."""
        folder = docker("info", "--format", "{{.DockerRootDir}}")
        self._start("collector", "--user=0:0", "--cap-drop=ALL", "--read-only", "--tmpfs=/tmp",
                    "--env=CONTAINERS=/containers", "--env=LOKI_URL=http://loki:3100",
                    f"--env=PROJECT={self.name}",
                    f"--volume={folder}/containers:/containers:ro",
                    f"--volume={self.name}:/var/lib/syslog-ng", IMAGE)  # fmt: skip

    def say(self, service: str, *lines: str, project: str | None = None) -> None:
        """Let a container of a service write lines; it has ended when this returns."""
        said = "".join(f"{line}\n" for line in lines)
        options = ("--log-driver=json-file", f"--log-opt=labels={PROJECT},{LABEL}",
                   f"--label={PROJECT}={project or self.name}")  # fmt: skip
        docker("run", f"--name={self.name}-{service}-{uuid4().hex[:6]}", *options,
               f"--label={LABEL}={service}", f"--network={self.name}", SAYS,
               "python3", "-c", f"print({said!r}, end='')")  # fmt: skip

    def found(self, query: str) -> list[tuple[dict[str, str], str]]:
        """Return labels and line of all that Loki finds."""
        asked = urlencode({"query": query, "limit": 1000})
        answer = httpx2.get(f"{self._loki}/loki/api/v1/query_range?{asked}", timeout=10)
        streams: list[dict[str, Any]] = answer.raise_for_status().json()["data"]["result"]
        return [(each["stream"], line) for each in streams for _, line in each["values"]]

    def remove(self) -> None:
        names = docker("ps", "--all", "--quiet", f"--filter=name=^{self.name}-").split()
        docker("rm", "--force", "--volumes", *names)
        docker("volume", "rm", self.name)
        docker("network", "rm", self.name)


def wait_until(holds: Callable[[], bool], *, within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture(scope="module")
def lines() -> Iterator[Lines]:
    docker("build", "--quiet", "--tag", IMAGE, str(OBSERVABILITY / "collector"))
    lines = Lines(f"yaa-lines-{uuid4().hex[:6]}")
    try:
        lines.collect()
        lines.say("postgres", TEXT, "", "half a line of {")
        lines.say("writer", json.dumps(OURS | {"run_id": "other"}), project="other")
        lines.say("writer", *(json.dumps(OURS | {"n": n}, ensure_ascii=False) for n in range(300)))
        wait_until(lambda: len(lines.found(f'{{service="writer"}} |= "{RUN}"')) == 300)
        docker("rm", "--force", f"{lines.name}-collector")
        lines.say("usage", json.dumps(LATER))
        lines.collect()
        wait_until(lambda: bool(lines.found('{service="usage"}')))
        yield lines
    finally:
        lines.remove()


def test_a_run_is_found_in_the_lines_of_all_services(lines: Lines) -> None:
    found = lines.found(f'{{service=~".+"}} |= "{RUN}"')

    assert {labels["service"] for labels, _ in found} == {"writer", "usage"}
    assert sorted(json.loads(line).get("n", -1) for _, line in found) == [-1, *range(300)]
    assert [json.loads(line) for labels, line in found if labels["service"] == "usage"] == [LATER]


def test_a_line_arrives_as_it_was_written_under_its_level(lines: Lines) -> None:
    ((labels, line), *_) = lines.found('{level="WARNING"}')

    assert labels == {"service": "writer", "level": "WARNING"}
    assert {**json.loads(line), "n": None} == {**OURS, "n": None}
    assert line in {json.dumps(OURS | {"n": n}, ensure_ascii=False) for n in range(300)}


def test_servers_that_write_text_are_labelled_by_their_container(lines: Lines) -> None:
    found = lines.found('{service="postgres"}')

    assert sorted(line for _, line in found) == sorted([TEXT, "", "half a line of {"])
    assert {labels["level"] for labels, _ in found} == {"INFO"}


def test_containers_of_others_are_left_alone(lines: Lines) -> None:
    assert lines.found('{service=~".+"} |= "other"') == []
