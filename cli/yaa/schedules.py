"""What the commands about schedules do and show."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console
from rich.table import Table
from rich.text import Text

from yaa.actions import out
from yaa.address import gateway_url
from yaa.client import Gateway
from yaa.figures import age_of
from yaa.lists import fit, table_of
from yaa.schedule_views import LastFire, ScheduleDraft, SchedulePage, ScheduleView
from yaa.screen import COLOURS, ICONS

WIDE_CELLS = 130
WORDS_CELLS = 100
LONG_WORDS = 40
NARROW = ("schedule", "when", "next run", "last run")
WIDE = (*NARROW, "topic")
LOCAL = "%a %Y-%m-%d %H:%M"


def add(draft: ScheduleDraft, url: str | None, *, idempotency_key: str) -> None:
    """Add a schedule; say its id and when it runs first."""
    added = _ask(url, lambda gateway: gateway.add_schedule(draft, idempotency_key=idempotency_key))
    console = out()
    if not console.is_terminal:
        console.print(Text(added.id))
        return
    console.print(Text.assemble(("✓ ", "green"), "schedule ", (added.id, "bold"), " was added"))
    _say_next(added, console)


def show_all(url: str | None, *, limit: int) -> None:
    show_page(_ask(url, lambda gateway: gateway.schedules(limit=limit)), out())


def show(schedule_id: str, url: str | None) -> None:
    show_schedule(_ask(url, lambda gateway: gateway.schedule(schedule_id)), out())


def pause(schedule_id: str, url: str | None) -> None:
    paused = _ask(url, lambda gateway: gateway.steer_schedule(schedule_id, "pause"))
    console = out()
    console.print(Text(f"schedule {paused.id} is paused: it makes no runs"), soft_wrap=True)
    hint = f"  let it go on: yaa schedule resume {paused.id}"
    console.print(Text(hint, style="dim"), soft_wrap=True)


def resume(schedule_id: str, url: str | None) -> None:
    resumed = _ask(url, lambda gateway: gateway.steer_schedule(schedule_id, "resume"))
    console = out()
    console.print(Text(f"schedule {resumed.id} goes on"), soft_wrap=True)
    _say_next(resumed, console)


def remove(schedule_id: str, url: str | None) -> None:
    _ask(url, lambda gateway: gateway.remove_schedule(schedule_id))
    out().print(Text(f"schedule {schedule_id} was removed; its runs go on"), soft_wrap=True)


def show_page(page: SchedulePage, console: Console) -> None:
    if not page.items:
        console.print('no schedules: yaa schedule add "your topic" --cron "0 9 * * MON-FRI"')
        return
    names = WIDE if console.width >= WIDE_CELLS else NARROW
    rows = [_cells_of(each, in_words=console.width >= WORDS_CELLS) for each in page.items]
    fit("topic" if "topic" in names else "when", rows, names, console.width)
    table = table_of(names)
    for row in rows:
        table.add_row(*(row[name] for name in names))
    console.print(table)
    if left := page.total - len(page.items):
        more = f"{left:,} more: ask for them with --limit"
        console.print(Text(more, style="dim"))


def show_schedule(schedule: ScheduleView, console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    last = schedule.last
    missed = {"run_once": "one run makes up for them", "skip": "left out"}
    for name, value in (
        ("schedule", schedule.id),
        ("name", schedule.name),
        ("when", schedule.when),
        ("cron", schedule.cron or ""),
        ("time zone", schedule.tz),
        ("next run", _next(schedule)),
        ("last run", _last(last) if last else ""),
        ("run", last.run_id or "" if last else ""),
        ("why not", last.error if last else ""),
        ("missed times", missed[schedule.on_missed]),
        ("topic", schedule.order.topic),
        ("channel", schedule.order.channel_id),
        ("pipeline", schedule.order.pipeline),
        ("added", _local(schedule.created_at, schedule.tz)),
        ("by", schedule.requested_by),
    ):
        if value:
            table.add_row(
                Text(name, style="dim"), value if isinstance(value, Text) else Text(value)
            )
    console.print(table)


def _ask[T](url: str | None, wanted: Callable[[Gateway], Awaitable[T]]) -> T:
    async def ask() -> T:
        async with Gateway(gateway_url(url)) as gateway:
            return await wanted(gateway)

    return asyncio.run(ask())


def _say_next(schedule: ScheduleView, console: Console) -> None:
    if schedule.next_fire_at is not None:
        first = f"  next run: {_local(schedule.next_fire_at, schedule.tz)} {schedule.tz}"
        console.print(Text(first, style="dim"), soft_wrap=True)


def _cells_of(schedule: ScheduleView, *, in_words: bool) -> dict[str, Text]:
    return {
        "schedule": Text(schedule.id),
        "when": _when(schedule, in_words=in_words),
        "next run": _next(schedule),
        "last run": _last(schedule.last),
        "topic": Text(schedule.order.topic.replace("\n", " ")),
    }


def _when(schedule: ScheduleView, *, in_words: bool) -> Text:
    """Return the times in words while there is room for them, else as they were written."""
    is_short = in_words and len(schedule.when) <= LONG_WORDS
    when = Text((None if is_short else schedule.cron) or schedule.when)
    return when.append(f" {schedule.tz}", style="dim")


def _next(schedule: ScheduleView) -> Text:
    if schedule.next_fire_at is not None:
        return Text(_local(schedule.next_fire_at, schedule.tz))
    colours = {"paused": "yellow", "due": "cyan"}
    return Text(schedule.state, style=colours.get(schedule.state, "dim"))


def _last(last: LastFire | None) -> Text:
    if last is None:
        return Text("none yet", style="dim")
    age = age_of(last.fire_at)
    if last.outcome == "failed":
        return Text.assemble((f"{ICONS['failed']} no run", COLOURS["failed"]), f" {age}")
    if last.outcome == "skipped":
        return Text.assemble((f"{ICONS['skipped']} skipped", COLOURS["skipped"]), f" {age}")
    if last.run_status is None:
        return Text(f"run {age}")
    icon, colour = ICONS[last.run_status], COLOURS[last.run_status]
    return Text.assemble((f"{icon} {last.run_status}", colour), f" {age}")


def _local(moment: datetime, tz: str) -> str:
    return f"{moment.astimezone(_zone(tz)):{LOCAL}}"


def _zone(tz: str) -> tzinfo:
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
