"""Whatever anybody sends: no error of ours, and no answer that the description does not know.

`make fuzz` does for long, and with chance, what is done here shortly and always alike.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from agentkit.artifacts import NatsArtifacts

CONFIG = Path(__file__).with_name("schemathesis.toml")
LONG_S = int(os.environ.get("YAA_FUZZ_S", "0"))
SHORT_S = 20
SPARE_S = 100
ALWAYS_ALIKE = ["--seed", "1", "--generation-deterministic"]
STREAM = "text/event-stream"


@pytest.fixture
async def content(connection, record, project, story, wide_story) -> None:
    """Have a run of every kind, and a file, to be found by whoever looks."""
    await NatsArtifacts(connection).put(b"movie", media_type="video/mp4", name="movie.mp4")
    failed = story("failed").requested().asks("script").fails("script")
    await record(
        story("completed").whole(),
        failed.ends_badly(failed.error("script", 1)),
        story("cancelled").requested().asks("script").is_cancelled("wrong topic"),
        wide_story("revised").revised_whole(),
        wide_story("asking").requested().asks_a_person("publish"),
        story("paused").requested().is_paused(),
    )
    await project()


@pytest.fixture
async def headers(key) -> dict[str, str]:
    """Say what somebody sends along who may do everything."""
    return {"X-API-Key": await key("admin")}


@pytest.fixture
async def description(api, tmp_path) -> Path:
    """Write down what the API says of itself, with the events of its stream as OpenAPI 3.2 does."""
    document = (await api.get("/openapi.json")).json()
    stream = document["paths"]["/api/v1/pipeline/runs/{run_id}/events"]["get"]
    events = stream["responses"]["200"]["content"][STREAM]["x-itemSchema"]
    stream["responses"]["200"]["content"][STREAM] = {"itemSchema": events}
    path = tmp_path / "openapi.json"
    path.write_bytes(orjson.dumps(without_names(document, document["components"]["schemas"])))
    return path


def without_names(part: Any, schemas: dict[str, Any]) -> Any:
    """Write plain texts out where they are meant: schemathesis 4.32 fails on a name of one."""
    match part:
        case {"$ref": str(ref)} if _is_text(ref, schemas):
            return schemas[ref.rpartition("/")[2]]
        case dict():
            return {key: without_names(value, schemas) for key, value in part.items()}
        case list():
            return [without_names(value, schemas) for value in part]
    return part


def _is_text(ref: str, schemas: dict[str, Any]) -> bool:
    _, _, kind, name = ref.split("/")
    return kind == "schemas" and schemas[name].get("type") == "string"


@pytest.mark.timeout(SHORT_S + LONG_S + SPARE_S)
@pytest.mark.usefixtures("agents", "content")
async def test_the_api_keeps_to_its_description_whatever_it_is_sent(settings, headers, description):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG, "run", description),
        *("--url", f"http://127.0.0.1:{settings.http_port}"),
        *(f"--header={name}:{value}" for name, value in headers.items()),
        *("--max-time", str(LONG_S or SHORT_S)),
        *([] if LONG_S else ALWAYS_ALIKE),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=description.parent,
    )
    told, _ = await process.communicate()
    sys.stdout.write(told.decode())

    assert process.returncode == 0
