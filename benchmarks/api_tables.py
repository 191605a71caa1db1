"""The tables of a great many runs, loaded as fast as PostgreSQL takes them.

Some runs of each kind are told and folded as the projector does it; every other run is one of
those with its own id, time, channel and topic put in place of theirs.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

import asyncpg
from asyncpg import Connection
from replay_log import FILES, INSTANCES, NAMES, RUN_ID, T0, Told, ref

from contracts.artifacts import BlobRef
from contracts.base import step_of
from contracts.events import CancelRequested, RunCancelled, parse_event
from gateway import rows, tables, totals
from gateway.fold import fold_all
from gateway.migrations.versions import v0008_hours
from gateway.rows import Row
from gateway.state import RunState

CHANNELS = 20
QUIET_CHANNEL = f"channel-{CHANNELS - 1:02}"
"""Nothing ever fails there: who asks for its failed runs asks for what there is none of."""
SPAN = timedelta(days=365)
UNFINISHED = 40
"""So many of the newest runs still go on."""
BLOCK_RUNS = 500
TOPICS = ("the sky", "the sea", "바다는 왜 짤까", "하늘은 왜 파란가", "how bees find home")
CALLS = {
    "research": (("search", "claude-sonnet-5-5"), ("text", "claude-sonnet-5-5")),
    "script": (("text", "claude-sonnet-5-5"),),
    "seo": (("text", "claude-sonnet-5-5"),),
    "media": (("image", "gpt-image-2.5-flare"), ("speech", "gpt-4o-mini-tts")),
}
"""What each attempt of a step paid for."""

LOADED = "SELECT runs FROM gateway.totals"
EMPTY_BILL = """
TRUNCATE usage.usage_events, usage.run_totals, usage.step_totals, usage.day_totals,
         usage.hour_totals
"""
PUT_CHANNELS = """
INSERT INTO gateway.channels (channel_id, name, language, brand_guide)
SELECT channel_id, channel_id, 'ko', ''
FROM unnest($1::text[]) AS channel_id
ON CONFLICT DO NOTHING
"""
BILL = (
    """
    INSERT INTO usage.step_totals
    SELECT run_id, step, sum(cost_usd_micro), sum(total_tokens), 0, count(*), count(*)
    FROM usage.usage_events
    GROUP BY run_id, step
    ORDER BY run_id, step
    """,
    """
    INSERT INTO usage.run_totals
    SELECT run_id, sum(cost_usd_micro), sum(total_tokens), 0, sum(calls), sum(calls)
    FROM usage.step_totals
    GROUP BY run_id
    ORDER BY run_id
    """,
    """
    INSERT INTO usage.day_totals
    SELECT (created_at AT TIME ZONE 'UTC')::date, agent, provider, model, simulated,
           sum(cost_usd_micro), sum(prompt_tokens), sum(completion_tokens), 0, count(*)
    FROM usage.usage_events
    GROUP BY 1, 2, 3, 4, 5
    """,
    """
    INSERT INTO usage.hour_totals
    SELECT date_trunc('hour', created_at, 'UTC'), sum(cost_usd_micro), 0, count(*)
    FROM usage.usage_events
    GROUP BY 1
    """,
    """
    UPDATE usage.totals
    SET (cost_usd_micro, total_tokens, simulated_calls, calls) = (
        SELECT sum(cost_usd_micro), sum(total_tokens), sum(calls), sum(calls)
        FROM usage.run_totals
    )
    """,
)
PUT_CALLS = """
INSERT INTO usage.usage_events (
    id, run_id, step, attempt, agent, capability, provider, model, prompt_tokens,
    completion_tokens, total_tokens, buckets, cost_usd_micro, price_basis, simulated, created_at
)
SELECT
"""

type Template = bytes


@dataclass(frozen=True, slots=True)
class Table:
    """Where rows go, and how those of a run look."""

    name: str
    columns: Sequence[str]
    rows_of: Callable[[RunState], Iterable[Row]]

    @classmethod
    def filled_by(cls, statement: str, rows_of: Callable[[RunState], Iterable[Row]]) -> "Table":
        """Take table and columns from the statement that fills it in production."""
        found = re.match(r"\s*INSERT INTO ([a-z_.]+) \(([^)]+)\)", statement)
        assert found is not None, statement  # noqa: S101 -- they all begin like that
        return cls(found[1], [column.strip() for column in found[2].split(",")], rows_of)


async def load(database_url: str, runs: int) -> None:
    """Fill the projection and the bill of a migrated database with `runs` runs, unless it has."""
    connection = await asyncpg.connect(database_url)
    try:
        if await connection.fetchval(LOADED) != runs:
            async with connection.transaction():
                await _fill(connection, runs)
            await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _fill(connection: Connection, runs: int) -> None:
    """Fill tables that were emptied in this transaction: then nothing goes to the WAL."""
    await connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
    await connection.execute("SET LOCAL work_mem = '256MB'")
    await tables.empty(connection)
    await connection.execute(EMPTY_BILL)
    await connection.execute(PUT_CHANNELS, [_channel(number) for number in range(CHANNELS)])
    states, first = _states(), datetime.now(UTC).replace(second=0, microsecond=0) - SPAN
    for table in _tables():
        schema, _, name = table.name.partition(".")
        templates = [template(table.rows_of(state)) for state in states]
        blocks = _blocks(templates, first, runs)
        await connection.copy_to_table(
            name, schema_name=schema, columns=table.columns, source=blocks
        )
    await totals.move(connection, {}, [states[_kind(number, runs)] for number in range(runs)])
    for statement in (v0008_hours.FILL, *BILL):
        await connection.execute(statement)


def _tables() -> tuple[Table, ...]:
    def steps(run: RunState) -> Iterable[Row]:
        return (rows.step_row(run.run_id, step) for step in run.steps.values())

    def instances(run: RunState) -> Iterable[Row]:
        return (rows.instance_row(run.run_id, each) for each in run.instances.values())

    def approvals(run: RunState) -> Iterable[Row]:
        return (rows.approval_row(run.run_id, each) for each in run.approvals.values())

    def errors(run: RunState) -> Iterable[Row]:
        return (rows.error_row(run.run_id, error) for error in run.errors)

    return (
        Table.filled_by(tables.PUT_RUNS, lambda run: [rows.run_row(run)]),
        Table.filled_by(tables.PUT_STEPS, steps),
        Table.filled_by(tables.PUT_INSTANCES, instances),
        Table.filled_by(tables.PUT_APPROVALS, approvals),
        Table.filled_by(tables.PUT_ERRORS, errors),
        Table.filled_by(PUT_CALLS, _calls),
    )


class Made(Told):
    """A run whose steps made what they make."""

    def done(self, name: str, attempt: int = 1) -> "Made":
        super().done(name, attempt)
        subject, payload = self.lines[-1]
        event = json.loads(payload)
        kind, content = _OUTPUTS.get(name.partition(":")[0], ("Anything", {"text": "x" * 120}))
        event["output"] = ref(kind, content).model_dump(mode="json")
        self.lines[-1] = (subject, json.dumps(event).encode())
        return self

    def stopped(self) -> "Made":
        self._add(CancelRequested, reason="not now")
        self._add(RunCancelled, reason="not now")
        return self

    def state(self) -> RunState:
        run = fold_all(parse_event(payload) for _, payload in self.lines)
        assert run is not None  # noqa: S101 -- it begins with its request
        return run


def _states() -> list[RunState]:
    """Return twenty runs that have ended, most of them plain, and at last one that goes on."""
    plain, retried, failed, asked = Made(), Made(), Made(), Made()
    fanned, cancelled, open_ = Made(fans_out=True), Made(), Made()
    for name in NAMES:
        plain.step(name)
        (retried.asks(name).fails(name) if name == "media" else retried).step(
            name, 2 if name == "media" else 1
        )
        (asked.approved(name) if name == "publish" else asked).step(name)
        fanned.fan(name, INSTANCES) if name == "media" else fanned.step(name)
    failed.step("research").asks("script").fails("script").asks("script", 2).fails("script", 2)
    for told in (plain, retried, fanned, asked.paused()):
        told.ends()
    failed.ends_badly()
    cancelled.step("research").asks("script")
    cancelled.stopped()
    open_.step("research").step("script").asks("seo").asks("media")
    weights = ((plain, 12), (retried, 3), (asked, 1), (fanned, 1), (failed, 2), (cancelled, 1))
    weighted = [told.state() for told, weight in weights for _ in range(weight)]
    return [*weighted, open_.state()]


def _kind(number: int, runs: int) -> int:
    """Return which of the states the run with this number is in."""
    if number >= runs - UNFINISHED:
        return -1
    return 0 if _channel(number) == QUIET_CHANNEL else number % 20


def _calls(run: RunState) -> Iterable[Row]:
    attempts = (
        (name, attempt)
        for name, work in (
            *((step.step, step) for step in run.steps.values() if step.instances is None),
            *((f"{each.step}:{each.index}", each) for each in run.instances.values()),
        )
        for attempt in work.attempts
    )
    calls = (
        (name, attempt, capability, model)
        for name, attempt in attempts
        for capability, model in CALLS.get(step_of(name)[0], ())
    )
    for n, (name, attempt, capability, model) in enumerate(calls):
        provider = "anthropic" if model.startswith("claude") else "openai"
        yield (
            RUN_ID.replace("-7000-", f"-5{n:03x}-"),
            *(run.run_id, name, attempt.attempt, attempt.agent, capability, provider, model),
            *(1200, 300, 1500, '{"input": 1200, "output": 300}', 4500 + n, "list", True),
            attempt.completed_at or run.updated_at,
        )


def template(some: Iterable[Row]) -> Template:
    """Return rows in the text format of COPY, with places for what differs between runs."""
    text = "".join("\t".join(map(_field, row)) + "\n" for row in some).replace("%", "%%")
    head, _, tail = RUN_ID.partition("-7000-8000-")
    for name, there in (("tail", tail), ("head", head)):
        text = text.replace(there, f"%({name})s")
    text = text.replace(FILES, "c0ff%(tail)s").replace(f"{T0:%Y-%m-%dT%H:%M}", "%(minute)s")
    return text.replace("demo", "%(channel)s").replace("the sky", "%(topic)s").encode()


def _field(value: object) -> str:
    match value:
        case None:
            return r"\N"
        case bool():
            return "t" if value else "f"
        case datetime():
            return value.isoformat()
        case _:
            return str(value).replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")


async def _blocks(
    templates: Sequence[Template], first: datetime, runs: int
) -> AsyncIterator[bytes]:
    """Yield the rows of all runs, oldest first, filled in."""
    each = (templates[_kind(n, runs)] % values for n, values in enumerate(_values(first, runs)))
    while block := b"".join(islice(each, BLOCK_RUNS)):
        yield block


def _values(first: datetime, runs: int) -> Iterable[dict[bytes, bytes]]:
    """Yield what differs between runs: each id is as its time, each minute may have several."""
    for number in range(runs):
        at = first + SPAN * number / runs
        at_ms = int(at.timestamp()) * 1000
        yield {
            b"head": b"%08x-%04x" % (at_ms >> 16, at_ms & 0xFFFF),
            b"tail": b"%012x" % number,
            b"minute": at.strftime("%Y-%m-%dT%H:%M").encode(),
            b"channel": _channel(number).encode(),
            b"topic": f"{TOPICS[number % len(TOPICS)]} {number}".encode(),
        }


def _channel(number: int) -> str:
    return f"channel-{number // 20 % CHANNELS:02}"


_SCENE = {
    "narration": "The sky scatters blue light more than red light. " * 3,
    "on_screen_text": "Blue wins",
    "image_prompt": "a child under a wide blue sky",
    "target_s": 6,
}


def _file(name: str, media_type: str) -> dict[str, object]:
    digest = f"{sum(name.encode()):x}"
    sha256 = FILES + digest.rjust(48, "a")
    return BlobRef(sha256=sha256, size_bytes=9, media_type=media_type, name=name).model_dump()


_SUBTITLES = _file("talk.srt", "application/x-subrip")
_OUTPUTS: dict[str, tuple[str, dict[str, object]]] = {
    "script": (
        "Script",
        {"title": "Why", "language": "ko", "hook": "Look up.", "scenes": [_SCENE]},
    ),
    "seo": (
        "Seo",
        {
            "title": "Why",
            "description": "Light and air.",
            "tags": ["sky", "light"],
            "hashtags": ["#sky"],
            "chapters": [{"start_s": 0, "title": "Why"}],
            "thumbnail_text": "Blue",
        },
    ),
    "media": (
        "Media",
        {
            "scenes": [
                {
                    "image": _file("one.png", "image/png"),
                    "narration": _file("one.mp3", "audio/mpeg"),
                    "duration_s": 6,
                }
            ],
            "subtitles": _SUBTITLES,
            "styled_subtitles": _file("talk.ass", "text/x-ssa"),
            "duration_s": 6,
        },
    ),
    "edit": (
        "Video",
        {
            "video": _file("video.mp4", "video/mp4"),
            "thumbnail": _file("thumb.jpg", "image/jpeg"),
            "subtitles": _SUBTITLES,
            "duration_s": 6,
            "width": 1080,
            "height": 1920,
            "chapters": [],
        },
    ),
    "publish": (
        "Publication",
        {
            "destination": "library",
            "dry_run": False,
            "title": "Why",
            "video_path": "why.mp4",
            "files": [],
            "note": "",
        },
    ),
}
