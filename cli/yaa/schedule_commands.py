"""The commands about schedules: runs at times to come."""

from typing import Annotated, Literal

import typer

from yaa.options import (
    AspectOption,
    ChannelOption,
    Deadline,
    DryRun,
    Language,
    PipelineOption,
    PriorityOption,
    Review,
    Topic,
    Url,
)

ScheduleId = Annotated[str, typer.Argument(metavar="ID", help="Its id in yaa schedule list.")]

schedule_app = typer.Typer(help="Runs at times to come, once or by cron.", no_args_is_help=True)


@schedule_app.command("add")
def add(  # noqa: PLR0913 -- one parameter for each option
    topic: Topic,
    *,
    cron: Annotated[
        str | None,
        typer.Option(help='Minute hour day month weekday, such as "0 9 * * MON-FRI".'),
    ] = None,
    at: Annotated[str | None, typer.Option(help="One time, such as 2026-12-01T09:00.")] = None,
    tz: Annotated[
        str | None,
        typer.Option(help="Its time zone, such as Asia/Seoul. Else that of this machine."),
    ] = None,
    schedule_id: Annotated[
        str | None, typer.Option("--id", help="Its id: a-z, 0-9, - and _. Else one is made.")
    ] = None,
    name: Annotated[str, typer.Option(help="What it is called.")] = "",
    on_missed: Annotated[
        Literal["run-once", "skip"],
        typer.Option(help="What to do about times that pass while yaa is down."),
    ] = "run-once",
    channel: ChannelOption = "demo",
    pipeline: PipelineOption = "video",
    aspect: AspectOption = "9:16",
    language: Language = None,
    dry_run: DryRun = False,
    review: Review = False,
    priority: PriorityOption = "normal",
    deadline: Deadline = None,
    idempotency_key: Annotated[
        str, typer.Option(help="The same key adds one schedule only, however often it is sent.")
    ] = "",
    url: Url = None,
) -> None:
    """Run TOPIC at the times of a cron expression, or once."""
    from yaa import schedules  # noqa: PLC0415 -- keeps help quick
    from yaa.errors import UsageError  # noqa: PLC0415 -- keeps help quick
    from yaa.figures import limit_of  # noqa: PLC0415 -- keeps help quick
    from yaa.person import me, my_time_zone  # noqa: PLC0415 -- keeps help quick
    from yaa.schedule_views import ScheduleDraft  # noqa: PLC0415 -- keeps help quick
    from yaa.views import RunOrder  # noqa: PLC0415 -- keeps help quick

    if (cron is None) == (at is None):
        raise UsageError("say when, with either --cron or --at")
    order = RunOrder(
        topic=topic,
        channel_id=channel,
        pipeline=pipeline,
        aspect=aspect,
        language=language,
        dry_run=dry_run,
        review=review,
        priority=priority,
        deadline_s=limit_of(deadline),
        requested_by=me(),
    )
    draft = ScheduleDraft(
        id=schedule_id,
        name=name,
        cron=cron,
        at=at,
        tz=my_time_zone() if tz is None else tz,
        on_missed="skip" if on_missed == "skip" else "run_once",
        order=order,
    )
    schedules.add(draft, url, idempotency_key=idempotency_key)


@schedule_app.command("list")
def list_schedules(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 100,
    url: Url = None,
) -> None:
    """List the schedules, what runs next first."""
    from yaa import schedules  # noqa: PLC0415 -- keeps help quick

    schedules.show_all(url, limit=limit)


@schedule_app.command("show")
def show(schedule_id: ScheduleId, *, url: Url = None) -> None:
    """Show one schedule with what became of its last time."""
    from yaa import schedules  # noqa: PLC0415 -- keeps help quick

    schedules.show(schedule_id, url)


@schedule_app.command("pause")
def pause(schedule_id: ScheduleId, *, url: Url = None) -> None:
    """Let it make no runs until it is resumed."""
    from yaa import schedules  # noqa: PLC0415 -- keeps help quick

    schedules.pause(schedule_id, url)


@schedule_app.command("resume")
def resume(schedule_id: ScheduleId, *, url: Url = None) -> None:
    """Let it go on. Times that passed meanwhile are not made up for."""
    from yaa import schedules  # noqa: PLC0415 -- keeps help quick

    schedules.resume(schedule_id, url)


@schedule_app.command("remove")
def remove(schedule_id: ScheduleId, *, url: Url = None) -> None:
    """Forget it. Runs that it has started go on."""
    from yaa import schedules  # noqa: PLC0415 -- keeps help quick

    schedules.remove(schedule_id, url)
