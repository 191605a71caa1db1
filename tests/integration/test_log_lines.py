"""What a whole system logs, measures and stores: a run can be followed, a secret be found nowhere.

Everything that must not get out has a word in it that is searched for. The runs meet what makes
programs talk: busy providers, answers that do not fit, refusals, a killed agent, bad requests.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2
import psycopg
import pytest

from agentkit.service import agent_names, service_names
from yaa.stack.under_test import Up, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

API = "/api/v1"
PROVIDER_KEYS = {
    "ANTHROPIC_API_KEY": "sk-ant-api03-" + "canaryanthropic" * 3,
    "OPENAI_API_KEY": "sk-proj-" + "canaryopenai" * 4,
}
NOTIFIED = {
    "slack": "T0canaryslack/B0canaryslack",
    "webhook": "canarywebhook/canarywebhook",
    "smtp": "canarysmtpcanarysmtpcanarysmtp",
    "webhook secret": "canarywebhooksecretcanarywebhooksecret00",
}
NOWHERE = "127.0.0.1:9"
"""Where nobody takes what people are to be told."""
WRONG_KEY = "yaa_0123456789ab_" + "ca9a7f" * 8
TOPIC, GUIDE, REASON, BODY = "canarytopic", "canaryguide", "canaryreason", "canarybody"
REQUEST_ID = "asked-by-a-test"
REFUSED = (
    {"topic": f"{TOPIC} " * 200},
    {"topic": TOPIC, "aspect": BODY},
    {"topic": TOPIC, "channel_id": "nobody", BODY: BODY},
    {"topic": TOPIC, "pipeline": "nothing"},
    [BODY],
)


@dataclass(frozen=True)
class Told:
    """All that got out of a system that has ended: `files` by name, and the lines in JSON."""

    run: dict[str, Any]
    secrets: dict[str, str]
    contents: dict[str, str]
    logs: dict[str, str]
    pages: dict[str, str]
    answers: str
    stored: bytes
    rows: str
    level: list[str]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for name, text in self.logs.items()
            if name not in {"up", "nats", "postgres"}
            for line in text.splitlines()
        ]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("up")
    hasty = {"YAA_CALLS__ATTEMPTS": "2", "YAA_CALLS__BACKOFF_S": "0.05"}
    told = {
        "YAA_NOTIFY": "email,slack,webhook",
        "YAA_SLACK_URL": f"http://{NOWHERE}/services/{NOTIFIED['slack']}",
        "YAA_WEBHOOK_URL": f"http://{NOWHERE}/{NOTIFIED['webhook']}",
        "YAA_WEBHOOK_SECRET": f"whsec_{NOTIFIED['webhook secret']}",
        "YAA_SMTP_URL": f"smtp://yaa:{NOTIFIED['smtp']}@{NOWHERE}",
        "YAA_EMAIL_FROM": "yaa@yaa.example",
        "YAA_EMAIL_TO": "minji@yaa.example",
    }
    settings = {**PROVIDER_KEYS, **hasty, **told, "YAA_LLM": "simulator"}
    up = start(folder, "--processes", latency_s=0.02, settings=settings)
    try:
        level = levels(up)
        run, answers = lived(up)
        pages, rows, secrets = metric_pages(up), rows_of(up), secrets_of(up)
    finally:
        stop(up)
    stored = b"".join(
        file.read_bytes() for file in (up.data_dir / "nats" / "jetstream").rglob("*")
        if file.is_file()
    )  # fmt: skip
    return Told(run, secrets, contents_of(run), logs(up), pages, answers, stored, rows, level)


def levels(up: Up) -> list[str]:
    """Let everything tell all it can, having tried that on one service."""

    def answered() -> list[str]:
        """Return which of three services logged a health check, which is for DEBUG alone."""
        httpx2.get(f"{up.url}/health/live")
        text = log_of(up, "gateway")
        return ["gateway"] if '"DEBUG"' in text else []

    found = [f"before: {answered()}"]
    yaa(up, "gateway", "debug", "--for", "1h")
    wait_for(lambda: bool(answered()))
    found.append(f"told: {answered()}")
    said = yaa(up, "all", "DEBUG", "--for", "ever")
    wait_for(lambda: all('"log level set"' in log_of(up, name) for name in service_names()))
    return [*found, said]


def yaa(up: Up, *arguments: str) -> str:
    keep = {name: value for name, value in os.environ.items() if not name.startswith("YAA_")}
    command = [sys.executable, "-m", "yaa", "logs", "level", *arguments]
    return subprocess.run(  # noqa: S603 -- our own command
        [*command, "--data-dir", str(up.data_dir)], env=keep, check=True, stdout=subprocess.PIPE,
        text=True,
    ).stdout  # fmt: skip


def wait_for(holds: Callable[[], bool], *, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def log_of(up: Up, name: str) -> str:
    return (up.data_dir / "log" / f"{name}.log").read_text()


def lived(up: Up) -> tuple[dict[str, Any], str]:
    """Let runs succeed, fail, be refused, lose their agent; return one and all answers."""
    answers = [
        post(up, "/channels", {"channel_id": "birds", "name": "Birds", "language": "en",
                               "brand_guide": f"tone: {GUIDE}\naudience: friends of {GUIDE}\n"}),
        *(post(up, "/pipeline/run", order) for order in REFUSED),
        httpx2.post(f"{up.url}{API}/pipeline/run", headers=up.key, content=f'{{"{BODY}'),
        httpx2.get(f"{up.url}{API}/me", headers={"X-API-Key": WRONG_KEY}),
        httpx2.get(f"{up.url}{API}/pipeline/runs/{WRONG_KEY}", headers=up.key),
    ]  # fmt: skip
    faults(up, {"fault": "cut", "path": "messages", "body": "hook", "times": 1},
           {"fault": "malformed", "path": "messages", "body": "thumbnail", "times": 1},
           {"fault": "500", "path": "speech", "times": 1})  # fmt: skip
    asked = up.key | {"X-Request-ID": REQUEST_ID}
    first = post(up, "/pipeline/run", {"topic": f"why {TOPIC}", "channel_id": "birds"}, asked)
    assert first.is_success, first.text
    up.wait_for_step(first.json()["run_id"], "script")
    up.kill("writer")
    run = up.wait_for_end(first.json()["run_id"])
    faults(up, {"fault": "500", "path": "messages", "times": 2},
           {"fault": "invalid", "path": "messages", "body": "hook", "times": 3})  # fmt: skip
    up.wait_for_end(up.request(f"how {TOPIC}"))
    faults(up, {"fault": "401", "path": "messages"})
    up.wait_for_end(up.request(f"who {TOPIC}"))
    stopped = up.request(f"when {TOPIC}")
    answers.append(post(up, f"/pipeline/runs/{stopped}/cancel", {"reason": REASON}))
    up.wait_for_end(stopped)
    url = up.url + run["result"]["video_url"]
    answers.append(httpx2.get(url.replace("signature=", "signature=0"), timeout=20))
    return run, "".join(answer.text for answer in (first, *answers))


def post(up: Up, path: str, body: object, headers: dict[str, str] | None = None) -> httpx2.Response:
    return httpx2.post(f"{up.url}{API}{path}", headers=headers or up.key, json=body, timeout=20)


def faults(up: Up, *rules: dict[str, Any]) -> None:
    url = f"{up.record('simulator')['url']}/simulator/faults"
    httpx2.delete(url).raise_for_status()
    httpx2.post(url, json=list(rules)).raise_for_status()


def metric_pages(up: Up) -> dict[str, str]:
    return {
        name: httpx2.get(f"{up.record(name)['url']}/metrics", timeout=10).text
        for name in service_names()
    }


def rows_of(up: Up) -> str:
    """Return every row of every table, as text, but the one row that has to hold a secret."""
    with psycopg.connect(up.database_url) as database:
        tables = database.execute(
            "SELECT format('SELECT t::text FROM %I.%I t', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname IN ('gateway', 'usage') AND tablename <> 'signing'"
        ).fetchall()
        rows = [row for (select,) in tables for (row,) in database.execute(select).fetchall()]
    return "\n".join(rows)


def secrets_of(up: Up) -> dict[str, str]:
    """Return what nobody may read anywhere, by what it is."""
    with psycopg.connect(up.database_url) as database:
        row = database.execute("SELECT encode(secret, 'hex') FROM gateway.signing").fetchone()
    assert row is not None
    keys = {file.name: file.read_text().strip() for file in (up.data_dir / "keys").glob("*.nk")}
    return {
        **PROVIDER_KEYS,
        **NOTIFIED,
        **keys,
        "wrong key": WRONG_KEY.rpartition("_")[2],
        "admin": up.key["X-API-Key"].rpartition("_")[2],
        "signing": row[0],
        "password": (up.data_dir / "postgres" / "password").read_text(),
    }


def contents_of(run: dict[str, Any]) -> dict[str, str]:
    """Return what was asked of models and said by them, which is for no operator."""
    script = run["result"]["script"]
    said = {f"scene {n}": scene["narration"] for n, scene in enumerate(script["scenes"])}
    words = {"topic": TOPIC, "guide": GUIDE, "reason": REASON, "body": BODY}
    return {**words, **said, "title": script["title"]}


def logs(up: Up) -> dict[str, str]:
    files = {file.stem: file for file in (up.data_dir / "log").glob("*.log")}
    files |= {name: up.data_dir / name / "log" for name in ("nats", "postgres")}
    files["up"] = up.data_dir.parent / "up.log"
    return {name: file.read_text() for name, file in files.items()}


def test_what_happened_is_worth_searching(told: Told) -> None:
    text = "".join(told.logs.values())

    assert told.run["status"] == "completed", told.run["errors"]
    assert {f"{name}.nk" for name in service_names()} <= told.secrets.keys()
    assert all(len(secret) > 20 for secret in told.secrets.values())
    assert set(service_names()) <= told.logs.keys() == {*service_names(), "simulator", "yaa", "up",
                                                        "nats", "postgres"}  # fmt: skip
    for line in (
        "step failed",
        "traceback",
        "server died",
        "request answered",
        "call billed",
        "notice is not taken",
    ):
        assert line in text
    assert all(content in told.rows for content in (TOPIC, GUIDE))


def test_a_secret_is_nowhere(told: Told) -> None:
    places = {
        **{f"log of {name}": text for name, text in told.logs.items()},
        **{f"metrics of {name}": text for name, text in told.pages.items()},
        "rows": told.rows,
        "answers": told.answers,
        "streams": told.stored.decode("latin-1"),
    }

    found = [
        f"{what} is in {where}"
        for where, text in places.items()
        for what, secret in told.secrets.items()
        if secret in text
    ]
    assert found == []


def test_what_is_asked_and_answered_is_in_no_log_and_no_metric(told: Told) -> None:
    found = [
        f"{what} is in {where}: {re.findall(f'.{{0,200}}{re.escape(content)}', text)[:1]}"
        for where, text in {
            **told.logs,
            **{f"/metrics {n}": t for n, t in told.pages.items()},
        }.items()
        for what, content in told.contents.items()
        if content in text
    ]
    assert found == []


def test_every_line_has_its_time_its_level_and_its_service(told: Told) -> None:
    for line in told.lines:
        assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
        assert line["level"] in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
        assert line["message"]
    assert {line["service"] for line in told.lines} == {*service_names(), "simulator", "yaa"}


def test_a_run_is_found_in_the_lines_of_every_service(told: Told) -> None:
    run_id = told.run["run_id"]
    of_run = [line for line in told.lines if line.get("run_id") == run_id]
    steps = [line for line in of_run if line["message"] == "step ended"]

    assert {line["service"] for line in of_run} == set(service_names())
    assert {line["step"] for line in steps} == {step["step"] for step in told.run["steps"]}
    assert all(line["attempt"] >= 1 for line in steps)
    for line in (line for line in of_run if line["service"] in {*agent_names(), "orchestrator"}):
        assert (line["request_id"], bool(line["trace_id"])) == (REQUEST_ID, True), line


def test_what_is_logged_can_be_changed_while_it_runs(told: Told) -> None:
    before, after, said = told.level

    assert (before, after) == ("before: []", "told: ['gateway']")
    assert all(name in said for name in service_names())
    assert "DEBUG and above is logged until they are started again" in said
